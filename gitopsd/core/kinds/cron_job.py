"""CronJob: Jobs by the clock."""

from gitopsd.core.kinds.kind import Items, Kind, Status, mappings
from gitopsd.core.kinds.statuses import moment, rfc3339, with_status
from gitopsd.core.kinds.workload import dependencies_of
from gitopsd.kube.body import Body

_TEMPLATE = ("spec", "jobTemplate", "spec", "template")


def aggregate(body: Body, items: Items, now: str) -> Body:
    """All active Jobs of all members, and the latest times."""
    statuses = [item.status for item in items or () if item.status is not None]
    active = [each for status in statuses for each in mappings(status, "active")]
    found = {
        "active": active,
        "lastScheduleTime": _latest(statuses, "lastScheduleTime"),
        "lastSuccessfulTime": _latest(statuses, "lastSuccessfulTime"),
    }
    return with_status(body, {name: value for name, value in found.items() if value})


def _latest(statuses: list[Status], name: str) -> str | None:
    times = [time for status in statuses if (time := moment(status.get(name))) is not None]
    return rfc3339(max(times)) if times else None


KIND = Kind(
    group="batch",
    version="v1",
    name="CronJob",
    pod_template=_TEMPLATE,
    aggregate=aggregate,
    dependencies=dependencies_of(_TEMPLATE),
)
