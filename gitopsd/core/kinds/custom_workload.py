"""What custom workloads have in common: kinds of other projects that run pods of one template.

Karmada's rules for them are scripts, which are laxer than its native rules in some ways (a count is
written where none was) and stricter in others (a count that is missing is an error).
"""

from collections.abc import Callable

from gitopsd.core.kinds.kind import (
    Dependency,
    Items,
    Misread,
    Status,
    generation,
    integer,
    namespace,
)
from gitopsd.core.kinds.pods import dependencies, requirements
from gitopsd.core.kinds.statuses import status_of, with_status
from gitopsd.kube.body import Body, dig, laid
from gitopsd.model.decision import Need


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


def reflect_of(*names: str) -> Callable[[Body], Status]:
    """These fields of the status, as far as they are there; nothing for no status."""

    def reflect(body: Body) -> Status:
        status = status_of(body) or {}
        return {name: status[name] for name in names if status.get(name) is not None}

    return reflect


def is_rolled_out(body: Body) -> bool:
    """All wanted replicas are of the newest template and available."""
    if dig(body, "status", "observedGeneration") != dig(body, "metadata", "generation"):
        return False
    updated = counted(body, "status", "updatedReplicas")
    if dig(body, "spec", "replicas") is not None and updated < integer(body, "spec", "replicas"):
        return False
    return counted(body, "status", "availableReplicas") >= updated


def aggregate_of(
    counters: tuple[str, ...], latest: dict[str, str | int]
) -> Callable[[Body, Items, str], Body]:
    """Counters are summed; of `latest` fields the last member that says something is believed.

    So is the generation that was observed. No items at all: unchanged.
    """

    def aggregate(body: Body, items: Items, now: str) -> Body:
        if items is None:
            return body
        statuses = [item.status for item in items if item.status is not None]
        sums = {name: sum(integer(each, name) for each in statuses) for name in counters}
        said = {
            name: next((each[name] for each in reversed(statuses) if each.get(name)), default)
            for name, default in latest.items()
        }
        observed = [
            each["observedGeneration"]
            for each in statuses
            if each.get("observedGeneration") is not None
        ]
        seen = {"observedGeneration": observed[-1] if observed else generation(body)}
        return with_status(body, {**(body.get("status") or {}), **seen, **sums, **said})

    return aggregate
