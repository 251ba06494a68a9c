"""Strategic merge patch: a merge patch that knows which lists are keyed.

Comes in: a body, a patch with its directives and the Shape of the kind. Goes out: the patched
body; the old one stays whole. Follows `k8s.io/apimachinery pkg/util/strategicpatch/patch.go`.
See https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from gitopsd.kube.shape import ANY, Shape

_DIRECTIVE = "$patch"
_RETAIN = "$retainKeys"
_DELETE_FROM = "$deleteFromPrimitiveList/"
_ORDER = "$setElementOrder/"


class StrategicError(ValueError):
    """A patch that makes no sense; the message says why."""


def merge(body: Any, patch: Any, shape: Shape) -> Any:
    """The body after a strategic merge patch; raises StrategicError."""
    if not isinstance(patch, Mapping):
        raise StrategicError("invalid patch: expected a map")
    return _map(body if isinstance(body, Mapping) else {}, patch, shape)


def _map(live: Mapping[str, Any], patch: Mapping[str, Any], shape: Shape) -> Mapping[str, Any]:
    directive = patch.get(_DIRECTIVE)
    if directive == "replace":
        return {key: value for key, value in patch.items() if key != _DIRECTIVE}
    if directive == "delete":
        return {}
    if directive not in (None, "merge"):
        raise StrategicError(f"invalid {_DIRECTIVE} value: {directive}")
    out = dict(live)
    if _RETAIN in patch:
        kept = set(patch[_RETAIN] or ())
        out = {key: value for key, value in out.items() if key in kept}
    for key, value in patch.items():
        if key in (_DIRECTIVE, _RETAIN) or key.startswith(_ORDER):
            continue
        if key.startswith(_DELETE_FROM):
            name = key.removeprefix(_DELETE_FROM)
            out[name] = [each for each in out.get(name) or () if each not in (value or ())]
        elif value is None:
            out.pop(key, None)
        else:
            out[key] = _value(out.get(key), value, shape.field(key))
    for key, order in patch.items():
        if key.startswith(_ORDER):
            name = key.removeprefix(_ORDER)
            if isinstance(out.get(name), (list, tuple)):
                out[name] = _sorted(out[name], order or (), shape.field(name))
    return out


def _value(live: Any, patch: Any, shape: Shape) -> Any:
    if isinstance(patch, Mapping):
        if "replace" in shape.strategy.split(",") and shape is not ANY:
            return _cleaned(patch)
        return _map(live if isinstance(live, Mapping) else {}, patch, shape)
    if isinstance(patch, (list, tuple)):
        if "merge" not in shape.strategy.split(","):
            return [_cleaned(each) for each in patch]
        return _list(live if isinstance(live, (list, tuple)) else (), patch, shape)
    return patch


def _list(live: Sequence[Any], patch: Sequence[Any], shape: Shape) -> list[Any]:
    if not shape.merge_key:
        return [*live, *(each for each in patch if each not in live)]
    key = shape.merge_key
    if any(isinstance(each, Mapping) and each.get(_DIRECTIVE) == "replace" for each in patch):
        return [_cleaned(each) for each in patch if each.get(_DIRECTIVE) != "replace"]
    out = list(live)
    for item in patch:
        if not isinstance(item, Mapping) or item.get(key) is None:
            raise StrategicError(f"map: {item} does not contain declared merge key: {key}")
        at = next((i for i, each in enumerate(out) if _key_of(each, key) == item[key]), None)
        if item.get(_DIRECTIVE) == "delete":
            out = [each for each in out if _key_of(each, key) != item[key]]
        elif at is None:
            out.append(_map({}, item, shape.element))
        else:
            out[at] = _map(out[at], item, shape.element)
    return out


def _sorted(items: Sequence[Any], order: Sequence[Any], shape: Shape) -> list[Any]:
    """Items in the order that a patch gives; those it does not name keep their place."""
    key = shape.merge_key
    places = {
        (each.get(key) if isinstance(each, Mapping) else each): index
        for index, each in enumerate(order)
    }
    named = [each for each in items if _place(each, key) in places]
    named.sort(key=lambda each: places[_place(each, key)])
    out, left = [], iter(named)
    for each in items:
        out.append(next(left) if _place(each, key) in places else each)
    return out


def _place(item: Any, key: str) -> Any:
    return _key_of(item, key) if isinstance(item, Mapping) else item


def _key_of(item: Any, key: str) -> Any:
    return item.get(key) if isinstance(item, Mapping) else None


def _cleaned(value: Any) -> Any:
    """A value that goes in whole, without directives and nulls."""
    if isinstance(value, Mapping):
        return {
            key: _cleaned(each)
            for key, each in value.items()
            if each is not None and not key.startswith("$")
        }
    if isinstance(value, (list, tuple)):
        return [_cleaned(each) for each in value]
    return value
