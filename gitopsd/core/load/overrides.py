"""OverridePolicies as Karmada's admission leaves them, and what it refuses.

Comes in: the `spec` of a policy that fits its schema. Goes out: mistakes, or the spec with
namespaces filled in. As in Karmada the deprecated form without rules is not looked into.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from gitopsd.core.load import affinities
from gitopsd.core.load.metadata import Mistake
from gitopsd.kube import names
from gitopsd.kube.wording import pointer as pointer_to


def admitted(spec: Mapping[str, Any], namespace: str) -> dict[str, Any]:
    """The spec with every default of admission; `namespace` is empty for a cluster-wide policy."""
    selectors = spec.get("resourceSelectors")
    if selectors is None:
        return dict(spec)
    return {**spec, "resourceSelectors": affinities.with_namespace(selectors, namespace)}


def mistakes(spec: Mapping[str, Any], namespace: str) -> Iterator[Mistake]:
    """What admission refuses; `namespace` is empty for a cluster-wide policy."""
    yield from affinities.selector_mistakes(spec.get("resourceSelectors") or [], namespace)
    rules = spec.get("overrideRules") or []
    if rules:
        for old in ("targetCluster", "overriders"):
            if spec.get(old) is not None:
                yield f"/spec/{old}", "must not stand beside overrideRules; make a rule of it"
    for number, rule in enumerate(rules):
        at = f"/spec/overrideRules/{number}"
        yield from affinities.mistakes(rule.get("targetCluster"), f"{at}/targetCluster")
        yield from _overriders(rule["overriders"], f"{at}/overriders")


def _overriders(overriders: Mapping[str, Any], at: str) -> Iterator[Mistake]:
    for number, each in enumerate(overriders.get("imageOverrider") or []):
        path = (each.get("predicate") or {}).get("path")
        if path and (wrong := _pointer(path)):
            yield f"{at}/imageOverrider/{number}/predicate/path", wrong
    for number, each in enumerate(overriders.get("labelsOverrider") or []):
        for key, wrong in names.wrong_labels(each.get("value") or {}):
            yield f"{at}/labelsOverrider/{number}/value{pointer_to([key])}", wrong
    for number, each in enumerate(overriders.get("annotationsOverrider") or []):
        for key, wrong in names.wrong_annotations(each.get("value") or {}):
            inner = pointer_to([key]) if key else ""
            yield f"{at}/annotationsOverrider/{number}/value{inner}", wrong
    for number, each in enumerate(overriders.get("fieldOverrider") or []):
        yield from _field(each, f"{at}/fieldOverrider/{number}")


def _field(overrider: Mapping[str, Any], at: str) -> Iterator[Mistake]:
    if wrong := _pointer(overrider["fieldPath"]):
        yield f"{at}/fieldPath", wrong
    formats = [name for name in ("json", "yaml") if overrider.get(name)]
    if len(formats) != 1:
        yield at, "must have json or yaml, and one of them only"
    for name in formats:
        for number, each in enumerate(overrider[name]):
            where = f"{at}/{name}/{number}"
            if wrong := _pointer(each["subPath"]):
                yield f"{where}/subPath", wrong
            has_value = each.get("value") is not None
            if each["operator"] == "remove" and has_value:
                yield f"{where}/value", "must not be there to remove something"
            if each["operator"] != "remove" and not has_value:
                yield where, f"lacks the value to {each['operator']}"


def _pointer(text: str) -> str:
    if text and not text.startswith("/"):
        return "must be a JSON pointer, which begins with '/'"
    at = text.find("~")
    while at >= 0:
        if text[at + 1 : at + 2] not in ("0", "1"):
            return "must be a JSON pointer; in it '~' is written '~0' and '/' is '~1'"
        at = text.find("~", at + 1)
    return ""
