"""`memory/<namespace>.json`: what the next turn needs and manifests cannot say.

Comes in: bindings, inventories and what was remembered before. Goes out: a line per object, and
back again `Memory`. What is held by a broken file, a guard or an unread inventory stays remembered.
Beside these files, what one gate leaves to the next.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from gitopsd.kube.wire import decode, encode
from gitopsd.model.decision import Binding, Share
from gitopsd.model.gating import Gating
from gitopsd.model.memory import Remembered
from gitopsd.model.resource import ResourceKey

VERSION = 1
CREATED = "created"


def remembered(
    binding: Binding, since: Mapping[str, str], before: Remembered | None = None
) -> Remembered:
    """What is to be remembered of a decided template; `before` counts where nobody says now."""
    origin = binding.template.origin
    assignment = binding.assignment
    return Remembered(
        key=binding.template.key,
        path=origin.path,
        document=origin.document,
        shares=assignment.shares,
        affinity=assignment.affinity,
        placement=binding.placement,
        rules=_rules(binding),
        since=dict(sorted(since.items())),
        preserve=before is not None and before.preserve
        if binding.preserve is None
        else binding.preserve,
    )


def line(key: ResourceKey, known: Remembered | None, applied: Mapping[str, str]) -> bytes:
    """One object as JSON: what is remembered, and per applied hash the clusters that hold it."""
    held: dict[str, list[str]] = {}
    for cluster in sorted(applied):
        held.setdefault(applied[cluster], []).append(cluster)
    entry: dict[str, Any] = {"key": list(key)}
    if known is not None:
        entry |= {
            field: value
            for field, value in msgspec.to_builtins(known).items()
            if field not in ("key", "shares")
        }
        entry["shares"] = [[share.cluster, share.replicas] for share in known.shares]
    if held:
        entry["applied"] = held
    return encode(entry)


def file(lines: Iterable[bytes]) -> bytes:
    """The whole file of a namespace; lines must come sorted by object."""
    body = b",\n".join(lines)
    return b'{"version":%d,"objects":[\n%s\n]}\n' % (VERSION, body)


def read(data: bytes) -> Sequence[tuple[ResourceKey, Remembered | None, Mapping[str, str]]]:
    """The objects of a file, each with what is remembered and per cluster the applied hash.

    Nothing for another version or anything that is no such file: it is rebuilt from the members.
    """
    try:
        found = decode(data)
        if not isinstance(found, dict) or found.get("version") != VERSION:
            return ()
        return [_read_line(entry) for entry in found["objects"]]
    except (msgspec.MsgspecError, ValueError, TypeError, KeyError, AttributeError):
        return ()


def gating_file(gating: Gating) -> bytes:
    """What the last gate left, with sets and mappings sorted."""
    return encode({"version": VERSION, "gating": gating}) + b"\n"


def read_gating(data: bytes) -> Gating:
    """The same again; empty for anything else: people are asked again, waits begin anew."""
    try:
        found = decode(data)
        if not isinstance(found, dict) or found.get("version") != VERSION:
            return Gating()
        return msgspec.convert(found.get("gating"), Gating)
    except msgspec.MsgspecError:
        return Gating()


def _read_line(
    entry: Mapping[str, Any],
) -> tuple[ResourceKey, Remembered | None, Mapping[str, str]]:
    key = ResourceKey(*entry["key"])
    applied = {
        cluster: held for held, names in entry.get("applied", {}).items() for cluster in names
    }
    if "shares" not in entry:
        return key, None, applied
    known = Remembered(
        key=key,
        path=entry.get("path", ""),
        document=entry.get("document", 0),
        shares=tuple(Share(*share) for share in entry["shares"]),
        affinity=entry.get("affinity", ""),
        placement=entry.get("placement", ""),
        rules=tuple(entry.get("rules", ())),
        since=entry.get("since", {}),
        preserve=entry.get("preserve", False),
    )
    return key, known, applied


def _rules(binding: Binding) -> tuple[str, ...]:
    policies = [binding.policy] if binding.policy else []
    paths = {policy.origin.path for policy in policies if policy.origin}
    for manifest in binding.manifests.values():
        paths.update(each.policy.origin.path for each in manifest.applied if each.policy.origin)
    return tuple(sorted(paths))
