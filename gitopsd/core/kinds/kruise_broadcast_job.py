"""BroadcastJob of OpenKruise: a pod that runs to its end on every node."""

from collections.abc import Iterator
from typing import Any

from gitopsd.core.kinds.custom_workload import (
    collected,
    dependencies_of,
    fields_of,
    last_of,
    revise_of,
)
from gitopsd.core.kinds.kind import Items, Kind, Misread, Status, integer, mappings
from gitopsd.core.kinds.pods import requirements
from gitopsd.core.kinds.statuses import with_status
from gitopsd.kube.body import Body, dig, laid
from gitopsd.model.decision import Need

_COUNT = ("spec", "parallelism")
_TEMPLATE = ("spec", "template")
_COUNTERS = ("active", "succeeded", "failed", "desired")


def need(body: Body) -> Need:
    """As many pods as run at once, one where that is not written."""
    at_once = 1 if dig(body, *_COUNT) is None else integer(body, *_COUNT)
    return Need(at_once, requirements(dig(body, *_TEMPLATE, default={})), is_scalable=True)


def retain(desired: Body, observed: Body) -> Body:
    """The member keeps the pod labels that were generated; raises Misread where it has none."""
    labels = dig(observed, *_TEMPLATE, "metadata", "labels")
    if labels is None:
        raise Misread("the member's object has no pod labels to retain")
    return laid(desired, labels, *_TEMPLATE, "metadata", "labels")


def is_healthy(body: Body) -> bool:
    """Some node is to run it, none failed, and some pod runs or has succeeded."""
    status = dig(body, "status")
    if status is None:
        raise Misread("status is missing")
    if status.get("desired") == 0 or status.get("failed") != 0:
        return False
    return not (status.get("succeeded") == 0 and status.get("active") == 0)


def aggregate(body: Body, items: Items, now: str) -> Body:
    """Sums; failed with any member, completed with the last. No items at all: unchanged."""
    if items is None:
        return body
    statuses = collected(items)
    status = {
        **(body.get("status") or {}),
        **{name: sum(integer(each, name) for each in statuses) for name in _COUNTERS},
        "phase": last_of(statuses, "phase", ""),
        "conditions": list(_conditions(items)),
    }
    return with_status(body, status)


def _conditions(items: Items) -> Iterator[dict[str, Any]]:
    ends = [(item.cluster, end) for item, end in zip(items or (), _ends(items), strict=True)]
    failed = [cluster for cluster, end in ends if end == "Failed"]
    if failed:
        message = f"Job executed failed in member clusters: {', '.join(failed)}"
        yield {"type": "Failed", "status": "True", "reason": "JobFailed", "message": message}
    if ends and all(end == "Complete" for _, end in ends):
        yield {
            "type": "Completed",
            "status": "True",
            "reason": "Completed",
            "message": "Job completed",
        }


def _ends(items: Items) -> Iterator[str]:
    """How each member ended; one that says nothing counts like the one before, as in Karmada."""
    end = ""
    for item in items or ():
        end = _end(item.status or {}) or end
        yield end


def _end(status: Status) -> str:
    ends = ("Complete", "Failed")
    return next(
        (
            str(each["type"])
            for each in mappings(status, "conditions")
            if each.get("type") in ends and each.get("status") == "True"
        ),
        "",
    )


KIND = Kind(
    group="apps.kruise.io",
    version="v1alpha1",
    name="BroadcastJob",
    pod_template=_TEMPLATE,
    count=_COUNT,
    need=need,
    revise=revise_of(_COUNT),
    retain=retain,
    reflect=fields_of("conditions", "startTime", "completionTime", *_COUNTERS, "phase"),
    aggregate=aggregate,
    is_healthy=is_healthy,
    dependencies=dependencies_of(*_TEMPLATE),
    must_depend=True,
)
