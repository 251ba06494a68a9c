"""ONE LOOK at members, which changes nothing there: what they are, and what they hold of ours.

Comes in: Clusters and what was known of them. Goes out: a Report for each; one that was not reached
in time says why. Stands alone because a plan asks once and keeps no connection.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from gitopsd.core.facts import Observation, facts, slim, slim_node
from gitopsd.daemon.ledger import Ledger
from gitopsd.edge import clock
from gitopsd.edge.credentials import of_cluster
from gitopsd.edge.member import Member
from gitopsd.kube.body import Body
from gitopsd.model.api import Form
from gitopsd.model.cluster import Cluster, Facts
from gitopsd.model.config import Config
from gitopsd.model.delivery import Report
from gitopsd.model.errors import ClusterError, Forbidden, GitopsdError
from gitopsd.model.token import Token

_ANSWER_S = 15.0


@dataclass(frozen=True, slots=True)
class Terms:
    """What all looks share. `sources` are the repository's URL and another that may be its.

    `known` are facts from before; `measures` says whether a policy asks for room; `tokens` are
    logins that the repository has.
    """

    config: Config
    sources: tuple[str, str]
    known: Mapping[str, Facts]
    measures: bool
    tokens: Mapping[str, Token]


async def survey(clusters: Mapping[str, Cluster], terms: Terms) -> Mapping[str, Report]:
    """A report of every cluster, all asked at once."""
    reports = await asyncio.gather(*(_asked(each, terms) for each in clusters.values()))
    return {report.cluster: report for report in reports}


async def _asked(cluster: Cluster, terms: Terms) -> Report:
    name = cluster.name
    try:
        async with asyncio.timeout(_ANSWER_S):
            return await _looked(cluster, terms)
    except GitopsdError as error:
        return Report(name, False, "ClusterUnreachable", error.reason)
    except TimeoutError:
        words = f"did not answer all within {_ANSWER_S:g} s"
        return Report(name, False, "ClusterUnreachable", words)


@asynccontextmanager
async def reached(
    cluster: Cluster, config: Config, token: Token | None = None
) -> AsyncIterator[Member]:
    """A member that is ready and is the cluster that is meant; ClusterError for any other.

    `token` is the login that the repository has for it.
    """
    credentials = of_cluster(config, cluster, token)
    asked = cluster.api_endpoint.rstrip("/")
    if asked and asked != credentials.host.rstrip("/"):
        words = f"the credentials lead to {credentials.host}, spec.apiEndpoint says {asked}"
        raise ClusterError(cluster.name, words)
    member = Member(cluster.name, credentials, config.field_manager)
    try:
        await member.probe()
        if cluster.id and (found := await member.uid()) != cluster.id:
            words = (
                f"is another cluster: its kube-system has uid {found}, spec.id says {cluster.id}"
            )
            raise ClusterError(cluster.name, words)
        yield member
    finally:
        await member.close()


async def _looked(cluster: Cluster, terms: Terms) -> Report:
    config = terms.config
    async with reached(cluster, config, terms.tokens.get(cluster.name)) as member:
        entries = await Ledger(config.inventory_name, *terms.sources).read(member)
        seen = await _observed(member, cluster, terms)
    now = facts(seen, terms.known.get(cluster.name), clock.now())
    return Report(cluster.name, True, facts=now, inventory=dict(entries), source=terms.sources[0])


async def _observed(member: Member, cluster: Cluster, terms: Terms) -> Observation:
    discovery = await member.discover()
    nodes = await _bodies(member, "/api/v1/nodes", slim_node)
    return Observation(
        is_ready=True,
        kubernetes_version=await member.version(),
        api=discovery.api,
        partial=discovery.partial,
        nodes=nodes,
        pods=await _bodies(member, "/api/v1/pods", slim) if terms.measures else None,
        models=cluster.models,
    )


async def _bodies(
    member: Member, path: str, keep: Callable[[Body], Body]
) -> tuple[Body, ...] | None:
    """What is kept of all objects of a list; None where we may not read it."""
    try:
        return (await member.each(path, keep, form=Form.FULL))[0]
    except Forbidden:
        return None
