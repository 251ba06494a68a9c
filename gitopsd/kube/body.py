"""Kubernetes objects as plain mappings that are never changed in place.

A `Body` may be shared by many clusters, turns and threads. Whoever wants another one copies along
the touched path and leaves the rest shared.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

Body: TypeAlias = Mapping[str, Any]


def dig(body: Any, *path: str | int, default: Any = None) -> Any:
    """What stands at the path, or `default` where a step is missing, null or of another type."""
    for step in path:
        if isinstance(step, int):
            if not isinstance(body, (list, tuple)) or not -len(body) <= step < len(body):
                return default
            body = body[step]
        else:
            if not isinstance(body, Mapping):
                return default
            body = body.get(step)
        if body is None:
            return default
    return body


def laid(body: Body, value: Any, *path: str) -> dict[str, Any]:
    """The same body with `value` at the path; missing mappings on the way are made."""
    first, rest = path[0], path[1:]
    if rest:
        below = body.get(first)
        value = laid(below if isinstance(below, Mapping) else {}, value, *rest)
    return {**body, first: value}


def without(body: Body, *path: str) -> Body:
    """The same body lacking what stands at the path; the very same one where nothing does."""
    first, rest = path[0], path[1:]
    if first not in body:
        return body
    if not rest:
        return {key: value for key, value in body.items() if key != first}
    below = body[first]
    if not isinstance(below, Mapping):
        return body
    kept = without(below, *rest)
    return body if kept is below else {**body, first: kept}


def with_labels(body: Body, labels: Mapping[str, str]) -> Body:
    """The same body with these labels laid over its own; the very same one for no labels."""
    return _with_metadata(body, "labels", labels)


def with_annotations(body: Body, annotations: Mapping[str, str]) -> Body:
    """The same body with these annotations laid over its own; the very same one for none."""
    return _with_metadata(body, "annotations", annotations)


def _with_metadata(body: Body, field: str, entries: Mapping[str, str]) -> Body:
    if not entries:
        return body
    metadata = body.get("metadata") or {}
    merged = {**(metadata.get(field) or {}), **entries}
    return {**body, "metadata": {**metadata, field: merged}}
