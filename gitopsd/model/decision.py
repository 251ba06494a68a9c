"""What is decided: which clusters hold a template, with how many replicas, why, and as what.

In the order data flows: Need (what a template asks for) → Request → Assignment with its Verdicts →
Manifest for each cluster → Decision for all; behind the gate each member gets its Wanted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import msgspec

from gitopsd.kube.body import Body
from gitopsd.kube.wire import encode
from gitopsd.model.claims import NO_CLAIMS, Claims
from gitopsd.model.cluster import Cluster
from gitopsd.model.policy import OverridePolicy, Placement, PropagationPolicy, Wire
from gitopsd.model.problem import Problem
from gitopsd.model.resource import Origin, Resource, ResourceKey

# Why a deletion waits although no guard holds it.
CANARY, MOVING, UNREAD, UNHEARD = "Canary", "Moving", "SourceNotReady", "NotHeardYet"
RENDERING = "Rendering"
# Why anything waits where stages hold it: for time and health, or for a person.
STAGE, STAGE_HALTED = "Stage", "StageHalted"
# Why it waits on a cluster that takes a commit whole or not at all.
REFUSED = "Refused"
WHOLE = frozenset({STAGE, STAGE_HALTED, REFUSED})
# Of what stays as it is because of a mistake in the repository.
HELD = "Held"
PASSING = frozenset({CANARY, MOVING, UNREAD, UNHEARD, RENDERING, STAGE})


class NodeClaim(Wire, frozen=True):
    hard_node_affinity: Mapping[str, Any] | None = None
    node_selector: Mapping[str, str] | None = None
    tolerations: tuple[Mapping[str, Any], ...] | None = None


class Requirements(Wire, frozen=True):
    """What one replica asks of a node; Karmada's ReplicaRequirements."""

    node_claim: NodeClaim | None = None
    resource_request: Mapping[str, str | int | float] | None = None
    namespace: str = ""
    priority_class_name: str = ""


class Component(Wire, frozen=True):
    """One pod template of a workload that has several."""

    name: str
    replicas: int
    replica_requirements: Requirements | None = None


class Need(msgspec.Struct, frozen=True):
    """What a template asks for. A resource without replicas and requirements is no workload.

    `is_scalable` says that its kind has a number of replicas, be it 0 just now.
    """

    replicas: int = 0
    requirements: Requirements | None = None
    components: tuple[Component, ...] = ()
    is_scalable: bool = False

    @property
    def is_workload(self) -> bool:
        return self.replicas > 0 or self.requirements is not None or bool(self.components)


class Share(NamedTuple):
    """One cluster of a result; `replicas` is 0 for what has none."""

    cluster: str
    replicas: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """All that scheduling one template depends on, besides the fleet and the options.

    `uid` breaks ties. `previous` is what it has now; `affinity` the group in use, empty for none;
    `evicted` names clusters it is being moved away from; `fresh` asks to forget the previous
    shares. `arriving` names clusters that get the kind's CustomResourceDefinition by the same
    commit: there the API counts as enabled. `failback` asks to return to an earlier affinity
    group as soon as it fits (the policy's annotation `gitopsd.io/failback`).
    """

    key: ResourceKey
    api_version: str
    uid: str
    need: Need
    placement: Placement
    previous: tuple[Share, ...] = ()
    affinity: str = ""
    evicted: tuple[str, ...] = ()
    fresh: bool = False
    arriving: tuple[str, ...] = ()
    failback: bool = False


