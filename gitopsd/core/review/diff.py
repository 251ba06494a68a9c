"""What changes in one object, as the lines of a unified diff. Of a Secret only names are said."""

import difflib
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from gitopsd.kube import yaml
from gitopsd.kube.body import Body, dig, without
from gitopsd.model.resource import ResourceKey

_AROUND = 3
# A Secret counts as changed when a file that it is made of does: values are not compared.
_SAME_KEYS = " every key is as it was; its file or that of an override is another one"
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def diff(key: ResourceKey, before: Body, after: Body) -> tuple[str, ...]:
    """The lines that come, go and stand around these, without file names and line numbers."""
    if (key.group, key.kind) == ("", "Secret"):
        return tuple(_secret_lines(before, after)) or (_SAME_KEYS,)
    return tuple(_unified(before, after, _AROUND))


def _secret_lines(before: Body, after: Body) -> Iterable[str]:
    old, new = _keys(before), _keys(after)
    for key in sorted({*old, *new}):
        if key not in new:
            yield f"-key {key} removed"
        elif key not in old:
            yield f"+key {key} added"
        elif old[key] != new[key]:
            yield f" key {key} changed"
    yield from _unified(_without_values(before), _without_values(after), 1)


def _unified(before: Body, after: Body, around: int) -> Iterable[str]:
    old, new = (yaml.dump(body).splitlines() for body in (before, after))
    for line in islice(difflib.unified_diff(old, new, lineterm="", n=around), 2, None):
        yield "@@" if line.startswith("@@") else line


def _without_values(secret: Body) -> Body:
    for path in (("data",), ("stringData",), ("metadata", "annotations", _LAST_APPLIED)):
        secret = without(secret, *path)
    return secret


def _keys(body: Body) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for field in ("data", "stringData"):
        found |= dig(body, field, default={})
    return found
