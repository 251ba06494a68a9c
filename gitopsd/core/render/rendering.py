"""One template on its way to many clusters.

Comes in: a template, what its binding says, then clusters with their shares. Goes out: a Manifest
for each, or the Problem that holds that cluster. Equal work is done once: clusters with the same
share and the same rules get the very same Manifest, over turns too as long as this value is kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from gitopsd.core.depends import wave_of
from gitopsd.core.fixed import marked
from gitopsd.core.hooks import phase_of, policies_of, timeout_of
from gitopsd.core.kinds import NATIVE, Interpreter, Misread, problem_of
from gitopsd.core.override import Overridden, Overrides, Subject, apply, labels_of
from gitopsd.core.override.policies import Rule
from gitopsd.core.render.claims import Wrong, claims_of
from gitopsd.core.render.normalise import normalised
from gitopsd.core.render.options import GITOPSD, Options
from gitopsd.core.render.prune import pruned
from gitopsd.core.render.revise import revised
from gitopsd.core.render.stamp import CONFLICT, stamped
from gitopsd.core.sops import leftovers
from gitopsd.kube.body import Body, dig
from gitopsd.kube.wire import hash_of
from gitopsd.model.claims import NO_TERMS, FieldTerms
from gitopsd.model.cluster import Cluster
from gitopsd.model.decision import AppliedOverride, Manifest, Need
from gitopsd.model.policy import OverridePolicy, Suspension
from gitopsd.model.problem import Problem
from gitopsd.model.resource import Resource
from gitopsd.model.selecting import ClusterSelector

_CONFLICTS = {"overwrite": "Overwrite", "abort": "Abort"}
_IDENTITY = (("apiVersion",), ("kind",), ("metadata", "namespace"), ("metadata", "name"))
_MOST_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Terms:
    """What a template's binding says for all of its clusters.

    `completions` has the divided completions of a Job by cluster, and nothing for any other.
    `fields` is what the repository says of fields that others have a say in.
    """

    need: Need = field(default_factory=Need)
    is_divided: bool = False
    conflict: str = "Abort"
    preserve: bool = False
    suspension: Suspension | None = None
    completions: Mapping[str, int] = field(default_factory=dict)
    fields: FieldTerms = NO_TERMS


@dataclass(frozen=True, slots=True)
class _Step:
    """A body on its way, and which rules of the namespace mean it."""

    overridden: Overridden
    own: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """What else tells a cluster's manifest from another's.

    `stamp` is the cluster's name where it is written on the object; `ignored` says of every ignore
    rule of the template whether it means the cluster.
    """

    suspended: bool
    stamp: str
    ignored: tuple[bool, ...]


class Rendering:
    """A template and its terms; ask it for the manifest of one cluster after the other."""

    __slots__ = ("_bodies", "_ignored_on", "_kinds", "_manifests", "_options", "_overrides",
                 "_own", "_steps", "_subject", "_wide", "template", "terms")  # fmt: skip

    def __init__(
        self,
        template: Resource,
        terms: Terms,
        options: Options = GITOPSD,
        kinds: Interpreter = NATIVE,
    ) -> None:
        self.template = template
        self.terms = terms
        self._options = options
        self._kinds = kinds
        self._subject = Subject(template.api_version, template.key)
        self._ignored_on = tuple(
            ClusterSelector(rule.target.cluster_selector) for rule in terms.fields.ignore
        )
        self._overrides: Overrides | None = None
        self._wide: tuple[Rule, ...] = ()
        self._own: tuple[Rule, ...] = ()
        self._bodies: dict[tuple[int, int | None], Body | Problem] = {}
        self._steps: dict[tuple[object, ...], _Step] = {}
        self._manifests: dict[tuple[object, ...], Manifest | Problem] = {}

    def manifests(
        self, targets: Sequence[tuple[Cluster, int]], overrides: Overrides
    ) -> tuple[Mapping[str, Manifest], tuple[Problem, ...]]:
        """`manifest` of every target: the manifests by cluster, and the Problems of the others."""
        manifests: dict[str, Manifest] = {}
        problems: list[Problem] = []
        alike: dict[int, Manifest | Problem] = {}
        is_alike = self._is_alike_everywhere(overrides)
        for cluster, replicas in targets:
            found = alike.get(replicas) if is_alike else None
            if found is None:
                found = alike[replicas] = self._rendered(cluster, replicas, overrides)
            if isinstance(found, Manifest):
                manifests[cluster.name] = found
            else:
                problems.append(msgspec.structs.replace(found, cluster=cluster.name))
        return manifests, tuple(problems)

    def manifest(self, cluster: Cluster, replicas: int, overrides: Overrides) -> Manifest | Problem:
        """What the cluster must hold with this share, or why it cannot be said.

        `replicas` counts for workloads alone.
        """
        found = self._rendered(cluster, replicas, overrides)
        if isinstance(found, Problem):
            return msgspec.structs.replace(found, cluster=cluster.name)
        return found

    def _is_alike_everywhere(self, overrides: Overrides) -> bool:
        """Whether a cluster's share alone says what it gets: no rule may mean it."""
        if overrides is not self._overrides:
            self._turn_to(overrides)
        if self._wide or self._own or self._options.stamps:
            return False
        if any(rule.target.cluster_selector for rule in self.terms.fields.ignore):
            return False
        return self.terms.suspension is None and not self.terms.completions

    def _rendered(
        self, cluster: Cluster, replicas: int, overrides: Overrides
    ) -> Manifest | Problem:
        if overrides is not self._overrides:
            self._turn_to(overrides)
        share = (
            (replicas, self.terms.completions.get(cluster.name))
            if self.terms.need.is_workload
            else (0, None)
        )
        body = self._bodies.get(share)
        if body is None:
            body = self._bodies[share] = self._revised(*share)
        if isinstance(body, Problem):
            return body
        wide = tuple(rule for rule in self._wide if rule.means(cluster))
        step = self._steps.get((share, wide))
        if step is None:
            step = self._steps[share, wide] = self._step(body, wide, overrides)
        own = tuple(rule for rule in step.own if rule.means(cluster))
        suspended = is_suspended(self.terms.suspension, cluster.name)
        where = cluster.name if self._options.stamps else ""
        ignored = tuple(each.matches(cluster) for each in self._ignored_on)
        key = (share, wide, own, suspended, where, ignored)
        found = self._manifests.get(key)
        if found is None:
            place = _Place(suspended, where, ignored)
            found = self._manifests[key] = self._made(step, own, share[0], place)
        return found

    def _turn_to(self, overrides: Overrides) -> None:
        """Other policies: what was made by rules that are still the same stays."""
        self._overrides = overrides
        api_version, key = self._subject.api_version, self._subject.key
        labels = labels_of(self.template.body)
        self._wide = overrides.rules("", api_version, key, labels)
        self._own = (
            overrides.rules(key.namespace, api_version, key, labels) if key.namespace else ()
        )
        self._steps.clear()
        if len(self._manifests) + len(self._bodies) > _MOST_REMEMBERED:
            self._manifests.clear()
            self._bodies.clear()

    def _revised(self, replicas: int, completions: int | None) -> Body | Problem:
        if not self.terms.need.is_workload:
            return self.template.body
        try:
            body = revised(self.template, (replicas, completions), self._options, self._kinds)
        except Misread as error:
            return problem_of(error, self.template)
        if self._options.keeps_identity and not _is_same(self.template.body, body):
            return self._problem("/metadata", "a script makes another object of it", "Script")
        return body

    def _step(self, body: Body, wide: tuple[Rule, ...], overrides: Overrides) -> _Step:
        done = apply(Overridden(body), self._subject, wide)
        key = self._subject.key
        if done.problem or not key.namespace:
            return _Step(done, ())
        labels = labels_of(done.body)
        return _Step(done, overrides.rules(key.namespace, self._subject.api_version, key, labels))

    def _made(
        self, step: _Step, own: tuple[Rule, ...], replicas: int, place: _Place
    ) -> Manifest | Problem:
        """The Manifest of all clusters with this share and these rules."""
        done = apply(step.overridden, self._subject, own)
        if done.problem:
            return done.problem
        is_checked = self._options.keeps_identity and done.applied
        if is_checked and not _is_same(self.template.body, done.body):
            return self._problem("/metadata", "an override makes another object of it", "Override")
        try:
            wave = wave_of(done.body)
            hook = phase_of(done.body)
            policies_of(done.body), timeout_of(done.body)
        except ValueError as error:
            return self._problem("/metadata/annotations", str(error), "Invalid")
        asked = dig(done.body, "metadata", "annotations", CONFLICT)
        conflict = _CONFLICTS.get(asked, self.terms.conflict) if isinstance(asked, str) else ""
        conflict = conflict or self.terms.conflict
        try:
            body = self._finished(done.body, place.stamp, conflict)
            claims = claims_of(body, self._fields(place))
        except Misread as error:
            return self._problem("", str(error), "Invalid")
        except Wrong as error:
            text = f"annotation {error.annotation} {error.words}"
            return self._problem("/metadata/annotations", text, "Invalid")
        for pointer, words in leftovers(body) if done.applied and _is_secret(self.template) else ():
            return self._problem(pointer, f"an override: {words}", "Override")
        return Manifest(
            key=self.template.key,
            version=self.template.version,
            body=body,
            hash=manifest_hash(self.template, body, done.applied),
            origin=self.template.origin,
            share=replicas if self.terms.is_divided and self.terms.need.is_workload else None,
            wave=wave,
            hook=hook or "",
            conflict=conflict,
            preserve=self.terms.preserve,
            suspended=place.suspended,
            applied=done.applied,
            claims=claims,
        )

    def _fields(self, place: _Place) -> FieldTerms:
        """What the repository says of fields on these clusters."""
        terms = self.terms.fields
        if all(place.ignored):
            return terms
        chosen = zip(terms.ignore, place.ignored, strict=True)
        return msgspec.structs.replace(
            terms, ignore=tuple(rule for rule, is_meant in chosen if is_meant)
        )

    def _finished(self, body: Body, cluster: str, conflict: str) -> Body:
        if self._options.stamps:
            body = stamped(body, self.template, cluster, conflict)
        body = pruned(body)
        return normalised(body) if self._options.normalises else body

    def _problem(self, pointer: str, message: str, reason: str) -> Problem:
        origin = self.template.origin
        return Problem(
            path=origin.path,
            line=origin.line,
            pointer=pointer,
            message=message,
            reason=reason,
            key=self.template.key.id,
        )


