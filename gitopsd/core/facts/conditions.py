"""What is true of a member, in Karmada's words, and since when.

Comes in: an Observation and the conditions before it. Goes out: conditions whose times change only
when their status does. Stands alone because taints and failover hang on these times.
"""

from collections.abc import Iterable

from gitopsd.core.facts.observation import Observation
from gitopsd.kube.body import Body, dig
from gitopsd.model.cluster import Condition

_READY, _COMPLETE = "Ready", "CompleteAPIEnablements"
_SAID = {
    True: ("True", "ClusterReady", "cluster is healthy and ready to accept workloads"),
    False: ("False", "ClusterNotReachable", "cluster is not reachable"),
    None: ("Unknown", "ClusterStatusUnknown", "cluster was not heard of"),
}


def conditions(seen: Observation, before: tuple[Condition, ...], now: str) -> tuple[Condition, ...]:
    """Ready, whether all APIs are known, and what others wrote, in this order.

    What is known of the APIs of a member that is not ready stays as it was.
    """
    last = {each.type: each for each in before}
    found = [_since(_ready(seen), last.get(_READY), now)]
    if seen.is_ready:
        found.append(_since(_complete(seen), last.get(_COMPLETE), now))
    elif _COMPLETE in last:
        found.append(last[_COMPLETE])
    return (*found, *(each for each in before if each.type not in (_READY, _COMPLETE)))


def is_ready_node(node: Body) -> bool:
    """Whether a node says that it is ready."""
    said = dig(node, "status", "conditions", default=())
    return any(
        dig(each, "type") == "Ready" and dig(each, "status") == "True" for each in _items(said)
    )


def _ready(seen: Observation) -> Condition:
    status, reason, message = _SAID[seen.is_ready]
    if seen.is_ready:
        return Condition(_READY, status, reason, message)
    return Condition(_READY, status, seen.reason or reason, seen.message or message)


def _complete(seen: Observation) -> Condition:
    if not seen.api:
        said = "collected empty APIEnablements from the cluster"
        return Condition(_COMPLETE, "False", "Empty", said)
    if seen.partial:
        groups = ", ".join(sorted(seen.partial))
        said = f"could not read all APIEnablements from the cluster: {groups}"
        return Condition(_COMPLETE, "False", "Partial", said)
    return Condition(
        _COMPLETE, "True", "Complete", "collected complete APIEnablements from the cluster"
    )


def _since(found: Condition, last: Condition | None, now: str) -> Condition:
    same = last is not None and last.status == found.status
    since = last.last_transition_time if last is not None and same else None
    return Condition(found.type, found.status, found.reason, found.message, since or now)


def _items(found: object) -> Iterable[object]:
    return found if isinstance(found, (list, tuple)) else ()
