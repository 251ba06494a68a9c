"""Every member's set: which manifests it must hold.

Comes in: the bindings that changed. Goes out: a mapping per cluster, sorted by object; the very
same where nothing of it changed.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from gitopsd.core.decide.members import Members
from gitopsd.core.decide.spaces import Change
from gitopsd.model.decision import Manifest
from gitopsd.model.resource import ResourceKey

Value = TypeVar("Value")

Set = Mapping[ResourceKey, Manifest]


Sort = Callable[[Manifest], bool]


def is_kept(manifest: Manifest) -> bool:
    """Whether a member holds the object."""
    return not manifest.hook


def is_run(manifest: Manifest) -> bool:
    """Whether the object is a hook, which runs once."""
    return bool(manifest.hook)


def sets(
    changes: Iterable[Change], members: Members, last: Mapping[str, Set], sort: Sort = is_kept
) -> Mapping[str, Set]:
    """What every member must hold, or run, after these changes, which come sorted by key."""
    edits: defaultdict[str, dict[ResourceKey, Manifest | None]] = defaultdict(dict)
    for key, before, after in changes:
        was = before.manifests if before else {}
        now = after.manifests if after else {}
        for name, manifest in now.items():
            if sort(manifest) and (not was or was.get(name) is not manifest):
                edits[name][key] = manifest
        for name, manifest in was.items():
            if sort(manifest) and not (name in now and sort(now[name])):
                edits[name][key] = None
    if not edits and last.keys() == members.keys():
        return last
    return {name: _edited(last.get(name, {}), edits.get(name, {})) for name in members}


def _edited(last: Set, edits: Mapping[ResourceKey, Manifest | None]) -> Set:
    if not edits:
        return last
    if not last:
        return {key: manifest for key, manifest in edits.items() if manifest is not None}
    now = dict(last)
    for key, manifest in edits.items():
        if manifest is None:
            now.pop(key, None)
        else:
            now[key] = manifest
    return in_order(now) if any(key not in last for key in edits) else now


def in_order(values: Mapping[ResourceKey, Value]) -> dict[ResourceKey, Value]:
    """The same, sorted by key; cheap where few of many are out of order."""
    found: dict[ResourceKey, Any] = dict.fromkeys(sorted(values))
    found.update(values)
    return found
