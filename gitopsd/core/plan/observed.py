"""What one member shows of our objects, kept small: bodies are read once and let go.

Comes in: bodies of lists, watches and answers. Goes out: `Live`, all that a plan asks of an object;
and `Found`, all that it asks of an object that is not ours.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from gitopsd.core.depends import named
from gitopsd.core.health import NOTHING_KNOWN, Around, Finding, has_status, health
from gitopsd.core.keepers import keeper
from gitopsd.core.kinds.volumes import allows_loss
from gitopsd.core.plan.deed import Wait
from gitopsd.core.plan.drift import owned
from gitopsd.core.plan.inventory import PART_OF
from gitopsd.core.plan.owners import Owned, others
from gitopsd.core.plan.run import RUN, Hooks
from gitopsd.kube.body import Body, dig
from gitopsd.kube.times import when
from gitopsd.model.api import Discovery
from gitopsd.model.claims import Claims
from gitopsd.model.delivery import PROPAGATION, PROPAGATIONS, ActionKind, Entry, Health
from gitopsd.model.resource import ResourceKey, split_api_version

LONGEST_PROGRESS, LONGEST_DELETION = timedelta(minutes=5), timedelta(minutes=2)
AWAITING = "AwaitingApproval"

# What other tools write on what is theirs.
_MARKERS = (
    ("app.kubernetes.io/managed-by", "labels", "Helm"),
    ("argocd.argoproj.io/tracking-id", "annotations", ""),
    ("kustomize.toolkit.fluxcd.io/name", "labels", ""),
    ("kapp.k14s.io/app", "labels", ""),
    ("config.k8s.io/owning-inventory", "annotations", ""),
    ("karmada.io/managed", "labels", "true"),
    (PART_OF, "labels", ""),
)


# A label that many write; Argo CD marks with it, too, unless it is told to use its annotation.
_INSTANCE = "app.kubernetes.io/instance"
_ARGO = frozenset({"argocd-application-controller", "argocd-controller"})


@dataclass(frozen=True, slots=True, eq=False)
class Live:
    """One object with our label. `fields` is what we own of it, None for nothing; `others` what
    other field managers own, None where there are none.

    `keep` says why it must not be deleted, empty when it may; `since` is when it stopped being
    Current after its last change, None while it is. `allows_loss`: someone committed that the data
    in it may be lost. `collected` is what a script makes of it for the summary. `needs` are the
    objects that it names as what it depends on. `propagation` is what a deletion does with its
    dependents; `finalizers` keep it, `ends_since` is when it was to end. `run` is the run of a hook
    that it was `created` for.
    """

    uid: str
    version: str
    generation: int
    fields: bytes | None
    is_terminating: bool
    keep: str
    has_controller: bool
    allows_loss: bool
    finding: Finding
    since: datetime | None
    status: Mapping[str, Any] | None
    collected: Mapping[str, Any] | None = None
    needs: tuple[ResourceKey, ...] = ()
    propagation: str = "Foreground"
    finalizers: tuple[str, ...] = ()
    ends_since: datetime | None = None
    others: bytes | None = None
    run: str = ""
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """An object that was looked up. `owner` says whose it is, empty where nobody claims it.

    `is_controlled`: another object of the member owns it, not only another tool.
    """

    uid: str
    owner: str
    is_controlled: bool = False


@dataclass(frozen=True, slots=True)
class Try:
    """What came of the last attempt on an object: with which manifest, and what is next.

    `action` is FAIL or SKIP with a reason, or what was done. `failures` counts those in a row, and
    repairs of drift in a row. `again_at` is when it may be tried again, `since` when the first of
    the failures in a row was. The message of a success says what was put back. `webhook` is one
    that could not be called.
    """

    hash: str
    action: ActionKind
    reason: str = ""
    message: str = ""
    failures: int = 0
    again_at: datetime | None = None
    at: datetime | None = None
    since: datetime | None = None
    webhook: str = ""

    @property
    def is_failed(self) -> bool:
        return self.action in (ActionKind.FAIL, ActionKind.SKIP)

    def is_overdue(self, now: datetime) -> bool:
        """Whether what was deleted to be made anew should be gone by now."""
        if self.action is not ActionKind.RECREATE or self.at is None:
            return False
        return now - self.at >= LONGEST_DELETION


class Accepted(NamedTuple):
    """The owned fields with which an object answers a manifest: its hash, and what it claims."""

    hash: str
    claims: Claims
    fields: bytes | None


class Repair(NamedTuple):
    """A field that was put back, whose manager had changed it, and when."""

    at: datetime
    field: Owned


@dataclass(frozen=True, slots=True)
class Repairs:
    """All fields that were put back for the manifest with this hash, in order."""

    hash: str
    done: tuple[Repair, ...] = ()


@dataclass(frozen=True, slots=True)
class Compared:
    """What an object was found to be that is only looked at.

    It holds for the manifest with this hash and the object in this state.
    """

    hash: str
    state: str
    words: str


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """All that is known of one member; its task owns and fills the mappings.

    `looked` are objects that were looked up because nothing of ours was there, None for absent.
    `listed` are kinds of which every object of ours is in `live`, `refused` those that
    cannot be listed now, and why. `namespaces` are known to exist,
    `fresh` those of them that we made just now, `needed` those that somebody needs and nobody
    declares. `accepted` are, by object, the owned fields that
    answered a manifest, by its hash; `repairs` the fields that were put back for it. `compared` is
    what was found of objects that are only looked at. `late` are kinds that were waited for too
    long. `scaled` are workloads whose replicas an autoscaler of the set sets. `manager` is our own
    name. `behind` is what all that is new waits for: the sets that come before ours.
    """

    discovery: Discovery
    live: Mapping[ResourceKey, Live] = field(default_factory=dict)
    entries: Mapping[ResourceKey, Entry] = field(default_factory=dict)
    looked: Mapping[ResourceKey, Found | None] = field(default_factory=dict)
    tries: Mapping[ResourceKey, Try] = field(default_factory=dict)
    accepted: Mapping[ResourceKey, Accepted] = field(default_factory=dict)
    repairs: Mapping[ResourceKey, Repairs] = field(default_factory=dict)
    compared: Mapping[ResourceKey, Compared] = field(default_factory=dict)
    listed: Set[tuple[str, str]] = frozenset()
    refused: Mapping[tuple[str, str], str] = field(default_factory=dict)
    namespaces: Set[str] = frozenset()
    fresh: Set[str] = frozenset()
    needed: Set[str] = frozenset()
    late: Set[tuple[str, str]] = frozenset()
    hooks: Hooks = field(default_factory=dict)
    scaled: Set[ResourceKey] = frozenset()
    manager: str = ""
    behind: Wait | None = None


def key_of(body: Body) -> ResourceKey:
    """Which object a body is of, by what the body says."""
    group, _ = split_api_version(dig(body, "apiVersion", default=""))
    return ResourceKey(
        group,
        dig(body, "kind", default=""),
        dig(body, "metadata", "namespace", default=""),
        dig(body, "metadata", "name", default=""),
    )


def live_of(
    body: Body, manager: str, before: Live | None, now: datetime, *, around: Around = NOTHING_KNOWN
) -> Live:
    """What a body of ours shows. `before` is what the same object showed last."""
    metadata = body.get("metadata")
    metadata = metadata if isinstance(metadata, Mapping) else {}
    generation = dig(metadata, "generation", default=0)
    key = key_of(body)
    since = before.since if before and before.generation == generation else None
    finding = Finding(Health.CURRENT)
    status = None
    if has_status(key.group, key.kind):
        finding = health(body, since or now, now, around)
        said = body.get("status")
        status = said if isinstance(said, Mapping) and said and not is_deep(said) else None
    elif metadata.get("deletionTimestamp"):
        finding = Finding(Health.TERMINATING)
    since = None if finding.health is Health.CURRENT else since or now
    if before is not None and before.status == status:
        status = before.status
    run = dig(metadata, "annotations", RUN, default="")
    return Live(
        uid=metadata.get("uid") or "",
        version=metadata.get("resourceVersion") or "",
        generation=generation,
        fields=owned(body, manager),
        is_terminating=bool(metadata.get("deletionTimestamp")),
        keep=keeper(body),
        has_controller=any(
            isinstance(each, Mapping) and each.get("controller") is True
            for each in _list(metadata.get("ownerReferences"))
        ),
        allows_loss=allows_loss(body),
        finding=finding,
        since=since,
        status=status,
        needs=named(body),
        propagation=_propagation(metadata),
        finalizers=tuple(str(each) for each in _list(metadata.get("finalizers"))),
        ends_since=when(metadata.get("deletionTimestamp")),
        others=others(body, manager),
        run=run if isinstance(run, str) else "",
        created=when(metadata.get("creationTimestamp")) if run else None,
    )


def _propagation(metadata: Mapping[str, Any]) -> str:
    """What a person chose; else Foreground, which ends an object after all that it owns."""
    said = dig(metadata, "annotations", PROPAGATION)
    return said if said in PROPAGATIONS else PROPAGATIONS[0]


def found_of(body: Body, set_id: str) -> Found:
    """Whose an object is that was looked up; one with our own label is nobody else's."""
    metadata = body.get("metadata") or {}
    for owner in _list(metadata.get("ownerReferences")):
        if isinstance(owner, Mapping) and owner.get("controller") is True:
            words = f"its controller {owner.get('kind')} {owner.get('name')}"
            return Found(dig(metadata, "uid", default=""), words, is_controlled=True)
    for name, where, value in _MARKERS:
        said = dig(metadata, where, name)
        if said is None or (value and said != value) or (name == PART_OF and said == set_id):
            continue
        return Found(dig(metadata, "uid", default=""), f"{name}={said}")
    if (said := dig(metadata, "labels", _INSTANCE)) is not None and _is_written_by_argo(metadata):
        return Found(dig(metadata, "uid", default=""), f"{_INSTANCE}={said}, by Argo CD")
    return Found(dig(metadata, "uid", default=""), "")


def _is_written_by_argo(metadata: Mapping[str, Any]) -> bool:
    entries = (each for each in _list(metadata.get("managedFields")) if isinstance(each, Mapping))
    return any(each.get("manager") in _ARGO for each in entries)


def state_of(live: Live | None) -> str:
    """What tells whether an object of ours was changed, as far as it is declared; empty for none.

    A status alone is no change where the member counts generations.
    """
    return f"{live.uid} {live.generation or live.version}" if live else ""


def is_ours(body: Body, set_id: str) -> bool:
    """Whether an object carries the label of this set."""
    return bool(dig(body, "metadata", "labels", PART_OF) == set_id)


def is_deep(value: Any, levels: int = 40) -> bool:
    """Whether there are more levels in it than a status can have that anybody shows."""
    if isinstance(value, Mapping):
        return not levels or any(is_deep(each, levels - 1) for each in value.values())
    if isinstance(value, list):
        return not levels or any(is_deep(each, levels - 1) for each in value)
    return False


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
