"""What is claimed of a manifest: its own annotations, and what the repository says of fields.

Comes in: a body as it is to be applied, and the `FieldTerms` of its template for one cluster. Goes
out: `Claims`. Places are found once, in the body itself; whoever plans and applies compares.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from gitopsd.kube import places
from gitopsd.kube.body import Body, dig
from gitopsd.model.claims import (
    ADOPT,
    APPLY,
    FORCE_FIELDS,
    NO_CLAIMS,
    NO_TERMS,
    ON_CONFLICT,
    SELF_HEAL,
    WORDS,
    YIELD_FIELDS,
    Claims,
    FieldTerms,
    IgnoreTarget,
    Mode,
)
from gitopsd.model.resource import Resource
from gitopsd.model.selecting import labels_of
from gitopsd.model.snapshot import Configuration

_OURS = frozenset((*WORDS, FORCE_FIELDS, YIELD_FIELDS))


@dataclass(frozen=True, slots=True)
class Wrong(Exception):
    """An annotation that cannot be followed, in words for users."""

    annotation: str
    words: str


def field_terms(configuration: Configuration, template: Resource) -> FieldTerms:
    """What the repository says of this template; the very same value where it says nothing."""
    ignore = tuple(each for each in configuration.ignore if _means(each.target, template))
    found = FieldTerms(configuration.self_heal, configuration.conflicts, ignore)
    return NO_TERMS if found == NO_TERMS else found


def says_otherwise(one: Configuration, other: Configuration) -> bool:
    """Whether two configurations may say different things of some template's fields."""
    return (one.self_heal, one.conflicts, one.ignore) != (
        other.self_heal,
        other.conflicts,
        other.ignore,
    )


def claims_of(body: Body, terms: FieldTerms) -> Claims:
    """What is claimed of this body; raises Wrong for an annotation that cannot be followed."""
    annotations = dig(body, "metadata", "annotations", default={})
    if not isinstance(annotations, Mapping) or _OURS.isdisjoint(annotations):
        return NO_CLAIMS if terms is NO_TERMS else _with(NO_CLAIMS, body, terms)
    for name, right in WORDS.items():
        if name in annotations and annotations[name] not in right:
            raise Wrong(name, f"is {annotations[name]!r}; right would be {' or '.join(right)}")
    own = replace(
        NO_CLAIMS,
        mode=Mode(annotations.get(APPLY, Mode.ENFORCE)),
        adopts=ADOPT in annotations,
        on_conflict=annotations.get(ON_CONFLICT, ""),
        forced=_listed(annotations, FORCE_FIELDS, body),
        yielded=_listed(annotations, YIELD_FIELDS, body),
    )
    found = _with(own, body, terms)
    healed = annotations.get(SELF_HEAL)
    return found if healed is None else replace(found, is_healed=healed == "true")


def _with(own: Claims, body: Body, terms: FieldTerms) -> Claims:
    ignored = {
        place
        for rule in terms.ignore
        for path in rule.paths
        for place in places.find(body, places.read(path))
    }
    return replace(
        own,
        is_healed=terms.is_healed,
        otherwise=terms.conflicts.on_conflict,
        trusted=terms.conflicts.trusted_managers,
        ignored=tuple(sorted(ignored)),
        ignored_managers=tuple(sorted({each for rule in terms.ignore for each in rule.managers})),
    )


def _listed(annotations: Mapping[str, str], name: str, body: Body) -> tuple[str, ...]:
    """The places that an annotation names, one path a line."""
    lines = str(annotations.get(name, "")).splitlines()
    try:
        paths = [places.read(line) for line in lines if line.strip()]
    except ValueError as error:
        raise Wrong(name, str(error)) from None
    return tuple(place for path in paths for place in places.find(body, path))


def _means(target: IgnoreTarget, template: Resource) -> bool:
    key = template.key
    said = ((target.group, key.group), (target.kind, key.kind))
    if any(wanted is not None and wanted != found for wanted, found in said):
        return False
    globs = ((target.name, key.name), (target.namespace, key.namespace))
    if any(glob is not None and not fnmatchcase(found, glob) for glob, found in globs):
        return False
    labels = dig(template.body, "metadata", "labels", default={})
    return labels_of(target.label_selector).matches(labels if isinstance(labels, Mapping) else {})
