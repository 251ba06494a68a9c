"""What a change is: its name, the objects it touches, and what a cluster lacks of it.

Comes in: a commit, its decision, and what members are known to hold. Goes out: one hash that stays
while the commit asks for the same, and object ids. Clusters are no part of the name: a new one, a
taint or a label is nothing to go slowly with.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from gitopsd.core.changes import hash_in, is_preserved, is_prunable, is_run
from gitopsd.kube.wire import hash_of
from gitopsd.model.decision import Decision
from gitopsd.model.delivery import Entry
from gitopsd.model.policy import OverridePolicy, PropagationPolicy
from gitopsd.model.resource import Origin, Resource, ResourceKey
from gitopsd.model.snapshot import Known, Loaded

_NAME = 32
_PENDING = "pending"


def intent_of(loaded: Loaded) -> str:
    """The name of what the commit asks for: templates, policies, overrides, customizations.

    By the blobs they stand in, so that it tells nothing of a secret value.
    """
    digest = hashlib.sha256()
    for line in _lines(loaded):
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()[:_NAME]


def hash_of_stage(intent: str, stage: str) -> str:
    """What a person names to open a stage for this change."""
    return hashlib.sha256(f"{intent}\n{stage}".encode()).hexdigest()


def touched(names: Iterable[str], decision: Decision, known: Known) -> frozenset[ResourceKey]:
    """The objects that are to be another than they are, on any of these clusters."""
    found: set[ResourceKey] = set()
    for name in names:
        found |= lacking(name, every(name, decision, known), decision, known)
    return frozenset(found)


def every(cluster: str, decision: Decision, known: Known) -> frozenset[ResourceKey]:
    """All that is wanted on a cluster, hooks too, and all that is there of ours."""
    hooks = decision.hooks.get(cluster, {})
    return frozenset({*decision.manifests[cluster], *hooks, *_inventory(cluster, known)})


def lacking(
    cluster: str, keys: Iterable[ResourceKey], decision: Decision, known: Known
) -> frozenset[ResourceKey]:
    """Those of the objects that are to be another on this cluster, as far as it is known.

    A hook is lacking where it has not run as it is.
    """
    wanted, held = decision.manifests[cluster], decision.held.get(cluster, {})
    has = _inventory(cluster, known)
    due = _hooks_due(cluster, decision, known)
    return due.intersection(keys).union(
        key
        for key in keys
        if (
            manifest.claims.is_written and has.get(key) != manifest.hash
            if (manifest := wanted.get(key)) is not None
            else key in has and key not in held
        )
    )


def _hooks_due(cluster: str, decision: Decision, known: Known) -> frozenset[ResourceKey]:
    """The hooks of a cluster of which no run is recorded as they are now."""
    hooks = decision.hooks.get(cluster)
    if not hooks:
        return frozenset()
    report = known.reports.get(cluster)
    entries = (report.inventory if report else None) or {}
    run = {each.hash.partition("@")[0] for each in entries.values() if is_run(each)}
    return frozenset(key for key, each in hooks.items() if each.hash not in run)


class _Inventory(Mapping[ResourceKey, str]):
    """The hashes of what a member holds of ours; of what may not be there yet an empty one."""

    def __init__(self, entries: Mapping[ResourceKey, Entry]) -> None:
        self._entries = entries

    def __getitem__(self, key: ResourceKey) -> str:
        entry = self._entries[key]
        if not (is_prunable(entry) or is_preserved(entry)):
            raise KeyError(key)
        return "" if _PENDING in entry.flags else entry.hash

    def __iter__(self) -> Iterator[ResourceKey]:
        return (key for key in self._entries if key in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _inventory(cluster: str, known: Known) -> Mapping[ResourceKey, str]:
    """What a member holds, from memory where it was not read yet."""
    report = known.reports.get(cluster)
    if report is not None and report.inventory is not None:
        return _Inventory(report.inventory)
    applied = known.memory.applied.get(cluster, {})
    return {key: hash_in(word) for key, word in applied.items()}


def _lines(loaded: Loaded) -> Iterator[str]:
    for key, each in loaded.templates.items():
        yield f"{key.id} {_place(each.origin, each)}"
    policies: tuple[PropagationPolicy | OverridePolicy, ...] = (*loaded.policies, *loaded.overrides)
    for policy in policies:
        yield f"{policy.kind}/{policy.namespace}/{policy.name} {_place(policy.origin, policy)}"
    for custom in loaded.customizations:
        yield f"{custom.key.id} {_place(custom.origin, custom)}"


def _place(origin: Origin | None, of: Resource | PropagationPolicy | OverridePolicy) -> str:
    if origin is not None and origin.blob:
        return f"{origin.blob}#{origin.document}"
    content: Any = of.body if isinstance(of, Resource) else msgspec.to_builtins(of.spec)
    return hash_of(content)
