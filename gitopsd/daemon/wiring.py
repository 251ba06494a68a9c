"""Config to edges: the only place where the parts of a daemon are put together.

Comes in: a Config. Goes out: a daemon that serves until it is stopped, or a sync that ends. What
only looks is put together in `viewing`.
"""

import asyncio
import gc
import logging
import sys
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from typing import Protocol

from gitopsd.core.hosts import host_of
from gitopsd.core.kinds.library import KUBE
from gitopsd.core.sops import sealed, without_keys
from gitopsd.core.summary import lacking, paths, read_memory
from gitopsd.daemon.admission import Admission, Terms
from gitopsd.daemon.hosted import Hosted
from gitopsd.daemon.loop import News, follow, turns
from gitopsd.daemon.members import Members
from gitopsd.daemon.places import Places
from gitopsd.daemon.prepare import Preparation
from gitopsd.daemon.proposals import Proposals
from gitopsd.daemon.publish import Publisher
from gitopsd.daemon.returner import Returner
from gitopsd.daemon.review import Reviewer
from gitopsd.daemon.session import Setup
from gitopsd.daemon.source import Reader, Source
from gitopsd.daemon.turn import Turn, World
from gitopsd.daemon.viewing import options, remote, unseal, verifiers
from gitopsd.edge.files import WorkTree
from gitopsd.edge.git import Remote
from gitopsd.edge.host import HostApi
from gitopsd.edge.lane import Lane
from gitopsd.edge.lua import Lua
from gitopsd.model.config import DEFAULT_LISTEN, Config
from gitopsd.model.errors import GitopsdError, PublishError, SourceError, UsageError
from gitopsd.model.memory import Memory
from gitopsd.model.trust import Rewrites, Verify

_PUBLISH_S = 60.0
_MOST_LINES = 20
# Most of what is made here lives long and holds no cycles: look for these less often.
_GARBAGE = 20_000

_log = logging.getLogger(__name__)


class _Closable(Reader, Protocol):
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Daemon:
    """The parts of one daemon that are running."""

    world: World
    source: Source
    news: News
    publisher: Publisher | None
    reviewer: Reviewer | None
    returner: Returner | None
    tasks: tuple[asyncio.Task[None], ...]

    def seen(self) -> bool:
        """Tells of a turn whom it concerns; nothing ends by that."""
        if self.reviewer is not None:
            self.reviewer.turned()
        if self.returner is not None:
            self.returner.turned()
        return False


def admission(config: Config, repository: Remote) -> Admission | None:
    """Who lets commits in as this config demands; None where every commit may."""
    if config.verify is Verify.NOTHING and config.force_push is Rewrites.ALLOW:
        return None
    return Admission(repository, Terms(config.verify, config.force_push, verifiers(config)))


async def serve(config: Config) -> int:
    """Follows the repository until it is cancelled, and shows how it goes."""
    if config.listen == "off":
        async with running(config) as daemon:
            await turns(daemon.world, daemon.news, lambda _: daemon.seen())
        return 0
    from gitopsd.daemon.site import Parts, Site
    from gitopsd.edge.server import listening

    with closing(Site(config)) as site:
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(listening(config.listen, site.routes))
            except UsageError as error:
                # Nobody asked for just this address, and a page is no reason to deliver nothing.
                if config.listen != DEFAULT_LISTEN:
                    raise
                _log.warning("listen=%s served=false reason=%r", config.listen, error.reason)
            daemon = await stack.enter_async_context(running(config))

            def counted(turn: Turn) -> bool:
                site.meter.take(turn)
                return daemon.seen()

            parts = Parts(
                daemon.world, daemon.source, daemon.publisher, daemon.reviewer, daemon.tasks
            )
            with site.showing(parts):
                await turns(daemon.world, daemon.news, counted)
    return 0


async def sync(config: Config, wait: bool, timeout_s: float) -> int:
    """Turns until every reachable member has finished; 0 when all is applied, else 1.

    With `wait`, until everything is Current too. What is in the way is printed to stderr.
    """
    async with running(config) as daemon:
        status = await daemon.source.looked()
        if not status.is_ready:
            raise SourceError(daemon.source.url, status.reason)

        def done(turn: Turn) -> bool:
            if daemon.news.is_pending or not daemon.world.members.are_settled:
                return False
            standing = turn.standing
            return standing.is_finished and (
                standing.is_healthy or bool(standing.failures) or not wait
            )

        try:
            async with asyncio.timeout(timeout_s):
                turn = await turns(daemon.world, daemon.news, done)
        except TimeoutError:
            print(f"gitopsd: sync: not done within {timeout_s:g} s", file=sys.stderr)
            lines = _in_the_way(daemon.world)
            for line in lines[:_MOST_LINES]:
                print(f"  {line}", file=sys.stderr)
            if len(lines) > _MOST_LINES:
                print(f"  and {len(lines) - _MOST_LINES} more", file=sys.stderr)
            return 1
        code = await _published(daemon)
        return max(code, _told(turn, wait=wait))