class Verdict(NamedTuple):
    """What one cluster was found to be, and by which rule.

    `stage` is the rule's folder and name (`filters/taint`, `spread`, `divide`); `reason` is a
    sentence for people. A cluster that was let in has `accepted`, its score and its replicas.
    """

    cluster: str
    accepted: bool
    stage: str
    reason: str
    score: int = 0
    replicas: int = 0


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where a template goes, sorted by cluster, and why.

    `reason` is the reason of Karmada's condition `Scheduled`: Success, NoClusterFit (shares are
    cleared), Unschedulable and SchedulerError (previous shares are kept). `affinity` is the
    affinity group that was chosen, `passed` are those that were tried before it, with what was
    lacking there. `verdicts` has one entry per cluster of the fleet, put into words only when read.
    """

    shares: tuple[Share, ...]
    reason: str = "Success"
    message: str = ""
    affinity: str = ""
    verdicts: Sequence[Verdict] = ()
    passed: tuple[tuple[str, str], ...] = ()

    @property
    def is_scheduled(self) -> bool:
        return self.reason == "Success"


class AppliedOverride(NamedTuple):
    """A rule of an override policy that was applied, in order of application."""

    policy: OverridePolicy
    rule: int

    def __str__(self) -> str:
        """`OverridePolicy shop/registries rule 1`; a policy of the deprecated form has no rules."""
        return f"{self.policy} rule {self.rule + 1}" if self.rule >= 0 else f"{self.policy}"


@dataclass(frozen=True, eq=False)
class Manifest:
    """What a member must hold: the same object for every cluster that gets the same bytes.

    `hash` is over the body, but for a Secret over its source (blob, document, overriders), so that
    no stored hash tells anything of a value; after a dash it marks what cannot be changed. `share`
    is this cluster's replicas, None where the template is not divided. `key.namespace` follows the
    written scope. `hook` is the moment of a sync at which it runs once, empty for what is kept.
    """

    key: ResourceKey
    version: str
    body: Body
    hash: str
    origin: Origin
    share: int | None = None
    wave: int = 0
    hook: str = ""
    conflict: str = "Abort"
    preserve: bool = False
    suspended: bool = False
    applied: tuple[AppliedOverride, ...] = ()
    claims: Claims = NO_CLAIMS

    @cached_property
    def encoded(self) -> bytes:
        """The body as request bytes, made once for all clusters; raises TypeError for odd keys."""
        return encode(self.body)


class Refused(NamedTuple):
    """Another policy that matched or might have, and why it did not win."""

    policy: PropagationPolicy
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Binding:
    """The decision on one template.

    `policy` is None for what only follows others (namespaces, dependencies) or nobody claims.
    `required_by` maps the bindings that draw it along to their clusters. `manifests` has every
    target cluster that could be rendered; `problems` what could not. `placement` is the hash of
    the placement that this is the answer to, as `core/schedule` makes it; memory keeps it.
    `preserve` is whether it stays on a member that is to have it no more, None where nobody says.
    """

    template: Resource
    policy: PropagationPolicy | None
    refused: tuple[Refused, ...]
    need: Need
    assignment: Assignment
    required_by: Mapping[ResourceKey, tuple[str, ...]]
    manifests: Mapping[str, Manifest]
    problems: tuple[Problem, ...] = ()
    placement: str = ""
    preserve: bool | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """What every member must hold according to one commit and what is known.

    `manifests` has an entry for every cluster of the commit, empty where nothing goes there.
    `held` maps, per cluster, object ids that must be left as they are to the reason (a broken
    file, a template that failed). `leaving` are clusters whose set is to be removed, `orphaned`
    those whose objects stay. `hooks` are the manifests that run once instead of being kept, which
    are in no other of these. `preserved` are templates that were to stay on members when last
    anybody said: their inventories say so too, but not those of members that were away then.
    """

    commit: str
    clusters: Mapping[str, Cluster]
    bindings: Mapping[ResourceKey, Binding]
    manifests: Mapping[str, Mapping[ResourceKey, Manifest]]
    held: Mapping[str, Mapping[ResourceKey, str]]
    problems: tuple[Problem, ...] = ()
    hooks: Mapping[str, Mapping[ResourceKey, Manifest]] = field(default_factory=dict)
    preserved: frozenset[ResourceKey] = frozenset()

    def preserves(self, key: ResourceKey) -> bool:
        """Whether an object stays on members that are to have it no more: the last word counts."""
        binding = self.bindings.get(key)
        said = binding.preserve if binding is not None else None
        return key in self.preserved if said is None else said


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """What one member is to do: the manifests to hold and the deletions allowed, by name.

    An inventory entry in neither is left alone. `releases` are entries that are to be preserved:
    they lose our label and stay. `recreations` are manifests for which what is there may be
    deleted, where nothing else leads to them. `guarded` are deletions that are held back, with the
    guard, or a word of PASSING where only time is needed, and all that a stage holds, which is in
    none of the others; `reasons` says of each of these why.
    `kept` are entries that are held with the reason. Of `expendable` deletions the commit says that
    what they hold may be lost, of `protected` ones that they stay. `is_last`: the member leaves,
    and nothing is left but the inventory. `after` are the instances whose sets there come before
    anything new; None where nobody could read that yet, and what is recorded there counts.
    """

    cluster: str
    commit: str
    manifests: Mapping[ResourceKey, Manifest]
    deletions: frozenset[ResourceKey] = frozenset()
    releases: frozenset[ResourceKey] = frozenset()
    recreations: frozenset[ResourceKey] = frozenset()
    guarded: Mapping[ResourceKey, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    expendable: frozenset[ResourceKey] = frozenset()
    protected: Mapping[ResourceKey, str] = field(default_factory=dict)
    is_last: bool = False
    kept: Mapping[ResourceKey, str] = field(default_factory=dict)
    hooks: Mapping[ResourceKey, Manifest] = field(default_factory=dict)
    after: tuple[str, ...] | None = ()

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is to be held there any more: all that is left is to go."""
        return not (self.manifests or self.hooks)
