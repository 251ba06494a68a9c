"""AdvancedCronJob of OpenKruise: Jobs or BroadcastJobs by the clock."""

from gitopsd.core.kinds.custom_workload import collected, dependencies_of, last_of, list_of
from gitopsd.core.kinds.kind import Dependency, Items, Kind
from gitopsd.core.kinds.statuses import with_status
from gitopsd.kube.body import Body, dig

_BROADCAST = ("spec", "template", "broadcastJobTemplate")
_JOB = ("spec", "template", "jobTemplate")


def aggregate(body: Body, items: Items, now: str) -> Body:
    """All active Jobs of all members, and what the last one says. No items at all: unchanged."""
    if items is None:
        return body
    statuses = collected(items)
    status = {
        **(body.get("status") or {}),
        "active": list_of(statuses, "active"),
        "type": last_of(statuses, "type", ""),
        "lastScheduleTime": last_of(statuses, "lastScheduleTime"),
    }
    return with_status(body, status)


def dependencies(body: Body) -> tuple[Dependency, ...]:
    """What the pods of its Jobs name."""
    place = _JOB if dig(body, *_BROADCAST) is None else _BROADCAST
    return dependencies_of(*place, "spec", "template")(body)


KIND = Kind(
    group="apps.kruise.io",
    version="v1alpha1",
    name="AdvancedCronJob",
    aggregate=aggregate,
    dependencies=dependencies,
    must_depend=True,
)
