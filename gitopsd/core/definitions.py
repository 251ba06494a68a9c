"""What a changed CustomResourceDefinition would take from objects that are there already.

Comes in: the definition before and after. Goes out: a sentence for each version that is served or
stored no more or not converted any more, and for each field that is dropped or takes less. Stands
alone because an API server lets all of it pass, and drops what it does not know any more from
whatever is written next. The idea is kapp's
(carvel-dev/kapp pkg/kapp/crdupgradesafety/preflight.go).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from gitopsd.kube.body import Body, dig

ALLOW_CHANGES = "gitopsd.io/allow-crd-changes"
CRD = ("apiextensions.k8s.io", "CustomResourceDefinition")

_MOST = ("maxLength", "maxItems", "maxProperties", "maximum")
_LEAST = ("minLength", "minItems", "minProperties", "minimum")
_MUST_BE = ("format", "multipleOf")
_MUST = ("exclusiveMaximum", "exclusiveMinimum", "uniqueItems")
_ONE_OF_EACH = ("map", "set")
_KEEPS = "x-kubernetes-preserve-unknown-fields"
_SCHEMA = ("schema", "openAPIV3Schema")
_SHOWN = 5


def refusal(before: Body, after: Body) -> str:
    """Why the change needs a word, and the word; empty where nothing is taken or it was given."""
    if dig(after, "metadata", "annotations", ALLOW_CHANGES) == "true":
        return ""
    found = list(taken(before, after))
    if not found:
        return ""
    more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    words = "; ".join(found[:_SHOWN])
    return f'{words}{more}; {ALLOW_CHANGES}: "true" on it allows that'


def taken(before: Body, after: Body) -> Iterator[str]:
    """What the definition after takes, version by version."""
    now = _versions(after)
    way, new_way = (dig(each, "spec", "conversion", "strategy") for each in (before, after))
    if way == "Webhook" and new_way != way and len(now) > 1:
        yield "no webhook converts its versions any more, and what one alone has is dropped"
    stored = dig(before, "status", "storedVersions", default=())
    for name, version in _versions(before).items():
        if name not in now and name in stored:
            yield f"version {name} is gone, and objects are stored in it"
        elif version.get("served") is True and dig(now, name, "served") is not True:
            yield f"version {name} is not served any more"
        elif version.get("served") is True:
            schema, wanted = (dig(each, *_SCHEMA) for each in (version, now[name]))
            yield from _narrowed(schema, wanted, name)


def _versions(definition: Body) -> Mapping[str, Mapping[str, Any]]:
    listed = dig(definition, "spec", "versions", default=())
    return {
        each["name"]: each
        for each in (listed if isinstance(listed, list) else ())
        if isinstance(each, Mapping) and isinstance(each.get("name"), str)
    }


def _narrowed(before: Any, after: Any, place: str) -> Iterator[str]:
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return
    if before.get("type") != after.get("type") and after.get("type"):
        yield f"{place} is {after.get('type')} instead of {before.get('type') or 'anything'}"
        return
    if before.get(_KEEPS) is True and after.get(_KEEPS) is not True:
        yield f"{place} keeps no fields any more that it does not know"
    elif before.get("additionalProperties") and not _keeps_others(after):
        yield f"{place} keeps no fields any more under names that are not its own"
    yield from _less(before, after, place)
    yield from _fields(before, after, place)
    for below in ("items", "additionalProperties"):
        yield from _narrowed(before.get(below), after.get(below), f"{place}[]")


def _less(before: Mapping[str, Any], after: Mapping[str, Any], place: str) -> Iterator[str]:
    """Values that were right and are wrong now."""
    if before.get("nullable") is True and after.get("nullable") is not True:
        yield f"{place} may not be null any more"
    if allowed := after.get("enum"):
        gone = [each for each in before.get("enum") or () if each not in allowed]
        if gone or not before.get("enum"):
            yield f"{place} may be less than before: {', '.join(map(str, allowed))}"
    if after.get("pattern") not in (None, before.get("pattern")):
        yield f"{place} must look otherwise: {after['pattern']}"
    for name in _MUST_BE:
        if after.get(name) not in (None, before.get(name)):
            yield f"{place} has {name} {after[name]}"
    for name in _MUST:
        if after.get(name) is True and before.get(name) is not True:
            yield f"{place} has {name}"
    kind = after.get("x-kubernetes-list-type")
    if kind in _ONE_OF_EACH and before.get("x-kubernetes-list-type") != kind:
        yield f"{place} may hold nothing twice"
    known = _rules(before)
    yield from (f"{place} must obey {rule}" for rule in _rules(after) if rule not in known)
    for limits, sign in ((_MOST, 1), (_LEAST, -1)):
        for name in limits:
            was, now = before.get(name), after.get(name)
            if now is not None and (was is None or now * sign < was * sign):
                yield f"{place} has {name} {now}"


def _rules(schema: Mapping[str, Any]) -> list[str]:
    """Its rules in CEL on what is there, without those on how it may change."""
    listed = schema.get("x-kubernetes-validations") or ()
    rules = (str(each.get("rule")) for each in listed if isinstance(each, Mapping))
    return [rule for rule in rules if "oldSelf" not in rule]


def _keeps_others(schema: Mapping[str, Any]) -> bool:
    """Whether fields stay that it does not name."""
    return schema.get(_KEEPS) is True or bool(schema.get("additionalProperties"))


def _fields(before: Mapping[str, Any], after: Mapping[str, Any], place: str) -> Iterator[str]:
    was, now = before.get("properties") or {}, after.get("properties") or {}
    keeps = _keeps_others(after)
    for name in was:
        if name in now:
            yield from _narrowed(was[name], now[name], f"{place}.{name}")
        elif not keeps:
            yield f"{place}.{name} is gone"
    for name in after.get("required") or ():
        if name not in (before.get("required") or ()) and dig(now, name, "default") is None:
            yield f"{place}.{name} is required now"
