"""WHO A MEMBER IS and how much room it has: asked of it, and checked against its Cluster.

Comes in: a Cluster and the operator's word. Goes out: a connection that is the right one, and an
`Observation`. Whoever speaks to members begins here.
"""

import logging
from collections.abc import Callable, Collection

from gitopsd.core.facts import Observation, slim, slim_node
from gitopsd.edge.credentials import of_cluster
from gitopsd.edge.member import Member
from gitopsd.kube.body import Body
from gitopsd.model.api import Discovery, Form
from gitopsd.model.cluster import Cluster
from gitopsd.model.config import Config
from gitopsd.model.errors import ClusterError, Elsewhere, Forbidden
from gitopsd.model.token import Token

NODES, PODS = "/api/v1/nodes", "/api/v1/pods"

_log = logging.getLogger(__name__)


def member_of(cluster: Cluster, config: Config, token: Token | None) -> Member:
    """A connection that was not used yet; ClusterError where credentials lead to another server.

    `token` is the login that the repository has for it.
    """
    credentials = of_cluster(config, cluster, token)
    asked = cluster.api_endpoint.rstrip("/")
    if asked and asked != credentials.host.rstrip("/"):
        words = f"the credentials lead to {credentials.host}, spec.apiEndpoint says {asked}"
        raise ClusterError(cluster.name, words, retry=False)
    return Member(cluster.name, credentials, config.field_manager)


async def check(member: Member, cluster: Cluster) -> None:
    """Raises ClusterError unless the member is ready and is the cluster that is meant."""
    await member.probe()
    if cluster.id and (found := await member.uid()) != cluster.id:
        words = f"is another cluster: its kube-system has uid {found}, spec.id says {cluster.id}"
        raise Elsewhere(cluster.name, words)


async def observation(
    member: Member, cluster: Cluster, discovery: Discovery, lists: Collection[str]
) -> Observation:
    """What the member is; of NODES and PODS only what is in `lists`."""
    nodes = await _bodies(member, NODES, slim_node) if NODES in lists else None
    pods = await _bodies(member, PODS, slim) if PODS in lists else None
    return Observation(
        is_ready=True,
        kubernetes_version=await member.version(),
        api=discovery.api,
        partial=discovery.partial,
        nodes=nodes,
        pods=pods,
        models=cluster.models,
    )


async def _bodies(
    member: Member, path: str, keep: Callable[[Body], Body]
) -> tuple[Body, ...] | None:
    """What is kept of all objects of a list; None where we may not read it."""
    try:
        return (await member.each(path, keep, form=Form.FULL))[0]
    except Forbidden as error:
        _log.info("cluster=%s list=%s reason=%r", member.name, path, error.reason)
        return None
