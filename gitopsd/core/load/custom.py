"""Custom objects by the CRDs of their own commit.

Comes in: the files of a commit. Goes out: for each object of a custom kind what became of it, kept
as long as neither it nor its CRD changes. Without a CRD in the commit an object is taken as
written: the members know its kind, or nobody does.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from gitopsd.core.load.crds import custom_mistakes
from gitopsd.core.load.parsed import Parsed, ParsedFile, Sort
from gitopsd.core.load.places import Place, problems_at
from gitopsd.kube.body import dig, laid
from gitopsd.kube.schemas import Schemas, bundled
from gitopsd.kube.wording import near
from gitopsd.model.problem import Problem, Severity
from gitopsd.model.resource import Resource, ResourceKey

Read = Callable[[str], bytes | None]
"""The bytes of a file by its blob; None for what stands in no file."""


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """What became of a custom object under a CRD, or none; `parsed` is None for an invalid one.

    `meant` names the kind that a CRD of its group defines and that was meant, it seems.
    """

    crd: Resource | None
    key: ResourceKey
    parsed: Parsed | None
    problems: tuple[Problem, ...] = ()
    meant: str = ""


def crds_of(files: Iterable[ParsedFile]) -> Mapping[tuple[str, str], Resource]:
    """The CRD of each group and kind; none of two that define the same."""
    found: dict[tuple[str, str], Resource] = {}
    twice: set[tuple[str, str]] = set()
    for file in files:
        for each in file.objects:
            if each.sort is Sort.CRD:
                body = each.resource.body
                defined = (dig(body, "spec", "group"), dig(body, "spec", "names", "kind"))
                if found.setdefault(defined, each.resource) is not each.resource:
                    twice.add(defined)
    return {defined: crd for defined, crd in found.items() if defined not in twice}


def settle(
    files: Iterable[ParsedFile],
    crds: Mapping[tuple[str, str], Resource],
    before: tuple[Mapping[Parsed, Settled], Mapping[Resource, Schemas]],
    read: Read,
) -> tuple[Mapping[Parsed, Settled], Mapping[Resource, Schemas]]:
    """What became of every custom object, and the schemas made on the way; `before` is the same
    of the last commit. `read` is asked only for files with mistakes in them.
    """
    known, known_schemas = before
    schemas = {
        crd: known_schemas.get(crd) or bundled().with_crds([crd.body]) for crd in crds.values()
    }
    made: dict[Parsed, Settled] = {}
    for file in files:
        for each in file.objects:
            if each.sort is Sort.CUSTOM:
                crd = crds.get((each.key.group, each.key.kind))
                last = known.get(each)
                meant = "" if crd else _meant(each, crds)
                if last is not None and last.crd is crd and last.meant == meant:
                    made[each] = last
                elif meant:
                    made[each] = _misnamed(each, meant, read)
                else:
                    made[each] = _settled(each, crd, schemas.get(crd) if crd else None, read)
    return made, schemas


def _settled(
    each: Parsed,
    crd: Resource | None,
    schemas: Schemas | None,
    read: Read,
) -> Settled:
    if crd is None or schemas is None:
        return Settled(None, each.key, each)
    resource = _with_namespace(each.resource, schemas)
    found = list(custom_mistakes(resource, schemas))
    if not found:
        same = resource is each.resource
        return Settled(crd, resource.key, each if same else replace(each, resource=resource))
    origin = resource.origin
    place = Place(origin.path, origin.document, origin.line, each.base)
    how = ("Invalid", Severity.ERROR)
    problems = problems_at(place, resource.key, found, how, read(origin.blob))
    return Settled(crd, resource.key, None, tuple(problems))


def _meant(each: Parsed, crds: Mapping[tuple[str, str], Resource]) -> str:
    """Words that name the kind of the same group that is nearest; empty where none is near."""
    return near(each.key.kind, [kind for group, kind in crds if group == each.key.group])


def _misnamed(each: Parsed, meant: str, read: Read) -> Settled:
    origin = each.resource.origin
    place = Place(origin.path, origin.document, origin.line, each.base)
    words = f"the CRDs here define no kind {each.key.kind!r} of {each.key.group}{meant}"
    how = ("Invalid", Severity.ERROR)
    problems = problems_at(place, each.key, [("/kind", words)], how, read(origin.blob))
    return Settled(None, each.key, None, tuple(problems), meant)


def _with_namespace(resource: Resource, schemas: Schemas) -> Resource:
    """The object in the namespace that its CRD means: `default` where none is written."""
    key = resource.key
    if schemas.scope(key.group, key.kind) != "Namespaced" or key.namespace:
        return resource
    return replace(
        resource,
        key=key._replace(namespace="default"),
        body=laid(resource.body, "default", "metadata", "namespace"),
    )
