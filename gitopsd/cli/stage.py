"""Where the demo plays: simulated members in this process, or clusters that a person has.

Both hand out the same thing: a kubeconfig whose contexts are the example's Clusters, and a look at
the live objects of the story.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from gitopsd.cli.story import CLUSTERS, THINGS, Live
from gitopsd.kube.body import Body

REMOVED_WITHIN_S = 120.0


@dataclass(frozen=True, slots=True)
class Members:
    """The members of one demo; `look` reads every thing of the story on every one of them."""

    greeting: str
    kubeconfig: Path
    look: Callable[[], Awaitable[Live]]


@asynccontextmanager
async def existing(kubeconfig: Path) -> AsyncIterator[Members]:
    """The clusters of a person, for as long as the context is open; at its end nothing is left.

    Raises UsageError before anything is touched where something of the demo's is there already.
    """
    from gitopsd.cli import guest

    async with AsyncExitStack() as stack:
        hosts = guest.members(kubeconfig)
        for host in hosts:
            stack.push_async_callback(host.close)
        await guest.check(hosts)

        async def look() -> Live:
            paths = [thing.path for thing in THINGS]
            found = await asyncio.gather(*(guest.read(host, paths) for host in hosts))
            return {
                (host.name, path): body
                for host, own in zip(hosts, found, strict=True)
                for path, body in own.items()
            }

        try:
            yield Members(
                greeting=f"On your clusters {', '.join(CLUSTERS)}, until the end of the demo: the "
                f"namespaces {', '.join(guest.MADE)} and the example's cluster-wide objects.",
                kubeconfig=kubeconfig,
                look=look,
            )
        finally:
            _say("\nRemoving all that the demo made …")
            await guest.remove(hosts, REMOVED_WITHIN_S)
            _say("Gone.")


@asynccontextmanager
async def simulated(folder: Path) -> AsyncIterator[Members]:
    """Three simulated members, for as long as the context is open."""
    from gitopsd.sim.member import SimulatedMember, write_kubeconfig

    async with AsyncExitStack() as stack:
        members = [await stack.enter_async_context(SimulatedMember(name)) for name in CLUSTERS]

        async def look() -> Live:
            return {
                (member.name, thing.path): _stored(member, thing.path)
                for member in members
                for thing in THINGS
            }

        def _stored(member: SimulatedMember, path: str) -> Body | None:
            group, _, _, namespace, resource, name = path.removeprefix("/apis/").split("/")
            return member.get(group, resource, namespace, name)

        yield Members(
            greeting=f"Three simulated clusters are up: {', '.join(CLUSTERS)}.",
            kubeconfig=write_kubeconfig(members, folder / "kubeconfig"),
            look=look,
        )


def _say(words: str) -> None:
    """Prints, if there is still somebody to read it."""
    with suppress(OSError):
        print(words, flush=True)
