"""Commands and arguments of containers: what their two overriders have in common."""

from typing import Any

from gitopsd.core.override.containers import containers, place_of
from gitopsd.core.override.jsonpatch import Refusal, replaced
from gitopsd.kube.body import Body
from gitopsd.model.policy import CommandArgsOverrider


def changed(body: Body, field: str, overrider: CommandArgsOverrider, pointer: str) -> Body:
    """The body with words added to, or removed from, the containers of that name.

    A field that is absent is made, empty for `remove`. Raises Refusal where it is no list.
    """
    place = place_of(body)
    for number, container in enumerate(containers(body, place, pointer) if place else ()):
        if container.get("name") != overrider.container_name:
            continue
        old = container.get(field)
        if old is not None and not isinstance(old, list):
            raise Refusal(pointer, f"{field} of container {container.get('name')!r} is no list")
        words = _changed([_word(each) for each in old or ()], overrider)
        if words != old:
            body = replaced(body, (*place, number), {**container, field: words})
    return body


def _changed(words: list[str], overrider: CommandArgsOverrider) -> list[str]:
    values = overrider.value or ()
    if overrider.operator == "add":
        return [*words, *values]
    if overrider.operator == "remove":
        return [word for word in words if word not in values]
    return words


def _word(value: Any) -> str:
    """A word as a string; what is none becomes what Go prints for it, as in Karmada."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return f"[{' '.join(map(_word, value))}]"
    if isinstance(value, dict):
        return f"map[{' '.join(f'{key}:{_word(value[key])}' for key in sorted(value))}]"
    if value is None:
        return "%!s(<nil>)"
    if isinstance(value, bool):
        return f"%!s(bool={str(value).lower()})"
    return f"%!s({'int64' if isinstance(value, int) else 'float64'}={value})"
