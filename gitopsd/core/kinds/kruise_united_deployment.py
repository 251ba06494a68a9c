"""UnitedDeployment of OpenKruise: one workload in several parts of a cluster."""

from typing import Any

from gitopsd.core.kinds.custom_workload import (
    dependencies_of,
    is_rolled_out,
    need_of,
    revise_of,
)
from gitopsd.core.kinds.custom_workload import reflect_of as reflect_fields
from gitopsd.core.kinds.kind import Items, Kind, Status, generation, integer, mappings
from gitopsd.core.kinds.statuses import status_of, with_status
from gitopsd.core.kinds.workload import one_of
from gitopsd.kube.body import Body, dig

_COUNT = ("spec", "replicas")
_TEMPLATE = ("spec", "template")
_COUNTERS = (
    "replicas",
    "updatedReplicas",
    "readyReplicas",
    "availableReplicas",
    "unavailableReplicas",
)
_FIELDS = reflect_fields(*_COUNTERS, "observedGeneration", "conditions")
_TEMPLATE_GENERATION = "resourcetemplate.karmada.io/generation"


def is_healthy(body: Body) -> bool:
    """All wanted replicas are of the newest template and available; not without a status."""
    return dig(body, "status") is not None and "spec" in body and is_rolled_out(body)


def reflect(body: Body) -> Status:
    """Counters and conditions, the member's generation and the template's that it stems from."""
    if status_of(body) is None:
        return {}
    stems_from = dig(body, "metadata", "annotations", _TEMPLATE_GENERATION, default="")
    generations = {
        "generation": dig(body, "metadata", "generation"),
        "resourceTemplateGeneration": int(stems_from) if stems_from.isdecimal() else None,
    }
    present = {name: value for name, value in generations.items() if value is not None}
    return {**_FIELDS(body), **present}


def aggregate(body: Body, items: Items, now: str) -> Body:
    """Sums, and of each type of condition the last; observed once all members have the newest."""
    old: Status = body.get("status") or {}
    statuses = [item.status for item in items or () if item.status is not None]
    counts = {name: sum(integer(each, name) for each in statuses) for name in _COUNTERS}
    observed = sum(_is_observed(each, generation(body)) for each in statuses)
    conditions = {
        each.get("type"): each for status in statuses for each in mappings(status, "conditions")
    }
    status: dict[str, Any] = {
        **old,
        **counts,
        "observedGeneration": (
            generation(body) if observed == len(items or ()) else integer(old, "observedGeneration")
        ),
    }
    if conditions:
        status["conditions"] = list(conditions.values())
    return with_status(body, status)


def _is_observed(status: Status, wanted: int) -> bool:
    return integer(status, "resourceTemplateGeneration") == wanted and integer(
        status, "generation"
    ) == integer(status, "observedGeneration")


KIND = Kind(
    group="apps.kruise.io",
    version="v1alpha1",
    name="UnitedDeployment",
    count=_COUNT,
    defaults=one_of(*_COUNT),
    need=need_of(_COUNT, _TEMPLATE),
    revise=revise_of(_COUNT),
    reflect=reflect,
    aggregate=aggregate,
    is_healthy=is_healthy,
    dependencies=dependencies_of(*_TEMPLATE),
)
