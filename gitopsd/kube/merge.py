"""Server-side apply: a live object and what somebody applies give the next object, or conflicts.

Comes in: the live body, the applied or updated one, who does it and the Shape of the kind. Goes
out: the new body with its `metadata.managedFields`. Pure: the time is part of `Author`. Follows
`sigs.k8s.io/structured-merge-diff merge/update.go` and `k8s.io/apimachinery
pkg/util/managedfields`, of which it keeps the rules and the words.
See https://kubernetes.io/docs/reference/using-api/server-side-apply/.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from gitopsd.kube import fields
from gitopsd.kube.body import Body
from gitopsd.kube.fields import LEAF, SELF, Path, Tree
from gitopsd.kube.shape import ANY, Shape

_MISSING: Any = object()
_BEFORE_FIRST_APPLY = "before-first-apply"
_ANCIENT = "ancient-changes"
_MOST_UPDATERS = 10


class Author(NamedTuple):
    """Who changes an object, when (RFC 3339) and through which subresource.

    `is_forced` takes fields that others own. `ignored` are fields that this way cannot own.
    """

    manager: str
    now: str
    subresource: str = ""
    is_forced: bool = False
    ignored: Tree = LEAF


@dataclass(frozen=True, slots=True)
class Conflict:
    """One field that somebody else owns; `owner` is in the words of an API server."""

    owner: str
    path: Path


class Conflicts(Exception):
    """What is applied disagrees with fields of other managers; sorted by owner and path."""

    def __init__(self, conflicts: Iterable[Conflict]) -> None:
        self.conflicts = tuple(conflicts)
        super().__init__(_conflict_words(self.conflicts))


class TypedError(ValueError):
    """What is applied does not fit the kind's schema; `mistakes` are in the words of a server."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        many = len(mistakes) > 1
        super().__init__("errors:\n" + "\n".join(f"  {each}" for each in mistakes) if many
                         else "".join(mistakes))  # fmt: skip


class _Entry(NamedTuple):
    manager: str
    operation: str
    api_version: str
    time: str
    subresource: str
    tree: Tree

    @property
    def words(self) -> str:
        said = f'"{self.manager}"'
        if self.subresource:
            said += f' with subresource "{self.subresource}"'
        if self.operation == "Update":
            said += f" using {self.api_version}"
        return said


class _Differences(NamedTuple):
    added: Tree | None = None
    modified: Tree | None = None
    removed: Tree | None = None


_SAME = _Differences()
_CHANGED = _Differences(modified=LEAF)


def apply(live: Body | None, config: Body, author: Author, shape: Shape) -> Body:
    """The object after an apply; the very same `live` where nothing changes.

    What `config` says is laid over; what the author applied before, says no more and nobody else
    owns is removed. Raises Conflicts unless forced, and TypedError for what the schema refuses.
    """
    config = _without_managed(config)
    full = _checked_tree(config, shape)
    tree = fields.recursive_difference(fields.stripped(full),
                                       author.ignored)  # fmt: skip
    if live is None:
        mine = _entry(author, "Apply", config, tree)
        return _with_managed(config, [mine] if tree else [])
    entries = _entries(live)
    bare = _without_managed(live)
    if not entries:
        entries = [_first_owner(bare, shape)]
    mine = _entry(author, "Apply", config, tree)
    last = next((each for each in entries if _is_applier(each, mine)), None)
    others = [each for each in entries if each is not last]
    merged: Body = _merged(bare, config, shape)
    if last is not None and last.tree:
        owned = full
        for each in others:
            owned = fields.union(owned, each.tree)
        merged = _pruned(merged, shape, last.tree, owned)
    found = _differences(bare, merged, shape)
    others = _yielding(others, found, author.is_forced)
    if last is not None and last.tree == tree and found == _SAME:
        mine = last
    everybody = [*others, mine] if tree else others
    if found == _SAME and _as_set(everybody) == _as_set(_entries(live)):
        return live
    return _with_managed(merged, everybody)


def updated(live: Body | None, new: Body, author: Author, shape: Shape) -> Body:
    """The new object with its owners after an ordinary write: who changes a field, owns it.

    An object that brings managed fields of its own keeps those; a single empty entry clears all.
    """
    brought = new.get("metadata", {}).get("managedFields")
    if brought is not None and len(brought) == 1 and not brought[0]:
        return _without_managed(new)
    bare = _without_managed(new)
    entries = _entries(new) or (_entries(live) if live is not None else [])
    old = _without_managed(live) if live is not None else {}
    found = _differences(old, bare, shape)
    taken = fields.stripped(fields.union(found.added or LEAF, found.modified or LEAF))
    taken = fields.recursive_difference(taken, author.ignored)
    entries = _yielding(entries, found, is_forced=True)
    if taken:
        mine = _entry(author, "Update", bare, taken)
        before = next((each for each in entries if _is_same_updater(each, mine)), None)
        if before is not None:
            mine = mine._replace(tree=fields.union(before.tree, taken))
        entries = [*(each for each in entries if each is not before), mine]
    return _with_managed(bare, _capped(entries))


