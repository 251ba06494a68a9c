"""How the demo behaves on clusters of others: it begins only where nothing of it is, and leaves so.

Comes in: members. Goes out: what is there of the demo's, and the removal of all of it. Stands alone
because it is the only place outside the daemon that deletes anything.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from gitopsd.cli.story import CLUSTER_SCOPED, CLUSTERS, NAMESPACES
from gitopsd.daemon.ledger import NAMESPACE
from gitopsd.edge.credentials import contexts, from_kubeconfig
from gitopsd.edge.member import Member
from gitopsd.kube.body import Body, dig
from gitopsd.model.api import Form
from gitopsd.model.errors import ClusterError, Conflict, NotThere, UsageError

T = TypeVar("T")

FLAG = "--kubeconfig"
MADE = (*NAMESPACES, NAMESPACE)
OURS = (*(f"/api/v1/namespaces/{name}" for name in MADE), *CLUSTER_SCOPED)
_MANAGER = "gitopsd-demo"
_ANSWER_S, _AGAIN_S = 15.0, 0.5


def members(kubeconfig: Path) -> tuple[Member, ...]:
    """The example's Clusters by their contexts; UsageError where one is missing."""
    known = contexts(kubeconfig)
    if missing := [name for name in CLUSTERS if name not in known]:
        words = f"{kubeconfig} has no context {', '.join(missing)}"
        raise UsageError(FLAG, f"{words}; the demo needs {', '.join(CLUSTERS)}")
    return tuple(Member(name, from_kubeconfig(kubeconfig, name), _MANAGER) for name in CLUSTERS)


async def check(hosts: Sequence[Member]) -> None:
    """UsageError where something that the demo makes is there already; nothing is touched.

    Three names for one cluster are refused too; ClusterError where one does not answer.
    """
    uids = await asyncio.gather(*(_in_time(host.uid(), host) for host in hosts))
    if len(set(uids)) < len(uids):
        raise UsageError(FLAG, f"{', '.join(CLUSTERS)} must be different clusters")
    there = await asyncio.gather(*(_in_time(_there(host, OURS), host) for host in hosts))
    found = [f"{host.name}: {_words(own)}" for host, own in zip(hosts, there, strict=True) if own]
    if found:
        words = "the demo would make these and remove them at the end, but they are there already: "
        raise UsageError(FLAG, words + "; ".join(found))


async def remove(hosts: Sequence[Member], within_s: float) -> None:
    """Removes all that the demo makes and waits until it is gone; ClusterError names what is not.

    A member that does not answer is asked again until the time is over.
    """
    left: dict[str, tuple[str, ...]] = {host.name: OURS for host in hosts}
    try:
        async with asyncio.timeout(within_s):
            await asyncio.gather(*(_removed(host, left) for host in hosts))
    except TimeoutError:
        words = "; ".join(f"{name}: {_words(paths)}" for name, paths in left.items() if paths)
        reason = f"not all is gone after {within_s:g} s, remove by hand: {words}"
        raise ClusterError("demo", reason, retry=False) from None


async def read(host: Member, paths: Iterable[str]) -> Mapping[str, Body | None]:
    """The objects at these paths; None for one that is not there, or cannot be read just now."""
    found: dict[str, Body | None] = {}
    for path in paths:
        try:
            found[path] = await host.get(path)
        except ClusterError:
            found[path] = None
    return found


async def _removed(host: Member, left: dict[str, tuple[str, ...]]) -> None:
    while left[host.name]:
        with suppress(ClusterError):
            left[host.name] = await _asked_to_go(host, left[host.name])
        if left[host.name]:
            await asyncio.sleep(_AGAIN_S)


async def _asked_to_go(host: Member, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Asks all that is there to go; what is there still."""
    there = await _there(host, paths)
    for path, body in there.items():
        if dig(body, "metadata", "deletionTimestamp"):
            continue
        with suppress(NotThere, Conflict):
            await host.delete(path, propagation="Background")
    return tuple(there)


async def _there(host: Member, paths: Iterable[str]) -> Mapping[str, Body]:
    found: dict[str, Body] = {}
    for path in paths:
        try:
            found[path] = await host.get(path, Form.METADATA)
        except NotThere:
            continue
    return found


async def _in_time(work: Awaitable[T], host: Member) -> T:
    try:
        async with asyncio.timeout(_ANSWER_S):
            return await work
    except TimeoutError:
        raise ClusterError(host.name, f"did not answer within {_ANSWER_S:g} s") from None


def _words(paths: Iterable[str]) -> str:
    return ", ".join("/".join(path.split("/")[-2:]) for path in paths)
