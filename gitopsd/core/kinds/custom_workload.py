"""What custom workloads have in common: kinds of other projects that run pods of one template.

Karmada's rules for them are scripts, which are laxer than its native rules in some ways (a count is
written where none was) and stricter in others (a count that is missing is an error).
"""

from collections.abc import Callable, Mapping
from typing import Any

from gitopsd.core.kinds.kind import (
    Dependency,
    Items,
    Misread,
    Status,
    generation,
    integer,
    mappings,
    namespace,
)
from gitopsd.core.kinds.pods import dependencies, requirements
from gitopsd.core.kinds.statuses import status_of, with_status
from gitopsd.kube.body import Body, dig, laid
from gitopsd.model.decision import Need

_TEMPLATE_GENERATION = "resourcetemplate.karmada.io/generation"


def counted(holder: Body, *path: str) -> int:
    """The number at the path; raises Misread where there is none."""
    if dig(holder, *path) is None:
        raise Misread(f"{'.'.join(path)} is missing")
    return integer(holder, *path)


def need_of(count: tuple[str, ...], template: tuple[str, ...]) -> Callable[[Body], Need]:
    """Replicas as written; raises Misread where they are not."""

    def need(body: Body) -> Need:
        asked = requirements(dig(body, *template, default={}))
        return Need(counted(body, *count), asked, is_scalable=True)

    return need


def revise_of(count: tuple[str, ...]) -> Callable[[Body, int], Body]:
    """The count written, wherever it was or not."""

    def revise(body: Body, replicas: int) -> Body:
        return body if dig(body, *count) == replicas else laid(body, replicas, *count)

    return revise


def dependencies_of(*template: str) -> Callable[[Body], tuple[Dependency, ...]]:
    """What the pod template names."""

    def found(body: Body) -> tuple[Dependency, ...]:
        return dependencies(dig(body, *template, "spec", default={}), namespace(body) or "default")

    return found


def fields_of(*names: str) -> Callable[[Body], Status]:
    """Collects these fields of the status, as far as they are there; nothing for no status."""

    def reflect(body: Body) -> Status:
        status = status_of(body) or {}
        return {name: status[name] for name in names if status.get(name) is not None}

    return reflect


def reflect_of(*names: str) -> Callable[[Body], Status]:
    """Collects these fields, the member's generation and the template's that it stems from."""
    fields = fields_of(*names)

    def reflect(body: Body) -> Status:
        return {**fields(body), **generations(body)} if "status" in body else {}

    return reflect


def generations(body: Body) -> Status:
    """The member's generation and the template's that it stems from, as far as they are there."""
    stems_from = dig(body, "metadata", "annotations", _TEMPLATE_GENERATION, default="")
    found = {
        "generation": dig(body, "metadata", "generation"),
        "resourceTemplateGeneration": int(stems_from) if stems_from.isdecimal() else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def observed(body: Body, items: Items) -> int:
    """The template's generation once every member acted on it; till then what was observed."""
    wanted = generation(body)
    done = (
        integer(item.status, "resourceTemplateGeneration") == wanted
        and integer(item.status, "generation") == integer(item.status, "observedGeneration")
        for item in items or ()
    )
    return wanted if all(done) else integer(body, "status", "observedGeneration")


def collected(items: Items) -> list[Status]:
    """The statuses that members have told, by cluster."""
    return [item.status for item in items or () if item.status is not None]


def last_of(statuses: list[Status], name: str, default: Any = None) -> Any:
    """What the last member says that says something; the default where none does."""
    return next((each[name] for each in reversed(statuses) if each.get(name)), default)


def list_of(statuses: list[Status], name: str) -> list[Status]:
    """The lists of all members as one."""
    return [each for status in statuses for each in mappings(status, name)]


def is_rolled_out(body: Body) -> bool:
    """All wanted replicas are of the newest template and available."""
    if dig(body, "status", "observedGeneration") != dig(body, "metadata", "generation"):
        return False
    updated = counted(body, "status", "updatedReplicas")
    if dig(body, "spec", "replicas") is not None and updated < integer(body, "spec", "replicas"):
        return False
    return counted(body, "status", "availableReplicas") >= updated


def aggregate_of(
    counters: tuple[str, ...], latest: Mapping[str, str | int]
) -> Callable[[Body, Items, str], Body]:
    """Counters are summed; of `latest` fields the last member that says something is believed."""

    def aggregate(body: Body, items: Items, now: str) -> Body:
        statuses = collected(items)
        status = {
            **(body.get("status") or {}),
            **{name: sum(integer(each, name) for each in statuses) for name in counters},
            **{name: last_of(statuses, name, default) for name, default in latest.items()},
            "observedGeneration": observed(body, items),
        }
        return with_status(body, status)

    return aggregate