def differences(old: Body, new: Body, shape: Shape) -> Tree:
    """Every field that is added, changed or gone between two bodies."""
    found = _differences(old, new, shape)
    changed = fields.union(found.added or LEAF, found.modified or LEAF)
    return fields.union(changed, found.removed or LEAF)


def tree_of(body: Body, shape: Shape) -> Tree:
    """The fields that an apply of this body would own; raises TypedError."""
    return fields.stripped(_checked_tree(body, shape))


# Who owns what


def _entries(body: Body) -> list[_Entry]:
    return [
        _Entry(
            each.get("manager", ""),
            each.get("operation", ""),
            each.get("apiVersion", ""),
            each.get("time", ""),
            each.get("subresource", ""),
            each.get("fieldsV1") or LEAF,
        )
        for each in body.get("metadata", {}).get("managedFields") or ()
    ]


def _entry(author: Author, operation: str, body: Body, tree: Tree) -> _Entry:
    version = body.get("apiVersion", "")
    return _Entry(author.manager, operation, version, author.now, author.subresource, tree)


def _is_applier(one: _Entry, other: _Entry) -> bool:
    return (
        one.operation == "Apply"
        and one.manager == other.manager
        and one.subresource == other.subresource
    )


def _is_same_updater(one: _Entry, other: _Entry) -> bool:
    return (
        one.operation == "Update"
        and one.manager == other.manager
        and one.subresource == other.subresource
        and one.api_version == other.api_version
    )


def _first_owner(bare: Body, shape: Shape) -> _Entry:
    """Owner of all that was there before the first apply."""
    tree = fields.stripped(_differences({}, bare, shape).added or LEAF)
    return _Entry(_BEFORE_FIRST_APPLY, "Update", bare.get("apiVersion", ""), "", "", tree)


def _yielding(entries: list[_Entry], found: _Differences, is_forced: bool) -> list[_Entry]:
    """The other owners without what changed; raises Conflicts where that is not forced."""
    if found == _SAME:
        return entries
    changed = fields.union(found.added or LEAF, found.modified or LEAF)
    kept, conflicts = [], []
    for each in entries:
        tree = each.tree
        both = fields.intersection(tree, changed)
        if both:
            conflicts += [Conflict(each.words, path) for path in sorted(fields.paths(both))]
            tree = fields.difference(tree, both)
        if found.removed:
            tree = fields.recursive_difference(tree, found.removed)
        if tree is each.tree:
            kept.append(each)
        elif tree:
            kept.append(each._replace(tree=tree))
    if conflicts and not is_forced:
        raise Conflicts(sorted(conflicts, key=lambda each: (each.owner, each.path)))
    return kept


def _capped(entries: list[_Entry]) -> list[_Entry]:
    """At most ten updaters; the oldest of a version become one."""
    updaters = [each for each in entries if each.operation == "Update"]
    if len(updaters) <= _MOST_UPDATERS:
        return entries
    updaters.sort(key=lambda each: each.time)
    old = updaters[: len(updaters) - _MOST_UPDATERS + 1]
    ancient: dict[str, _Entry] = {}
    for each in old:
        before = ancient.get(each.api_version)
        tree = fields.union(before.tree, each.tree) if before else each.tree
        ancient[each.api_version] = each._replace(manager=_ANCIENT, subresource="", tree=tree)
    return [each for each in entries if each not in old] + list(ancient.values())


def _as_set(entries: Iterable[_Entry]) -> list[_Entry]:
    return sorted(entries, key=_order)


def _order(entry: _Entry) -> tuple[str, ...]:
    return (entry.operation, entry.time, entry.manager, entry.api_version, entry.subresource)


def _with_managed(body: Body, entries: Iterable[_Entry]) -> Body:
    managed = [_written(each) for each in sorted(entries, key=_order)]
    metadata = dict(body.get("metadata") or {})
    metadata.pop("managedFields", None)
    if managed:
        metadata["managedFields"] = managed
    return {**body, "metadata": metadata}


