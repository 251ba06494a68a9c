"""Labels and annotations: what their two overriders have in common."""

from collections.abc import Mapping

from gitopsd.core.override.jsonpatch import replaced
from gitopsd.kube.body import Body, laid
from gitopsd.model.policy import LabelAnnotationOverrider


def changed(body: Body, field: str, overrider: LabelAnnotationOverrider) -> Body:
    """The body with labels or annotations added, replaced where they are, or removed.

    `remove` does not look at the value. What was no mapping of strings counts as none at all.
    """
    values = overrider.value or {}
    old = marks(body, field)
    if overrider.operator == "add":
        return laid(body, {**(old or {}), **values}, "metadata", field) if values else body
    present = {key: value for key, value in values.items() if old and key in old}
    if not old or not present:
        return body
    if overrider.operator == "remove":
        kept: Mapping[str, str] = {key: old[key] for key in old if key not in present}
    else:
        kept = {**old, **present}
    return replaced(body, ("metadata", field), kept)


def told(body: Body, field: str) -> Mapping[str, str]:
    """Labels or annotations as an API server tells them: null is an empty string.

    None at all where something there is no string.
    """
    metadata = body.get("metadata")
    found = metadata.get(field) if isinstance(metadata, Mapping) else None
    if not isinstance(found, Mapping):
        return {}
    read = {key: "" if value is None else value for key, value in found.items()}
    return read if all(isinstance(value, str) for value in read.values()) else {}


def marks(body: Body, field: str) -> Mapping[str, str] | None:
    """Labels or annotations of a body; None where they are none or not strings throughout."""
    metadata = body.get("metadata")
    found = metadata.get(field) if isinstance(metadata, Mapping) else None
    if not isinstance(found, Mapping):
        return None
    return found if all(isinstance(value, str) for value in found.values()) else None
