"""ONE LOOK at members, which changes nothing there: what they are, and what they hold of ours.

Comes in: Clusters and what was known of them. Goes out: a Report for each; one that was not reached
in time says why. Stands alone because a plan asks once and keeps no connection.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from gitopsd.core.facts import facts
from gitopsd.daemon.ledger import Ledger
from gitopsd.daemon.looking import NODES, PODS, check, member_of, observation
from gitopsd.edge import clock
from gitopsd.edge.member import Member
from gitopsd.model.cluster import Cluster, Facts
from gitopsd.model.config import Config
from gitopsd.model.delivery import Report
from gitopsd.model.errors import GitopsdError
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
    asked = []
    for name, cluster in clusters.items():
        ledger = Ledger(terms.config.inventory_name, *terms.sources)
        ledger.others = clusters.keys() - {name}
        asked.append(_asked(cluster, ledger, terms))
    return {report.cluster: report for report in await asyncio.gather(*asked)}


async def _asked(cluster: Cluster, ledger: Ledger, terms: Terms) -> Report:
    name = cluster.name
    try:
        async with asyncio.timeout(_ANSWER_S):
            return await _looked(cluster, ledger, terms)
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
    member = member_of(cluster, config, token)
    try:
        await check(member, cluster)
        yield member
    finally:
        await member.close()


async def _looked(cluster: Cluster, ledger: Ledger, terms: Terms) -> Report:
    async with reached(cluster, terms.config, terms.tokens.get(cluster.name)) as member:
        entries = await ledger.read(member)
        lists = (NODES, PODS) if terms.measures else (NODES,)
        seen = await observation(member, cluster, await member.discover(), lists)
    now = facts(seen, terms.known.get(cluster.name), clock.now())
    return Report(cluster.name, True, facts=now, inventory=dict(entries), source=terms.sources[0])
