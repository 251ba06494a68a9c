"""`imageOverrider`: registry, repository or tag of images.

Without a predicate all containers of the kinds that have a pod template; with one exactly the
field that its path names, on any kind.
"""

from collections.abc import Mapping
from typing import Any

from gitopsd.core.override.containers import containers, place_of
from gitopsd.core.override.jsonpatch import Refusal, edited, replaced
from gitopsd.core.override.reference import Reference, read
from gitopsd.kube.body import Body, dig
from gitopsd.kube.patch import Operation
from gitopsd.kube.pointer import index
from gitopsd.model.policy import ImageOverrider, Overriders


def apply(body: Body, rule: Overriders) -> Body:
    """The body after all image overriders of the rule; the very same where nothing changes.

    Raises Refusal for a path that leads nowhere and for what is no image.
    """
    for number, overrider in enumerate(rule.image_overrider or ()):
        pointer = f"/imageOverrider/{number}"
        if overrider.predicate is None:
            body = _everywhere(body, overrider, pointer)
        else:
            body = _at(body, overrider, overrider.predicate.path, pointer)
    return body


def _everywhere(body: Body, overrider: ImageOverrider, pointer: str) -> Body:
    place = place_of(body)
    if not place or dig(body, *place) is None:
        return body
    for number, container in enumerate(containers(body, place, pointer)):
        old = container.get("image") or ""
        new = _changed(old, overrider, pointer)
        if new != old:
            body = replaced(body, (*place, number), {**container, "image": new})
    return body


def _at(body: Body, overrider: ImageOverrider, path: str, pointer: str) -> Body:
    old = _found(body, path.strip("/").split("/"), pointer)
    if not path.startswith("/"):
        raise Refusal(f"{pointer}/predicate/path", f"{path!r} does not start with /")
    new = _changed(old, overrider, pointer)
    return edited(body, (Operation("replace", path, new),), pointer) if new != old else body


def _found(body: Body, steps: list[str], pointer: str) -> Any:
    """What the path names: each step a key, a number only after a key that holds a list."""
    place: Any = body
    rest = list(steps)
    while len(rest) > 1:
        below = place.get(rest.pop(0))
        if isinstance(below, list):
            number = index(rest.pop(0))
            below = below[number] if number is not None and 0 <= number < len(below) else None
        if not isinstance(below, Mapping) or not rest:
            raise Refusal(f"{pointer}/predicate/path", f"/{'/'.join(steps)} leads nowhere")
        place = below
    return place.get(rest[0])


def _changed(image: Any, overrider: ImageOverrider, pointer: str) -> str:
    if not isinstance(image, str):
        raise Refusal(pointer, "there is no image as a string")
    try:
        return str(_COMPONENTS[overrider.component](read(image), overrider))
    except ValueError as error:
        raise Refusal(pointer, str(error)) from None


def _registry(image: Reference, overrider: ImageOverrider) -> Reference:
    return image._replace(registry=_text(image.registry, overrider))


def _repository(image: Reference, overrider: ImageOverrider) -> Reference:
    return image._replace(repository=_text(image.repository, overrider))


def _tag(image: Reference, overrider: ImageOverrider) -> Reference:
    if overrider.operator == "remove":
        return image._replace(tag="", digest="")
    return image.with_tag_or_digest(_text(image.tag or image.digest, overrider))


_COMPONENTS = {"Registry": _registry, "Repository": _repository, "Tag": _tag}


def _text(old: str, overrider: ImageOverrider) -> str:
    """What becomes of a part: its text with the value added, the value alone, or nothing."""
    if overrider.operator == "add":
        return old + overrider.value
    return overrider.value if overrider.operator == "replace" else ""
