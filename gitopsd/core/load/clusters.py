"""Clusters as Karmada's API server leaves them, and what it refuses.

Comes in: name and `spec` of a Cluster that fits its schema. Goes out: mistakes, or the spec as it
would be stored (karmada-io/karmada pkg/apis/cluster/validation and /mutation).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from gitopsd.core.load.metadata import Mistake
from gitopsd.kube import names, quantity

NAME_LENGTH = 48

_PROXIES = ("http", "https", "socks5")
_MOST = 2**63 - 1


def admitted(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The spec as stored: resource models by grade, from zero and without an end."""
    models = sorted(spec.get("resourceModels") or [], key=lambda each: int(each["grade"]))
    if not models:
        return dict(spec)
    models[0] = {**models[0], "ranges": [{**each, "min": "0"} for each in models[0]["ranges"]]}
    last = [{**each, "max": str(_MOST)} for each in models[-1]["ranges"]]
    models[-1] = {**models[-1], "ranges": last}
    return {**spec, "resourceModels": models}


def mistakes(name: str, spec: Mapping[str, Any]) -> Iterator[Mistake]:
    """What the API server refuses."""
    if wrong := names.label(name):
        yield "/metadata/name", wrong
    elif len(name) > NAME_LENGTH:
        yield "/metadata/name", f"is longer than {NAME_LENGTH} characters"
    for field in ("provider", "region"):
        if wrong := names.label_value(spec.get(field) or ""):
            yield f"/spec/{field}", wrong
    if spec.get("zone") and spec.get("zones"):
        yield "/spec/zone", "must not stand beside zones; move it there"
    if wrong := _endpoint(spec.get("apiEndpoint") or ""):
        yield "/spec/apiEndpoint", wrong
    proxy = spec.get("proxyURL") or ""
    if proxy and _scheme(proxy) not in _PROXIES:
        yield "/spec/proxyURL", "must be an address that begins with http, https or socks5"
    yield from taint_mistakes(spec.get("taints") or [])
    yield from _models(spec.get("resourceModels") or [])


def taint_mistakes(taints: Sequence[Mapping[str, Any]]) -> Iterator[Mistake]:
    """Wrong with a list of taints: form of keys and values, and one that stands twice."""
    seen: set[tuple[str, str]] = set()
    for number, taint in enumerate(taints):
        at = f"/spec/taints/{number}"
        if wrong := names.label_key(taint["key"]):
            yield f"{at}/key", wrong
        if wrong := names.label_value(taint.get("value") or ""):
            yield f"{at}/value", wrong
        identity = (taint["key"], taint["effect"])
        if identity in seen:
            yield at, f"the taint {taint['key']}:{taint['effect']} stands twice"
        seen.add(identity)


def _scheme(url: str) -> str:
    try:
        return urlsplit(url).scheme
    except ValueError:
        return ""


def _endpoint(url: str) -> str:
    """What is wrong with an address; it is never shown, it might hold a password."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname)
    except ValueError:
        return "is no address; right would be https://host:port"
    if not has_host or parts.scheme not in ("http", "https"):
        return "is no address; right would be https://host:port"
    if parts.username or parts.password or parts.query or parts.fragment:
        return "must be without user, password, query and fragment"
    return ""


def _models(models: Sequence[Mapping[str, Any]]) -> Iterator[Mistake]:
    at = "/spec/resourceModels"
    grades = [each["grade"] for each in models]
    if len(set(grades)) != len(grades):
        yield at, "two models have the same grade"
        return
    ordered = sorted(enumerate(models), key=lambda each: int(each[1]["grade"]))
    before: Mapping[str, Any] | None = None
    for number, model in ordered:
        ranges = model.get("ranges") or []
        if not ranges:
            yield f"{at}/{number}/ranges", "must not be empty"
            return
        is_last = number == ordered[-1][0]
        for index, each in enumerate(ranges):
            if not is_last and quantity.compare(each["min"], each["max"]) >= 0:
                yield f"{at}/{number}/ranges/{index}", "max must be more than min"
        if before is not None:
            yield from _contiguous(before["ranges"], ranges, f"{at}/{number}/ranges")
        before = model


def _contiguous(
    before: Sequence[Mapping[str, Any]], ranges: Sequence[Mapping[str, Any]], at: str
) -> Iterator[Mistake]:
    if [each["name"] for each in before] != [each["name"] for each in ranges]:
        yield at, "must name the same resources in the same order in every model"
        return
    for index, (lower, upper) in enumerate(zip(before, ranges, strict=True)):
        if not quantity.same(lower["max"], upper["min"]):
            yield f"{at}/{index}/min", "must be the max of the grade before"