def _written(entry: _Entry) -> dict[str, Any]:
    written: dict[str, Any] = {
        "manager": entry.manager,
        "operation": entry.operation,
        "apiVersion": entry.api_version,
    }
    if entry.time:
        written["time"] = entry.time
    written["fieldsType"] = "FieldsV1"
    written["fieldsV1"] = entry.tree
    if entry.subresource:
        written["subresource"] = entry.subresource
    return written


def _without_managed(body: Body) -> Body:
    metadata = body.get("metadata")
    if not metadata or "managedFields" not in metadata:
        return body
    kept = {key: value for key, value in metadata.items() if key != "managedFields"}
    return {**body, "metadata": kept}


def _conflict_words(conflicts: Sequence[Conflict]) -> str:
    if len(conflicts) == 1:
        only = conflicts[0]
        where = fields.text(only.path)
        return f"Apply failed with 1 conflict: conflict with {only.owner}: {where}"
    lines: list[str] = []
    for owner in sorted({each.owner for each in conflicts}):
        lines.append(f"conflicts with {owner}:")
        lines += [f"- {fields.text(each.path)}" for each in conflicts if each.owner == owner]
    return f"Apply failed with {len(conflicts)} conflicts: " + "\n".join(lines)


# The fields of a configuration


class _Unfit(Exception):
    pass


def _checked_tree(config: Body, shape: Shape) -> Tree:
    try:
        return _tree(config, shape) or LEAF
    except _Unfit:
        raise TypedError(list(_mistakes(config, shape, ()))) from None


def _tree(value: Any, shape: Shape) -> Tree | None:
    """What applying a value owns; None for a keyed list without items, which owns nothing."""
    if shape.is_leaf:
        if value is not None and not _fits(value, shape):
            raise _Unfit
        return LEAF
    if value is None:
        return LEAF
    if shape.is_list:
        if not isinstance(value, (list, tuple)):
            raise _Unfit
        return LEAF if shape.is_atomic else _tree_of_items(value, shape)
    if not isinstance(value, Mapping):
        if shape is not ANY:
            raise _Unfit
        return LEAF
    return LEAF if shape.is_atomic else _tree_of_fields(value, shape)


def _tree_of_fields(value: Mapping[str, Any], shape: Shape) -> Tree | None:
    out: dict[str, Any] = {}
    declared = shape.fields
    for name, each in value.items():
        inner = declared.get(name)
        if inner is not None:
            below = _tree(each, inner)
            if below is not None:
                out["f:" + name] = below
        elif shape.is_open:
            below = _tree(each, shape.element)
            out["f:" + name] = {SELF: LEAF, **below} if below else LEAF
        else:
            raise _Unfit
    return out if out or not value else None


def _tree_of_items(value: Sequence[Any], shape: Shape) -> Tree | None:
    out: dict[str, Any] = {}
    for item in value:
        element = _element(item, shape)
        if element is None or element in out:
            raise _Unfit
        below = _tree(item, shape.element) if shape.keys else LEAF
        out[element] = {SELF: LEAF, **below} if below else LEAF
    return out or None


def _element(item: Any, shape: Shape) -> str | None:
    if shape.keys:
        return fields.item_key(shape.keys, item, shape.key_defaults)
    return None if isinstance(item, (Mapping, list, tuple)) else fields.value_key(item)


def _fits(value: Any, shape: Shape) -> bool:
    match shape.json_type:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer" | "number":
            return isinstance(value, (int, float)) and not isinstance(value, bool)
    return not isinstance(value, (Mapping, list, tuple))


def _mistakes(value: Any, shape: Shape, path: Path) -> Iterator[str]:
    """Every way in which a value does not fit, with its place."""
    where = fields.text(path)
    if value is None or (shape is ANY and not isinstance(value, Mapping)):
        return
    if shape.is_leaf:
        if not _fits(value, shape):
            yield f"{where}: {_unfit_words(value, shape)}"
    elif shape.is_list:
        if not isinstance(value, (list, tuple)):
            yield f"{where}: expected list, got {_go_value(value)}"
        elif not shape.is_atomic:
            yield from _mistakes_of_items(value, shape, path)
    elif not isinstance(value, Mapping):
        yield f"{where}: expected map, got {_go_value(value)}"
    elif not shape.is_atomic:
        for name, each in value.items():
            below = (*path, f"f:{name}")
            if name in shape.fields or shape.is_open:
                yield from _mistakes(each, shape.field(name), below)
            else:
                yield f"{fields.text(below)}: field not declared in schema"


