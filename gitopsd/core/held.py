"""Unreadable is not absent: what a broken file or a wrong object held stays in force.

Comes in: what a commit holds, and what the last one held. Goes out: the same with everything filled
in that cannot be read any more but is not gone either. A process that has just started has no last
commit; then memory and the inventories say what a broken file held, and that is left alone.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from gitopsd.core.sources.paths import CONFIGURATION, folders, is_in
from gitopsd.model.cluster import Cluster
from gitopsd.model.memory import Memory, Remembered
from gitopsd.model.policy import OverridePolicy, PropagationPolicy
from gitopsd.model.problem import Severity
from gitopsd.model.resource import Origin, ResourceKey
from gitopsd.model.snapshot import Configuration, Loaded
from gitopsd.model.token import Token

CLUSTER_GROUP = "cluster.karmada.io"
POLICY_GROUP = "policy.karmada.io"
_UNSAID = Configuration()


@dataclass(frozen=True, slots=True)
class Blind:
    """Paths that could not be read since this process started: what they held is unknown here.

    `unreadable` could not be read at all; `broken` also holds the paths of single wrong objects.
    `folders` are those that are configured.
    """

    unreadable: frozenset[str] = frozenset()
    broken: frozenset[str] = frozenset()
    folders: tuple[str, ...] = ()


class _Placed(Protocol):
    @property
    def origin(self) -> Origin | None: ...


P = TypeVar("P", PropagationPolicy, OverridePolicy)


def held_over(loaded: Loaded, previous: Loaded | None) -> Loaded:
    """The commit's objects, and of what is broken now the last readable ones.

    An object that stands elsewhere in the commit is not filled in. Without a previous commit, or
    with nothing broken, the very same value.
    """
    if previous is None or not (loaded.unreadable or loaded.invalid):
        return loaded
    tokens = {
        **{
            name: token
            for name, token in previous.tokens.items()
            if name not in loaded.tokens and _is_login(loaded, name, token)
        },
        **loaded.tokens,
    }
    logins = {token.key for token in tokens.values()}
    return replace(
        loaded,
        templates={
            **{
                key: template
                for key, template in previous.templates.items()
                if key not in loaded.templates and _is_broken(loaded, template, key)
            },
            **{key: each for key, each in loaded.templates.items() if key not in logins},
        },
        tokens=tokens,
        clusters=_clusters(loaded, previous),
        policies=_filled(loaded, loaded.policies, previous.policies),
        overrides=_filled(loaded, loaded.overrides, previous.overrides),
        customizations=loaded.customizations
        + tuple(
            each
            for each in previous.customizations
            if each.key not in {own.key for own in loaded.customizations}
            and _is_broken(loaded, each, each.key)
        ),
    )


def blind_to(loaded: Loaded, previous: Loaded | None, before: Blind) -> Blind:
    """What cannot be read and was never read by this process; nothing once it was."""
    broken = loaded.unreadable | {problem.path for problem in loaded.invalid.values()}
    places = folders(loaded.configuration.paths)
    if previous is None:
        return Blind(loaded.unreadable, broken, places)
    return Blind(loaded.unreadable & before.unreadable, broken & before.broken, places)


def clusters_held(loaded: Loaded, memory: Memory, blind: Blind) -> Mapping[str, Cluster]:
    """The commit's clusters, and those remembered ones that a file unread so far may hold."""
    missing = {
        name: cluster
        for name, cluster in memory.clusters.items()
        if name not in loaded.clusters and (blind.unreadable or cluster_key(name) in loaded.invalid)
    }
    return {**missing, **loaded.clusters} if missing else loaded.clusters


def is_shaped_by(remembered: Remembered | None, blind: Blind) -> bool:
    """Whether a rule that shaped this template stands in a file or folder unread so far."""
    if remembered is None or not blind.broken:
        return False
    places = blind.folders
    return any(_held_by(path, blind.broken, places) is not None for path in remembered.rules)