def is_suspended(suspension: Suspension | None, cluster: str) -> bool:
    """Whether a policy holds back what goes to this cluster."""
    if suspension is None:
        return False
    on_clusters = suspension.dispatching_on_clusters
    named = (on_clusters and on_clusters.cluster_names) or ()
    return bool(suspension.dispatching) or cluster in named


def manifest_hash(template: Resource, body: Body, applied: tuple[AppliedOverride, ...]) -> str:
    """What tells whether a manifest is another one, and nothing of a Secret's values.

    A Secret's hash is over its source and the rules applied; only without a blob id, in a work tree
    that publishes nothing, over its body. What cannot be changed of an object is marked at the end.
    """
    key, origin = template.key, template.origin
    if not _is_secret(template) or not origin.blob:
        return marked(hash_of(body), body, key[:2])
    source = [origin.blob, origin.document, [_source(*each) for each in applied]]
    return marked(hash_of(source), body, key[:2])


def _is_secret(template: Resource) -> bool:
    return (template.key.group, template.key.kind) == ("", "Secret")


def _source(policy: OverridePolicy, rule: int) -> list[object]:
    """Where a rule comes from; what it says where that is not known."""
    if policy.origin and policy.origin.blob:
        return [policy.origin.blob, policy.origin.document, rule]
    return [str(policy), rule, msgspec.to_builtins(policy.spec)]


def _is_same(one: Body, other: Body) -> bool:
    return all(dig(one, *path) == dig(other, *path) for path in _IDENTITY)
