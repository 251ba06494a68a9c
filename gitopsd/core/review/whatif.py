"""What would become of the workloads if some clusters failed, before any of them does.

Comes in: a commit, what is known, and which clusters are supposed to be gone. Goes out: what would
move where, what would stay down, what would find no place, and where what moves does not fit all at
once. The clusters that failed are candidates for nothing; a workload that tolerates a cluster that
is not ready, or whose volumes do not move with it, waits for its cluster to come back.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from gitopsd.core.changes.moves import Turning, moves
from gitopsd.core.decide import Cache, Options, decide
from gitopsd.core.kinds.volumes import has_volumes
from gitopsd.core.review.compare import Compared
from gitopsd.core.schedule import is_divided
from gitopsd.core.schedule.capacity import PODS, left_on, request_of
from gitopsd.model.changes import Move
from gitopsd.model.cluster import Cluster
from gitopsd.model.decision import Binding, Decision, Share
from gitopsd.model.policy import PropagationPolicy, Toleration
from gitopsd.model.resource import ResourceKey

_AWAY = ("cluster.karmada.io/not-ready", "cluster.karmada.io/unreachable")
_FIELDS = ("region", "provider", "zone")


@dataclass(frozen=True, slots=True)
class Loss:
    """A workload of which some replicas are gone and stay so, with the reason."""

    key: ResourceKey
    lost: tuple[Share, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Shortage:
    """Of the replicas that a cluster gets in addition, fewer fit than come."""

    key: ResourceKey
    cluster: str
    more: int
    fit: int


@dataclass(frozen=True, slots=True, eq=False)
class Supposed:
    """What would be with these clusters `down`.

    `moved` find new places; `fewer` are copied to every cluster and go on where they still are;
    `waiting` stay down until their cluster is back; `placeless` find no place at all. `others` is
    how many objects that are no workloads are gone with the clusters. Of clusters in `unmeasured`
    the room is not known, so nothing is said to be short there.
    """

    down: tuple[str, ...]
    of: int
    moved: tuple[Move, ...] = ()
    fewer: tuple[Loss, ...] = ()
    waiting: tuple[Loss, ...] = ()
    placeless: tuple[Loss, ...] = ()
    short: tuple[Shortage, ...] = ()
    others: int = 0
    unmeasured: tuple[str, ...] = ()


def chosen(words: str, clusters: Mapping[str, Cluster]) -> frozenset[str]:
    """The clusters that `eu-1,region=us,tier=two` means: names, fields and labels, any of them.

    Raises ValueError in words for users for a part that means none.
    """
    found: set[str] = set()
    for part in filter(None, (each.strip() for each in words.split(","))):
        field, is_pair, wanted = part.partition("=")
        own = {
            name
            for name, each in clusters.items()
            if (wanted in _values(each, field) if is_pair else name == part)
        }
        if not own:
            known = ", ".join(sorted(clusters)) or "none"
            raise ValueError(f"{part!r} means no cluster; known: {known}")
        found |= own
    if not found:
        raise ValueError("names no cluster; right would be down=eu-1, down=region=eu or a label")
    return frozenset(found)


def suppose(asked: Compared, down: frozenset[str]) -> Supposed:
    """What would become of the commit's workloads without these clusters."""
    snapshot, known, options = asked.after, asked.known, asked.options
    now, cache = _settled(asked, options)
    clusters = {
        name: replace(each, leaving=True) if name in down else each
        for name, each in snapshot.loaded.clusters.items()
    }
    lost = replace(snapshot, loaded=replace(snapshot.loaded, clusters=clusters))
    then, cache = decide(lost, known, cache, options)
    kinds: dict[str, list[Loss]] = {"fewer": [], "waiting": [], "placeless": []}
    moving: list[ResourceKey] = []
    others = 0
    for key, binding in now.bindings.items():
        gone = tuple(share for share in binding.assignment.shares if share.cluster in down)
        if not gone:
            continue
        if not binding.need.is_workload:
            others += 1
            continue
        sort, reason = _fate(binding, then.bindings.get(key))
        if sort:
            kinds[sort].append(Loss(key, gone, reason))
        else:
            moving.append(key)
    shares = {key: now.bindings[key].assignment.shares for key in moving}
    alone = replace(then, bindings={key: then.bindings[key] for key in moving})
    moved = moves(shares, Turning(now, alone, lost.loaded))
    return Supposed(
        down=tuple(sorted(down)),
        of=len(now.clusters),
        moved=moved,
        fewer=tuple(kinds["fewer"]),
        waiting=tuple(kinds["waiting"]),
        placeless=tuple(kinds["placeless"]),
        short=tuple(_shortages(moved, then)),
        others=others,
        unmeasured=tuple(
            name
            for name, each in sorted(then.clusters.items())
            if name not in down and left_on(each, None) is None
        ),
    )


def _settled(asked: Compared, options: Options) -> tuple[Decision, Cache]:
    cache = asked.cache
    if asked.before is not None:
        _, cache = decide(asked.before, asked.known, cache, options)
    return decide(asked.after, asked.known, cache, options)


def _fate(binding: Binding, then: Binding | None) -> tuple[str, str]:
    """What becomes of a workload on a cluster that failed, and why; empty where it moves."""
    policy = binding.policy
    if policy is not None and (why := _stays(policy, binding)):
        return "waiting", why
    if then is None or not then.assignment.is_scheduled:
        message = then.assignment.message if then else "nothing is decided on it"
        return "placeless", message
    if policy is not None and not is_divided(policy.spec.placement):
        before = {share.cluster for share in binding.assignment.shares}
        if all(share.cluster in before for share in then.assignment.shares):
            return "fewer", "every cluster has its own copy"
    return "", ""


def _stays(policy: PropagationPolicy, binding: Binding) -> str:
    tolerations = policy.spec.placement.cluster_tolerations or ()
    if all(any(_endures(each, taint) for each in tolerations) for taint in _AWAY):
        return f"{policy} tolerates a cluster that is not ready, for ever"
    asks = (policy.spec.failover or {}).get("cluster") is not None
    if not asks and has_volumes(binding.template.body):
        return f"it has volumes, and {policy} does not ask to move it (spec.failover.cluster)"
    return ""


def _endures(toleration: Toleration, key: str) -> bool:
    return (
        toleration.key in ("", key)
        and toleration.effect in ("", "NoExecute")
        and (toleration.operator == "Exists" or not toleration.value)
        and toleration.toleration_seconds is None
    )


def _shortages(moved: Iterable[Move], then: Decision) -> Iterator[Shortage]:
    """Where what comes does not fit all at once, handed out by object in order."""
    left: dict[tuple[str, str], int] = {}
    for move in moved:
        request = request_of(then.bindings[move.key].need.requirements)
        before = {share.cluster: share.replicas for share in move.before}
        for cluster, replicas in move.after:
            more = replicas - before.get(cluster, 0)
            room = left_on(then.clusters[cluster], request)
            if more <= 0 or room is None:
                continue
            asked = {PODS: 1, **dict(request or ())}
            room = {name: left.get((cluster, name), amount) for name, amount in room.items()}
            fit = min(more, *(room[name] // amount for name, amount in asked.items()))
            left |= {(cluster, name): room[name] - fit * asked[name] for name in asked}
            if fit < more:
                yield Shortage(move.key, cluster, more, fit)


def _values(cluster: Cluster, field: str) -> tuple[str, ...]:
    own = {"region": (cluster.region,), "provider": (cluster.provider,), "zone": cluster.zones}
    label = cluster.labels.get(field)
    return (*(own[field] if field in _FIELDS else ()), *(() if label is None else (label,)))
