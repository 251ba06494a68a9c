"""Job: pods that run to their end; some at once (parallelism), so many in all (completions)."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from gitopsd.core.kinds.kind import Items, Kind, Status, integer, mappings
from gitopsd.core.kinds.pods import requirements
from gitopsd.core.kinds.statuses import moment, reflect_fields, rfc3339, with_status
from gitopsd.core.kinds.workload import dependencies_of, revise_of
from gitopsd.kube.body import Body, dig, laid
from gitopsd.model.decision import Need

COMPLETIONS = ("spec", "completions")
_PARALLELISM = ("spec", "parallelism")
_TEMPLATE = ("spec", "template")


def defaults(body: Body) -> Body:
    """Absent parallelism is 1; absent completions too, but only beside absent parallelism."""
    if dig(body, *_PARALLELISM) is not None:
        return body
    filled = laid(body, 1, *_PARALLELISM)
    return filled if dig(body, *COMPLETIONS) is not None else laid(filled, 1, *COMPLETIONS)


def need(body: Body) -> Need:
    """As many pods as run at once; never more than there are completions."""
    at_once = integer(body, *_PARALLELISM)
    if dig(body, *COMPLETIONS) is not None:
        at_once = min(at_once, integer(body, *COMPLETIONS))
    return Need(at_once, requirements(dig(body, *_TEMPLATE, default={})), is_scalable=True)


def retain(desired: Body, observed: Body) -> Body:
    """The member keeps the selector and the pod labels that its API server generated."""
    for path in (("spec", "selector", "matchLabels"), (*_TEMPLATE, "metadata", "labels")):
        labels = dig(observed, *path)
        if labels is not None:
            desired = laid(desired, labels, *path)
    return desired


def aggregate(body: Body, items: Items, now: str) -> Body:
    """Failed once any member failed, Complete once all are; a finished template stays as it is."""
    old: Status = body.get("status") or {}
    if _finished(old):
        return body
    statuses = [(item.cluster, item.status) for item in items or () if item.status is not None]
    total = len(items or ())
    counts = {
        name: sum(integer(status, name) for _, status in statuses)
        for name in ("active", "succeeded", "failed")
    }
    conditions = [
        {"status": "True", "lastProbeTime": now, "lastTransitionTime": now, **condition}
        for condition in _conditions(statuses, total)
    ]
    times = {
        "startTime": old.get("startTime") or _start(statuses, total),
        "completionTime": _completion(statuses, total),
    }
    status = {name: value for name, value in (counts | times).items() if value}
    return with_status(body, {**status, **({"conditions": conditions} if conditions else {})})


def _conditions(statuses: list[tuple[str, Status]], total: int) -> Iterator[Mapping[str, Any]]:
    failed = [cluster for cluster, status in statuses if _finished(status) == "Failed"]
    if failed:
        message = f"Job executed failed in member clusters {','.join(failed)}"
        yield {"type": "Failed", "reason": "JobFailed", "message": message}
    if not total or sum(_finished(status) == "Complete" for _, status in statuses) != total:
        return
    yield {"type": "Complete", "reason": "Completed", "message": "Job completed"}
    if all(_is_true(status, "SuccessCriteriaMet") for _, status in statuses):
        yield {
            "type": "SuccessCriteriaMet",
            "reason": "CompletionsReached",
            "message": "All member clusters have met success criteria",
        }


def _finished(status: Status) -> str:
    """Complete or Failed, whichever condition comes first; empty while it runs."""
    for condition in mappings(status, "conditions"):
        if condition.get("type") in ("Complete", "Failed") and condition.get("status") == "True":
            return str(condition["type"])
    return ""


def _is_true(status: Status, condition: str) -> bool:
    return any(
        each.get("type") == condition and each.get("status") == "True"
        for each in mappings(status, "conditions")
    )


def _start(statuses: list[tuple[str, Status]], total: int) -> str | None:
    """The earliest start, once every member has started."""
    times = _times(statuses, "startTime")
    return rfc3339(min(times)) if times and len(times) == total else None


def _completion(statuses: list[tuple[str, Status]], total: int) -> str | None:
    """The latest completion, once every member has completed."""
    times = _times(statuses, "completionTime")
    return rfc3339(max(times)) if times and len(times) == total else None


def _times(statuses: list[tuple[str, Status]], name: str) -> list[datetime]:
    times = (moment(status.get(name)) for _, status in statuses)
    return [time for time in times if time is not None]


KIND = Kind(
    group="batch",
    version="v1",
    name="Job",
    pod_template=_TEMPLATE,
    count=_PARALLELISM,
    defaults=defaults,
    need=need,
    revise=revise_of(_PARALLELISM),
    retain=retain,
    reflect=reflect_fields(
        "active", "succeeded", "failed", "conditions", "startTime", "completionTime"
    ),
    aggregate=aggregate,
    dependencies=dependencies_of(_TEMPLATE),
)
