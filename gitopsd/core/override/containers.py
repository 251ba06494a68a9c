"""Where containers stand: what image, command and args overriders have in common.

Only these kinds, of any group, and only `containers`: Karmada leaves init containers and other
kinds alone.
"""

from collections.abc import Mapping
from typing import Any

from gitopsd.core.override.jsonpatch import Refusal
from gitopsd.kube.body import Body

_POD = ("spec", "containers")
_TEMPLATE = ("spec", "template", "spec", "containers")
_PLACES = {
    "Pod": _POD,
    "ReplicaSet": _TEMPLATE,
    "Deployment": _TEMPLATE,
    "DaemonSet": _TEMPLATE,
    "StatefulSet": _TEMPLATE,
    "Job": _TEMPLATE,
}


def place_of(body: Body) -> tuple[str, ...]:
    """Where a body's containers stand; empty for a kind that is left alone."""
    return _PLACES.get(str(body.get("kind")), ())


def containers(body: Body, place: tuple[str, ...], pointer: str) -> list[Mapping[str, Any]]:
    """The containers there, none where nothing is; raises Refusal where something else is."""
    found: Any = body
    for step in place:
        if found is None:
            return []
        if not isinstance(found, Mapping):
            raise Refusal(pointer, f"/{'/'.join(place)}: {step!r} has nothing to stand in")
        if step not in found:
            return []
        found = found[step]
    if not isinstance(found, list) or not all(isinstance(each, Mapping) for each in found):
        raise Refusal(pointer, f"/{'/'.join(place)} is no list of containers")
    return found
