"""WHAT THE MEMBERS MUST ALLOW for a commit.

Comes in: where commits are read, and which one is meant. Goes out: the rights of each member, by
what the commit places there on the facts that are known, and for what is applied and has to go.
"""

import asyncio
from collections.abc import Mapping

from gitopsd.core.decide import Cache, Options, decide
from gitopsd.core.review.compare import Compared
from gitopsd.core.rights import Right, beside, looking, needed, own, resources_of
from gitopsd.core.schedule.capacity import divides_by_capacity
from gitopsd.daemon.places import Places
from gitopsd.daemon.preview import Asked, gathered
from gitopsd.model.config import Config
from gitopsd.model.errors import SourceError
from gitopsd.model.instance import inventory_of

_CRD = ("apiextensions.k8s.io", "CustomResourceDefinition")


async def granted(
    places: Places, config: Config, asked: Asked, options: Options
) -> Mapping[str, frozenset[Right]]:
    """The rights that each member must give; raises SourceError for a head that cannot be had."""
    found = await gathered(places, config, asked, options)
    if found.compared is None:
        raise SourceError(found.said.head, "conflicts with the base; merge or rebase first")
    return await asyncio.to_thread(_rights, found.compared, config.inventory_name)


def _rights(asked: Compared, inventory: str) -> Mapping[str, frozenset[Right]]:
    loaded = asked.after.loaded
    decision, _ = decide(asked.after, asked.known, Cache(), asked.options)
    called = resources_of(each.body for key, each in loaded.templates.items() if key[:2] == _CRD)
    always = own(inventory, measures=divides_by_capacity(loaded.policies))
    always |= looking(map(inventory_of, loaded.configuration.after))
    found = {}
    for name in sorted(decision.clusters):
        wanted, hooks = decision.manifests.get(name, {}), decision.hooks.get(name, {})
        applied = asked.known.memory.applied.get(name, {})
        keys = {*wanted, *hooks, *applied}
        found[name] = always | needed(keys, called) | beside(wanted.values())
    return found