def _mistakes_of_items(value: Sequence[Any], shape: Shape, path: Path) -> Iterator[str]:
    where, seen = fields.text(path), set()
    for index, item in enumerate(value):
        element = _element(item, shape)
        if element is None:
            names = ", ".join(f'"{name}"' for name in shape.keys)
            yield (
                f"{where}: element {index}: associative list with keys has an element that "
                f"omits key field {names} (and doesn't have default value)"
            )
            continue
        if element in seen:
            yield f"{where}: duplicate entries for key {fields.text((element,))}"
        seen.add(element)
        if shape.keys:
            yield from _mistakes(item, shape.element, (*path, element))


def _unfit_words(value: Any, shape: Shape) -> str:
    if shape.json_type in ("integer", "number"):
        return f"expected numeric (int or float), got {_go_type(value)}"
    if shape.json_type == "boolean":
        return f"expected boolean, got {_go_value(value)}"
    return f"expected string, got &value.valueUnstructured{{Value:{_go_text(value)}}}"


def _go_value(value: Any) -> str:
    return f"&{{{_go_text(value)}}}"


def _go_text(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"map[{' '.join(f'{key}:{_go_text(each)}' for key, each in sorted(value.items()))}]"
    if isinstance(value, (list, tuple)):
        return f"[{' '.join(map(_go_text, value))}]"
    if value is None:
        return "<nil>"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _go_type(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "string" if isinstance(value, str) else "map" if isinstance(value, Mapping) else "list"


# Values


def _merged(live: Any, config: Any, shape: Shape) -> Any:
    """The live value with the configured one laid over; `live` itself where nothing changes."""
    if isinstance(config, Mapping) and isinstance(live, Mapping) and not shape.is_atomic:
        return _merged_fields(live, config, shape)
    if shape.is_list and not shape.is_atomic and isinstance(config, (list, tuple)):
        return _merged_items(live, config, shape) if isinstance(live, (list, tuple)) else config
    return live if _is_equal(live, config) else config


def _merged_fields(live: Body, config: Body, shape: Shape) -> Body:
    out: dict[str, Any] | None = None
    for name, value in config.items():
        before = live.get(name, _MISSING)
        if before is _MISSING or before is None or value is None:
            after = value
        else:
            after = _merged(before, value, shape.field(name))
        if after is not before:
            out = dict(live) if out is None else out
            out[name] = after
    return live if out is None else out


def _merged_items(live: Sequence[Any], config: Sequence[Any], shape: Shape) -> Sequence[Any]:
    """Items of both: in the order of the configuration, the others where they stood."""
    theirs = {_element(item, shape): item for item in live}
    mine = {_element(item, shape): item for item in config}
    if theirs.keys() == mine.keys() and len(theirs) == len(live):
        out = [_merged(theirs[key], item, shape.element) for key, item in mine.items()]
    else:
        out = _woven(live, theirs, mine, shape)
    is_same = len(out) == len(live) and all(a is b for a, b in zip(out, live, strict=True))
    return live if is_same else out


def _woven(
    live: Sequence[Any], theirs: Mapping[Any, Any], mine: Mapping[Any, Any], shape: Shape
) -> list[Any]:
    """As the merging walker of structured-merge-diff does it."""
    left = [(_element(item, shape), item) for item in live]
    right = list(mine)
    shared = [key for key in right if key in theirs]
    out: list[Any] = []
    done: set[Any] = set()
    i = j = next_shared = 0
    while i < len(left) or j < len(right):
        if i < len(left):
            key, item = left[i]
            if j < len(right) and key == right[j]:
                out.append(_merged(item, mine[key], shape.element))
                done.add(key)
                i, j, next_shared = i + 1, j + 1, next_shared + 1
                continue
            wanted = shared[next_shared] if next_shared < len(shared) else None
            if j < len(right) and key in mine and wanted is not None and key != wanted:
                i += 1
                continue
            if key not in mine:
                out.append(item)
                i += 1
                continue
            if key in done:
                i += 1
        if j < len(right):
            key = right[j]
            before = theirs.get(key, _MISSING)
            value = mine[key]
            out.append(value if before is _MISSING else _merged(before, value, shape.element))
            done.add(key)
            j += 1
            if next_shared < len(shared) and shared[next_shared] == key:
                next_shared += 1
    return out


def _pruned(value: Any, shape: Shape, last: Tree, owned: Tree) -> Any:
    """The value without what was applied last and nobody owns now."""
    if isinstance(value, Mapping):
        return value if shape.is_atomic else _pruned_fields(value, shape, last, owned)
    if shape.is_list and not shape.is_atomic and isinstance(value, (list, tuple)):
        return _pruned_items(value, shape, last, owned)
    return value


def _pruned_fields(value: Body, shape: Shape, last: Tree, owned: Tree) -> Body:
    out: dict[str, Any] | None = None
    for element, below in last.items():
        name = element[2:]
        if element == SELF or name not in value:
            continue
        theirs = owned.get(element)
        is_declared = name in shape.fields
        was_ours = is_declared or fields.is_member(below)
        is_owned = theirs is not None and (is_declared or fields.is_member(theirs))
        if was_ours and not is_owned:
            out = dict(value) if out is None else out
            del out[name]
        elif below:
            after = _pruned(value[name], shape.field(name), below, theirs or LEAF)
            if after is not value[name]:
                out = dict(value) if out is None else out
                out[name] = after
    return value if out is None else out


def _pruned_items(value: Sequence[Any], shape: Shape, last: Tree, owned: Tree) -> Sequence[Any]:
    out, is_changed = [], False
    for item in value:
        element = _element(item, shape) or ""
        below, theirs = last.get(element), owned.get(element)
        if below is None:
            out.append(item)
            continue
        if fields.is_member(below) and (theirs is None or not fields.is_member(theirs)):
            is_changed = True
            continue
        after = _pruned(item, shape.element, below, theirs or LEAF) if shape.keys else item
        is_changed = is_changed or after is not item
        out.append(after)
    return out if is_changed else value


# Differences


def _differences(old: Any, new: Any, shape: Shape) -> _Differences:
    if old is new:
        return _SAME
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        if not shape.is_atomic and (old or new):
            return _differences_of_fields(old, new, shape)
    elif shape.is_list and not shape.is_atomic and _is_list(old) and _is_list(new):
        return _differences_of_items(old, new, shape)
    return _SAME if _is_equal(old, new) else _CHANGED


def _differences_of_fields(old: Body, new: Body, shape: Shape) -> _Differences:
    added: dict[str, Any] = {}
    modified: dict[str, Any] = {}
    removed: dict[str, Any] = {}
    for name, before in old.items():
        after = new.get(name, _MISSING)
        if after is before:
            continue
        if after is _MISSING:
            removed["f:" + name] = _whole(before, shape.field(name))
        else:
            below = _differences(before, after, shape.field(name))
            if below is not _SAME:
                _put("f:" + name, below, added, modified, removed)
    for name, after in new.items():
        if name not in old:
            added["f:" + name] = _whole(after, shape.field(name))
    return _found(added, modified, removed)


def _differences_of_items(old: Sequence[Any], new: Sequence[Any], shape: Shape) -> _Differences:
    added: dict[str, Any] = {}
    modified: dict[str, Any] = {}
    removed: dict[str, Any] = {}
    before = {_element(item, shape) or "k:{}": item for item in old}
    after = {_element(item, shape) or "k:{}": item for item in new}
    if len(before) != len(old) or len(after) != len(new):
        return _SAME if _is_equal(old, new) else _CHANGED
    for element, item in before.items():
        other = after.get(element, _MISSING)
        if other is _MISSING:
            removed[element] = _whole(item, shape.element)
        elif shape.keys:
            below = _differences(item, other, shape.element)
            if below is not _SAME:
                _put(element, below, added, modified, removed)
    for element, item in after.items():
        if element not in before:
            added[element] = _whole(item, shape.element)
    return _found(added, modified, removed)


def _put(
    element: str,
    below: _Differences,
    added: dict[str, Any],
    modified: dict[str, Any],
    removed: dict[str, Any],
) -> None:
    if below.added is not None:
        added[element] = below.added
    if below.modified is not None:
        modified[element] = below.modified
    if below.removed is not None:
        removed[element] = below.removed


def _found(
    added: dict[str, Any], modified: dict[str, Any], removed: dict[str, Any]
) -> _Differences:
    if not (added or modified or removed):
        return _SAME
    return _Differences(added or None, modified or None, removed or None)


def _whole(value: Any, shape: Shape) -> Tree:
    """Every place of a value, the containers too."""
    if isinstance(value, Mapping):
        if not value or shape.is_atomic or shape.is_leaf:
            return LEAF
        out: dict[str, Any] = {SELF: LEAF}
        for name, each in value.items():
            out["f:" + name] = _whole(each, shape.field(name))
        return out
    if value and shape.is_list and not shape.is_atomic and _is_list(value):
        out = {SELF: LEAF}
        for item in value:
            out[_element(item, shape) or "k:{}"] = _whole(item, shape.element)
        return out
    return LEAF


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def _is_equal(one: Any, other: Any) -> bool:
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)
