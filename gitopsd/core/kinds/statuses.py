"""Statuses of many members as one: counters, generations, times.

Comes in: statuses as members reported them. Goes out: what the template's status becomes. Stands
alone because the workload kinds differ in their counters only. Karmada's rules: karmada-io/karmada
pkg/resourceinterpreter/default/native/{reflectstatus,aggregatestatus}.go.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gitopsd.core.kinds.kind import Items, Misread, Status, generation, integer
from gitopsd.kube.body import Body, dig

_TEMPLATE_GENERATION = "resourcetemplate.karmada.io/generation"


@dataclass(frozen=True, slots=True)
class Counters:
    """The counters of a kind's status; `always` are those that the API writes even when 0.

    `others` are counters that are neither collected nor summed, but left out when 0.
    `follows_template` is False for StatefulSet alone: there Karmada neither collects the member's
    `observedGeneration` nor asks for the template's generation when it sums up.
    """

    names: tuple[str, ...]
    always: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    follows_template: bool = True

    def written(self, counts: Mapping[str, int]) -> dict[str, int]:
        """The counts as the API writes them: zeros left out where it leaves them out."""
        return {name: count for name, count in counts.items() if count or name in self.always}


def reflect_of(counters: Counters) -> Callable[[Body], Status | None]:
    """Collects the counters, the member's generation and the template's that it stems from."""

    def reflect(body: Body) -> Status | None:
        status = status_of(body)
        if status is None:
            return None
        counts = {name: integer(status, name) for name in counters.names}
        if counters.follows_template:
            counts["observedGeneration"] = integer(status, "observedGeneration")
        generations = {
            "generation": generation(body),
            "resourceTemplateGeneration": _template_generation(body),
        }
        present = {name: count for name, count in generations.items() if count}
        return {**present, **counters.written(counts)} or None

    return reflect


def aggregate_of(counters: Counters) -> Callable[[Body, Items, str], Body]:
    """Sums the counters; the template's generation counts as observed once all members have it."""

    def aggregate(body: Body, items: Items, now: str) -> Body:
        old: Status = body.get("status") or {}
        counts = dict.fromkeys(counters.names, 0)
        observed = 0
        for item in items or ():
            if item.status is None:
                continue
            wanted = generation(body if counters.follows_template else {"metadata": item.status})
            observed += _is_observed(item.status, wanted)
            for name in counters.names:
                counts[name] += integer(item.status, name)
        counts["observedGeneration"] = (
            generation(body) if observed == len(items or ()) else integer(old, "observedGeneration")
        )
        if all(integer(old, name) == count for name, count in counts.items()):
            return body
        kept = {
            name: value
            for name, value in old.items()
            if name not in counts and (value or name not in counters.others)
        }
        return with_status(body, {**kept, **counters.written(counts)})

    return aggregate


def reflect_fields(*names: str, always: Iterable[str] = ()) -> Callable[[Body], Status | None]:
    """Collects these fields of the status; empty ones are left out, but `always` ones."""
    kept = frozenset(always)

    def reflect(body: Body) -> Status | None:
        status = status_of(body)
        if status is None:
            return None
        found = {name: status.get(name) for name in names}
        return {
            name: value or 0 if name in kept else value
            for name, value in found.items()
            if value or name in kept
        }

    return reflect


def reflect_whole(body: Body) -> Status | None:
    """The whole status, None where there is none."""
    return status_of(body)


def status_of(body: Body) -> Status | None:
    """`.status`, None where there is none; raises Misread where it is no mapping."""
    if "status" not in body:
        return None
    status = body["status"]
    if not isinstance(status, Mapping):
        raise Misread("status is no mapping")
    return status


def with_status(body: Body, status: Status) -> Body:
    """The body with this status."""
    return {**body, "status": status}


def moment(text: Any) -> datetime | None:
    """The time that an RFC 3339 string says, None for none; raises Misread for anything else."""
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise Misread(f"{text!r} is no time; right would be such as 2026-01-31T08:00:00Z") from None


def rfc3339(time: datetime) -> str:
    """The time to the second in UTC, as Kubernetes writes it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_observed(status: Status, wanted: int) -> bool:
    """Whether a member acted on its newest object, and that stems from this generation."""
    return (
        integer(status, "observedGeneration") >= integer(status, "generation")
        and integer(status, "resourceTemplateGeneration") >= wanted
    )


def _template_generation(body: Body) -> int:
    found = dig(body, "metadata", "annotations", _TEMPLATE_GENERATION, default="")
    try:
        return int(found)
    except ValueError:
        raise Misread(f"annotation {_TEMPLATE_GENERATION} is {found!r}, no number") from None