def _in_the_way(world: World) -> Sequence[str]:
    """What failed, then what is not Current yet, member by member."""
    if world.last is None:
        return ()
    reports = world.members.reports
    return [
        *world.last.standing.failures,
        *(
            line
            for name, each in sorted(world.last.gated.wanted.items())
            for line in lacking(each, reports.get(name))
        ),
    ]


def _told(turn: Turn, *, wait: bool) -> int:
    standing = turn.standing
    for line in standing.failures:
        print(line, file=sys.stderr)
    for name, count in sorted(standing.counts.items()):
        print(f"{name}: {count.current} of {count.wanted} objects are current")
    is_well = standing.is_applied and (standing.is_healthy or not wait)
    print(f"{standing.phase.value}: commit {turn.decision.commit[:12]}")
    return 0 if is_well else 1


async def _published(daemon: Daemon) -> int:
    if daemon.publisher is None:
        return 0
    try:
        await daemon.publisher.finish(_PUBLISH_S)
    except PublishError as error:
        print(f"gitopsd: {error}", file=sys.stderr)
        return 1
    return 0


@asynccontextmanager
async def running(config: Config) -> AsyncIterator[Daemon]:
    """A daemon whose source, members and publisher run; turns are taken by the caller."""
    gc.set_threshold(_GARBAGE, 20, 50)
    news = News()
    async with AsyncExitStack() as stack:
        lua = Lua(KUBE)
        stack.callback(lua.close)
        reader, repository = _readers(config)
        stack.callback(reader.close)
        memory, files = await _memory(config, repository)
        secrets = unseal(config, without_keys)
        preparation = Preparation(reader.read, secrets, news.report, config.instance)
        lane = Lane("scripts")
        stack.callback(lane.close)
        members = Members(Setup(config, reader.url, lane), news.report, memory.clusters)
        publisher = None
        if config.publish and repository is not None:
            publisher = Publisher(repository, config.publish_interval_s)
        world = World(config, preparation, members, memory, publisher, options(lua))
        stack.callback(world.close)
        if config.review:
            # Until the pull requests are known, their plans stay.
            world.notes = {path: None for path in files if path.startswith(paths.PLANS)}
        stack.push_async_callback(members.close)
        previous = memory.history[0].commit if memory.history else ""
        gate = admission(config, repository) if repository is not None else None
        if gate is not None:
            stack.callback(gate.close)
        source = Source(reader, config.interval_s, previous, gate)
        source.news = news.report
        world.unread = lambda: source.unread
        tasks = [
            asyncio.create_task(source.run(), name="source"),
            asyncio.create_task(follow(source, news), name="follow"),
        ]
        if publisher is not None:
            tasks.append(asyncio.create_task(publisher.run(), name="publish"))
        reviewer = None
        if config.review and repository is not None:
            reviewer = await stack.enter_async_context(_reviewing(config, repository, world, news))
            tasks.append(asyncio.create_task(reviewer.run(), name="review"))
        returner = None
        if config.publish and repository is not None:
            must_sign = config.verify is not Verify.NOTHING
            returner = Returner(repository, world, must_sign=must_sign)
            tasks.append(asyncio.create_task(returner.run(), name="return"))
        stack.push_async_callback(_end, tasks)
        yield Daemon(world, source, news, publisher, reviewer, returner, tuple(tasks))


@asynccontextmanager
async def _reviewing(
    config: Config, repository: Remote, world: World, news: News
) -> AsyncIterator[Reviewer]:
    """Who reviews pull requests; of forks nothing is decrypted."""
    host = host_of(config.review)
    if host is None or host.api is None:
        raise UsageError("--review", f"pull requests of {config.review} are not followed")
    if repository.address.is_local:
        raise UsageError("--review", "needs a repository at a git host, which --repo is not")
    if config.host_token_file is None:
        raise UsageError("--host-token-file", "is needed to review pull requests")
    place = host.api.place(config.repo)
    url = host.api.place(config.host_url).api if config.host_url else place.api
    asking = HostApi(url, config.host_token_file, host.api.headers, config.git_ca_file)
    places = Places(None, None, repository, sealed)

    def prepare(is_fork: bool) -> Preparation:
        secrets = sealed if is_fork else unseal(config, sealed)
        return Preparation(places.read, secrets, instance=config.instance)

    proposals = Proposals(places, world, prepare)
    try:
        hosted = Hosted(asking, host.api, place.project)
        yield Reviewer(hosted, world, proposals, news.report)
    finally:
        proposals.close()
        await asking.close()


def _readers(config: Config) -> tuple[_Closable, Remote | None]:
    if config.worktree is not None:
        return WorkTree(config.worktree), None
    found = remote(config)
    return found, found


async def _memory(config: Config, repository: Remote | None) -> tuple[Memory, Collection[str]]:
    """What the status branch remembers, and its files; nothing where it cannot be read: clocks
    restart.
    """
    if repository is None:
        return Memory(), ()
    try:
        ids = await repository.branch(config.status_branch)
        needed = {
            path: repository.read(blob)
            for path, blob in ids.items()
            if path.startswith(paths.REMEMBERED)
        }
        return read_memory(needed), tuple(ids)
    except GitopsdError as error:
        _log.warning("branch=%s read=false reason=%r", config.status_branch, error.reason)
        return Memory(), ()


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
