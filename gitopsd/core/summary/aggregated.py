"""What Karmada would say came of a template: an item for each cluster, and one status of them all.

Comes in: a Binding, the outcomes of its clusters, and what members that were not heard of are
remembered to hold. Goes out: `aggregatedStatus`, the status that Karmada would write into the
template, and whether all is applied. Stands alone because nothing of it is in our own words
(karmada-io/karmada pkg/util/helper/workstatus.go).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gitopsd.core.kinds import NATIVE, Interpreter, Item, Misread, ScriptFailed, Status
from gitopsd.core.summary.standing import is_applied
from gitopsd.kube.body import Body, laid
from gitopsd.model.decision import Binding, Manifest
from gitopsd.model.delivery import ActionKind, Health, Outcome

TEMPLATE_GENERATION = "resourcetemplate.karmada.io/generation"

_HEALTH = {Health.CURRENT: "Healthy", Health.UNKNOWN: "Unknown"}
_REFUSED = frozenset({ActionKind.SKIP, ActionKind.FAIL})


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a template's copies: their outcomes by cluster.

    `held` has the hash of what a member was given last, where there is no outcome. `kinds` knows
    what of a status is collected, and how it is summed.
    """

    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    held: Mapping[str, str] = field(default_factory=dict)
    kinds: Interpreter = NATIVE


def items(binding: Binding, clusters: Iterable[str], seen: Seen) -> Sequence[Body]:
    """An item for each of these clusters for which there is something to apply, in their order.

    What was applied and is suspended since stays applied; where a member does not say how an
    object does, its health is Unknown.
    """
    found = []
    for name in clusters:
        manifest, outcome = binding.manifests.get(name), seen.outcomes.get(name)
        if outcome is not None:
            found.append(_item(binding, name, outcome, seen))
        elif manifest is not None:
            is_held = seen.held.get(name) == manifest.hash
            found.append({"clusterName": name, "applied": is_held, "health": "Unknown"})
    return found


def template_status(binding: Binding, items: Sequence[Body], kinds: Interpreter) -> Body:
    """The members' statuses as one, without the times at which conditions were written.

    Nothing while no member has one. Raises ScriptFailed where a script of the repository cannot
    say.
    """
    if not any("status" in item for item in items):
        return {}
    template = binding.template
    first = replace(template, body=laid(template.body, 1, "metadata", "generation"))
    summed = tuple(
        Item(
            item["clusterName"],
            item.get("status"),
            item["applied"],
            item.get("appliedMessage", ""),
            item["health"],
        )
        for item in items
    )
    try:
        status = kinds.aggregate(first, summed, "").get("status") or {}
    except ScriptFailed:
        raise
    except Misread:
        return {}
    conditions = status.get("conditions") if isinstance(status, Mapping) else None
    if not isinstance(conditions, (list, tuple)):
        return status
    timeless = [
        {field: value for field, value in each.items() if not field.endswith("Time")}
        for each in conditions
        if isinstance(each, Mapping)
    ]
    return {**status, "conditions": timeless}


def fully_applied(clusters: Sequence[str], items: Sequence[Body]) -> Body:
    """As Karmada: it says nothing of health, and no cluster at all is not fully applied."""
    is_full = bool(clusters) and len(items) == len(clusters)
    if is_full and all(item["applied"] for item in items):
        return {
            "type": "FullyApplied",
            "status": "True",
            "reason": "FullyAppliedSuccess",
            "message": "All works have been successfully applied",
        }
    return {
        "type": "FullyApplied",
        "status": "False",
        "reason": "FullyAppliedFailed",
        "message": "Failed to apply all works, see status.aggregatedStatus for details",
    }


def _item(binding: Binding, name: str, outcome: Outcome, seen: Seen) -> Body:
    manifest = binding.manifests.get(name)
    if not _stands(manifest, outcome):
        item: dict[str, Any] = {"clusterName": name, "applied": False}
        if message := _message(manifest, outcome):
            item["appliedMessage"] = message
        return {**item, "health": "Unknown"}
    item = {"clusterName": name, "applied": True}
    if status := _collected(binding, manifest, outcome, seen.kinds):
        item["status"] = status
    item["health"] = _HEALTH.get(outcome.health, "Unhealthy")
    return item


def _stands(manifest: Manifest | None, outcome: Outcome) -> bool:
    """Whether the object is applied; a suspended one stays what it was before."""
    if manifest is not None and manifest.suspended:
        return bool(outcome.hash)
    return is_applied(manifest, outcome)


def _message(manifest: Manifest | None, outcome: Outcome) -> str:
    """Why it is not applied; nothing of what only was not dispatched, or is under way."""
    if outcome.action not in _REFUSED or (manifest is not None and manifest.suspended):
        return ""
    return outcome.message or outcome.reason


def _collected(
    binding: Binding, manifest: Manifest | None, outcome: Outcome, kinds: Interpreter
) -> Status | None:
    """The part of a live status that Karmada collects; nothing of one that is not its kind's."""
    template = binding.template
    if kinds.asks("reflect", template.key, template.version):
        return outcome.collected  # scripts see the whole object, and so were asked at the member
    if not outcome.status:
        return None
    is_newest = manifest is None or manifest.hash == outcome.hash
    seen = {
        **(template.body if manifest is None else manifest.body),
        "metadata": {
            "generation": outcome.generation,
            "annotations": {TEMPLATE_GENERATION: "1" if is_newest else "0"},
        },
        "status": outcome.status,
    }
    try:
        return kinds.reflect(seen, template.key, template.version)
    except Misread:
        return None