def why_doubted(key: ResourceKey, memory: Memory, blind: Blind) -> str:
    """Why an object that nobody knew before may be none that counts; empty when it does.

    What says which files count was never read here then. Where no object was known, all count.
    """
    if CONFIGURATION not in blind.broken or not memory.templates or key in memory.templates:
        return ""
    return f"{CONFIGURATION}, which says what counts, cannot be read"


def is_silent(loaded: Loaded) -> bool:
    """Whether the repository's own configuration cannot be read, and never was by this process."""
    broken = {*loaded.unreadable, *(problem.path for problem in loaded.invalid.values())}
    return CONFIGURATION in broken and loaded.configuration == _UNSAID


def unread_at(loaded: Loaded, unreadable: Iterable[str]) -> Mapping[str, str]:
    """Of each of these files and folders where and why nothing is known of it, to follow `it stands
    in`.
    """
    lines: dict[str, int] = {}
    for problem in loaded.problems:
        if problem.severity is Severity.ERROR and problem.line:
            lines[problem.path] = min(problem.line, lines.get(problem.path, problem.line))
    return {
        path: f"{path}, which is being rendered"
        if path in loaded.rendering
        else f"{_place(path, lines.get(path, 0))}, which cannot be read"
        for path in sorted(unreadable)
    }


def why_held(key: ResourceKey, path: str, loaded: Loaded, unread: Mapping[str, str]) -> str:
    """Why an object that stood in this file is left as it is; empty when it may go.

    `unread` are the files and folders that cannot be read, as `unread_at` has them.
    """
    if key in loaded.invalid:
        problem = loaded.invalid[key]
        return f"its object is invalid: {_place(problem.path, problem.line)}"
    places = folders(loaded.configuration.paths)
    if (where := _held_by(path, unread, places)) is not None:
        return f"it {'stands' if is_in(path, where) else 'may stand'} in {unread[where]}"
    if not path and unread:
        return f"it may stand in {unread[min(unread)]}"
    return ""


def cluster_key(name: str) -> ResourceKey:
    return ResourceKey(CLUSTER_GROUP, "Cluster", "", name)


def policy_key(policy: PropagationPolicy | OverridePolicy) -> ResourceKey:
    """The id of a policy's own object, as `Loaded.invalid` names it."""
    return ResourceKey(POLICY_GROUP, policy.kind, policy.namespace, policy.name)


def _is_broken(loaded: Loaded, value: _Placed, key: ResourceKey) -> bool:
    path = value.origin.path if value.origin else ""
    return key in loaded.invalid or path in loaded.unreadable


def _is_login(loaded: Loaded, cluster: str, token: Token) -> bool:
    """Whether a login of before is one still: its Secret, or the Cluster that names it, is broken.

    While nobody can read who names it, it must not be taken for a template.
    """
    is_unread = bool(loaded.unreadable) and cluster not in loaded.clusters
    return (
        _is_broken(loaded, token, token.key) or cluster_key(cluster) in loaded.invalid or is_unread
    )


def _filled(loaded: Loaded, now: tuple[P, ...], before: Iterable[P]) -> tuple[P, ...]:
    present = {policy_key(policy) for policy in now}
    missing = tuple(
        policy
        for policy in before
        if policy_key(policy) not in present and _is_broken(loaded, policy, policy_key(policy))
    )
    if not missing:
        return now
    return tuple(sorted(now + missing, key=policy_key))


def _clusters(loaded: Loaded, previous: Loaded) -> Mapping[str, Cluster]:
    return {
        **{
            name: cluster
            for name, cluster in previous.clusters.items()
            if name not in loaded.clusters and _is_broken(loaded, cluster, cluster_key(name))
        },
        **loaded.clusters,
    }


def _held_by(path: str, unread: Container[str], configured: Iterable[str]) -> str | None:
    """The file itself, or the folder it stood in, that is among these; None for neither.

    What stood in no folder that is configured now may have moved to one that is not there.
    """
    if not path:
        return None
    place = path
    while place not in unread:
        if not place:
            is_outside = not any(is_in(path, each) for each in configured)
            return next((each for each in configured if is_outside and each in unread), None)
        place = place.rpartition("/")[0]
    return place


def _place(path: str, line: int) -> str:
    return f"{path}:{line}" if line else path
