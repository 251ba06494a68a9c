"""Where the demo plays: simulated members in this process, or clusters that a person has.

Both hand out the same thing: a kubeconfig whose contexts are the example's Clusters, and a look at
the live objects of the story.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from gitopsd.cli.story import CLUSTERS, THINGS, Live
from gitopsd.kube.body import Body


@dataclass(frozen=True, slots=True)
class Members:
    """The members of one demo; `look` reads every thing of the story on every one of them."""

    greeting: str
    kubeconfig: Path
    look: Callable[[], Awaitable[Live]]


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
