"""What must be there before an object: by what it is, by what it names, and by its wave.

Comes in: the manifests of one member, or all templates of a repository. Goes out: edges, waves, and
the objects that can never go, each with why. Stands alone because a member's task waits by it, a
decision names the mistakes of each member, and `validate` those that no member is needed for.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from gitopsd.kube.body import Body, dig
from gitopsd.kube.wording import pointer
from gitopsd.model.problem import Problem
from gitopsd.model.resource import Origin, Resource, ResourceKey

DEPENDS_ON = "config.kubernetes.io/depends-on"
RIGHT = "group/kind/name or group/namespaces/namespace/kind/name, several with commas between"
WAVE = "gitopsd.io/wave"
LACKING = "which is not wanted here"
CRD = ("apiextensions.k8s.io", "CustomResourceDefinition")

_POINTER = pointer(("metadata", "annotations", DEPENDS_ON))


class Written(Protocol):
    """A manifest or a template."""

    @property
    def body(self) -> Body: ...


Objects = Mapping[ResourceKey, Written]
Definitions = Mapping[tuple[str, str], ResourceKey]
Named = Mapping[ResourceKey, tuple[ResourceKey, ...]]


def named(body: Body) -> tuple[ResourceKey, ...]:
    """The objects that the annotation names, without what cannot be understood."""
    text = dig(body, "metadata", "annotations", DEPENDS_ON)
    return tuple(key for _, key in _parts(text) if key is not None) if text else ()


def misread(text: object) -> tuple[str, ...]:
    """The parts of such an annotation that name no object."""
    return tuple(part for part, key in _parts(text) if key is None)


def wave_of(body: Body) -> int:
    """The wave that an object asks for, 0 by default; raises ValueError where it is no number."""
    text = dig(body, "metadata", "annotations", WAVE, default="0")
    try:
        return int(text)
    except (TypeError, ValueError):
        words = f"annotation {WAVE} is {text!r}; right would be a whole number"
        raise ValueError(words) from None


def definitions(objects: Objects) -> Definitions:
    """The custom kinds among these, by group and kind, each with the key of what defines it."""
    return {
        (
            dig(each.body, "spec", "group", default=""),
            dig(each.body, "spec", "names", "kind", default=""),
        ): key
        for key, each in objects.items()
        if key[:2] == CRD
    }


def holders(objects: Objects, defined: Definitions) -> Mapping[ResourceKey, int]:
    """The waves of definitions and namespaces: their own, or the earliest of what needs them.

    Namespaces that nobody declares are among them.
    """
    found = {
        key: wave_of(each.body)
        for key, each in objects.items()
        if key[:2] == CRD or key[:2] == ("", "Namespace")
    }
    for key, each in objects.items():
        wave = wave_of(each.body)
        for need in _implied(key, defined):
            found[need] = min(found.get(need, wave), wave)
    return found


def impossible(objects: Objects, names: Named, lacking: str = LACKING) -> Mapping[ResourceKey, str]:
    """Objects that can never go, each with why: by what they name, which is given for all.

    They name what is not among these (`lacking` are the words for it), what waits for a later wave,
    or themselves.
    """
    if not names:
        return {}
    defined = definitions(objects)
    moved = holders(objects, defined)

    def wave(key: ResourceKey) -> int:
        return moved[key] if key in moved else wave_of(objects[key].body)

    found: dict[ResourceKey, str] = {}
    for key, needs in names.items():
        for need in needs:
            if need not in objects:
                found.setdefault(key, f"{DEPENDS_ON} names {need}, {lacking}")
            elif wave(need) > wave(key):
                words = f"{DEPENDS_ON} names {need}, which waits for wave {wave(need)}"
                found.setdefault(key, words)
    for circle in _circles(objects, names, defined):
        path = " → ".join(map(str, (*circle, circle[0])))
        found |= dict.fromkeys(circle, f"it waits for itself: {path}")
    return found


def mistakes(templates: Mapping[ResourceKey, Resource]) -> Iterator[Problem]:
    """What is wrong wherever the templates of a repository go, sorted by object."""
    names = {key: found for key, each in templates.items() if (found := named(each.body))}
    for key, words in sorted(impossible(templates, names, "which stands in no file").items()):
        yield problem(key, templates[key].origin, words)


def problem(key: ResourceKey, origin: Origin, words: str, cluster: str = "") -> Problem:
    """Such a mistake, said of the annotation."""
    return Problem(
        path=origin.path,
        line=origin.line,
        pointer=_POINTER,
        message=words,
        reason="DependsOn",
        key=key.id,
        cluster=cluster,
    )


def _parts(text: object) -> Iterator[tuple[str, ResourceKey | None]]:
    if not isinstance(text, str):
        yield str(text), None
        return
    for part in filter(None, map(str.strip, text.split(","))):
        yield part, _key(part.split("/"))


def _key(parts: list[str]) -> ResourceKey | None:
    if len(parts) == 3 and all(parts[1:]):
        return ResourceKey(parts[0], parts[1], "", parts[2])
    if len(parts) == 5 and parts[1] == "namespaces" and all(parts[2:]):
        return ResourceKey(parts[0], parts[3], parts[2], parts[4])
    return None


def _implied(key: ResourceKey, defined: Definitions) -> Iterator[ResourceKey]:
    """The definition of an object's kind, and its namespace."""
    if (definition := defined.get(key[:2])) is not None:
        yield definition
    if key.namespace:
        yield ResourceKey("", "Namespace", "", key.namespace)


def _circles(
    objects: Objects, names: Named, defined: Definitions
) -> Iterator[tuple[ResourceKey, ...]]:
    """Circles among objects that wait for each other, each from its first object on.

    Of several that share objects some are left out; what is only in these waits for one that is
    told.
    """

    def needs(key: ResourceKey) -> Iterator[ResourceKey]:
        every: Iterable[ResourceKey] = (*names.get(key, ()), *_implied(key, defined))
        return (need for need in every if need in objects)

    done: set[ResourceKey] = set()
    for start in names:
        path: list[ResourceKey] = []
        rest: list[Iterator[ResourceKey]] = [iter((start,))]
        on_path: set[ResourceKey] = set()
        while rest:
            need = next(rest[-1], None)
            if need is None:
                rest.pop()
                if path and rest:
                    done.add(path[-1])
                    on_path.discard(path.pop())
            elif need in on_path:
                circle = path[path.index(need) :]
                first = circle.index(min(circle))
                yield (*circle[first:], *circle[:first])
            elif need not in done:
                path.append(need)
                on_path.add(need)
                rest.append(needs(need))
