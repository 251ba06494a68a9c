"""How much nodes have and pods ask for.

Comes in: bodies of nodes and pods. Goes out: sums as quantities, and what each node has left. All
adding is of integers: thousandths of CPU, whole units of everything else. Karmada's sums
(karmada-io/karmada pkg/util/resource.go): all nodes count, cordoned ones too, and only resources
that a scheduler counts. Unlike there, a pod asks for what the scheduler takes it to: its greatest
init container counts, and its overhead.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from gitopsd.core.facts.grades import count
from gitopsd.core.kinds.pods import is_scalar
from gitopsd.kube import quantity
from gitopsd.kube.body import Body, dig
from gitopsd.model.cluster import ResourceModel, ResourceSummary

Amounts: TypeAlias = dict[str, int]

_FINISHED = ("Succeeded", "Failed")
_MILLI, _UNIT = 10**6, 10**9  # in billionths
_ALWAYS = ("cpu", "memory", "ephemeral-storage", "pods")
_WHOLE = frozenset({"memory", "ephemeral-storage"})
_CONTAINERS = ("containers", "initContainers")


@dataclass(frozen=True, slots=True)
class Load:
    """What pods ask for: those that wait for a node, and those of each node."""

    waiting: Amounts = field(default_factory=lambda: defaultdict(int))
    by_node: dict[str, Amounts] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )


def summary(
    nodes: Iterable[Body], pods: Iterable[Body], models: tuple[ResourceModel, ...]
) -> ResourceSummary:
    """What all nodes have, what is taken of it or waited for, and the nodes of each grade."""
    nodes, load = tuple(nodes), load_of(pods)
    bound: Amounts = defaultdict(int)
    for each in load.by_node.values():
        _add(bound, each)
    return ResourceSummary(
        allocatable=_allocatable(nodes),
        allocating=_written(load.waiting),
        allocated=_written(bound),
        allocatable_modelings=count(models, (left for node in nodes if (left := free(node, load)))),
    )


def load_of(pods: Iterable[Body]) -> Load:
    """What these pods ask for; those that ended on a node ask for nothing."""
    load = Load()
    for pod in pods:
        spec = pod.get("spec")
        if not isinstance(spec, Mapping):
            continue
        node = spec.get("nodeName")
        if not node:
            mine = load.waiting
        elif dig(pod, "status", "phase") in _FINISHED:
            continue
        else:
            mine = load.by_node[str(node)]
        _add(mine, _asked(spec))
        mine["pods"] += 1
    return load


def free(node: Body, load: Load) -> Amounts:
    """What a node has left, in billionths; nothing at all where no pod fits by number."""
    has = {name: _nano(each) for name, each in _mapping(node, "status", "allocatable").items()}
    taken = load.by_node.get(str(dig(node, "metadata", "name", default="")))
    if taken is None:
        return has
    if has.get("pods", 0) <= taken["pods"] * _UNIT:
        return {}
    return {
        name: each - taken.get(name, 0) * (_MILLI if name == "cpu" else _UNIT)
        for name, each in has.items()
    }


def slim(pod: Body) -> Body:
    """The pod without what is not read here, so that thousands can be kept while others come."""
    spec = _mapping(pod, "spec")
    kept: dict[str, Any] = {}
    for name in ("nodeName", "overhead"):
        if spec.get(name):
            kept[name] = spec[name]
    for name in _CONTAINERS:
        found = [_slim_container(each) for each in _items(spec, name) if _requests(each)]
        if found:
            kept[name] = found
    phase = dig(pod, "status", "phase")
    return {"spec": kept, "status": {"phase": phase}} if phase in _FINISHED else {"spec": kept}


def slim_node(node: Body) -> Body:
    """The node without what nobody asks of it, so that thousands can be kept."""
    status = _mapping(node, "status")
    kept = {name: status[name] for name in ("allocatable", "conditions") if name in status}
    return {"metadata": {"name": dig(node, "metadata", "name", default="")}, "status": kept}


def _slim_container(container: Body) -> Body:
    kept: dict[str, Any] = {"resources": {"requests": _requests(container)}}
    if "restartPolicy" in container:
        kept["restartPolicy"] = container["restartPolicy"]
    return kept


def _asked(spec: Body) -> Amounts:
    """What a scheduler keeps free for one pod.

    Its containers together with init containers that keep running, or the greediest other init
    container beside those that run by then, if that is more; and its overhead.
    """
    running: Amounts = defaultdict(int)
    for container in _items(spec, "containers"):
        _add(running, _read(_requests(container)))
    starting = _items(spec, "initContainers")
    if starting:
        running = _with_starting(running, starting)
    if spec.get("overhead"):
        _add(running, _read(_mapping(spec, "overhead")))
    return running


def _with_starting(running: Amounts, starting: Iterable[Body]) -> Amounts:
    beside: Amounts = defaultdict(int)
    peak: Amounts = defaultdict(int)
    for container in starting:
        asked = _read(_requests(container))
        if container.get("restartPolicy") == "Always":
            _add(beside, asked)
            continue
        for name, amount in asked.items():
            peak[name] = max(peak[name], amount + beside[name])
    _add(running, beside)
    for name, amount in peak.items():
        running[name] = max(running[name], amount)
    return running


def _add(total: Amounts, more: Mapping[str, int]) -> None:
    for name, amount in more.items():
        total[name] += amount


def _read(requests: Mapping[str, Any]) -> Amounts:
    """Amounts of the resources that a scheduler counts."""
    return {
        name: -(-_nano(each) // (_MILLI if name == "cpu" else _UNIT))
        for name, each in requests.items()
        if name in _ALWAYS or is_scalar(name)
    }


def _nano(written: Any) -> int:
    """Billionths; 0 for what is no quantity, which no API server lets pass."""
    try:
        return quantity.nano(written)
    except (ValueError, TypeError):
        return 0


def _requests(container: Body) -> Mapping[str, Any]:
    return _mapping(container, "resources", "requests")


def _mapping(body: Body, *path: str) -> Mapping[str, Any]:
    found = dig(body, *path)
    return found if isinstance(found, Mapping) else {}


def _items(spec: Body, name: str) -> tuple[Body, ...]:
    found = spec.get(name)
    if not isinstance(found, (list, tuple)):
        return ()
    return tuple(each for each in found if isinstance(each, Mapping))


def _allocatable(nodes: Iterable[Body]) -> dict[str, str]:
    """The sums over all nodes, each in the notation of its first node."""
    total: Amounts = defaultdict(int)
    is_binary: dict[str, bool] = {}
    for node in nodes:
        for name, each in _mapping(node, "status", "allocatable").items():
            total[name] += _nano(each)
            is_binary.setdefault(name, isinstance(each, str) and each.endswith("i"))
    return {
        name: _binary(total[name] // _UNIT)
        if is_binary[name] and total[name] % _UNIT == 0
        else quantity.canonical(f"{total[name]}n")
        for name in sorted(total)
    }


def _written(amounts: Amounts) -> dict[str, str]:
    """The amounts as quantities; the common ones are written even where they are 0."""
    return {name: _word(name, amounts.get(name, 0)) for name in sorted({*_ALWAYS, *amounts})}


def _word(name: str, amount: int) -> str:
    if name == "cpu":
        return quantity.canonical(f"{amount}m")
    if name in _WHOLE or name.startswith("hugepages-"):
        return _binary(amount)
    return quantity.canonical(str(amount))


def _binary(amount: int) -> str:
    """Whole units with Ki, Mi and so on where that is exact."""
    return quantity.canonical(f"{amount >> 10}Ki") if amount % 1024 == 0 else str(amount)
