"""ALL MEMBERS: a task for each, started and ended as Clusters come and go.

Comes in: the Clusters of a commit, and what each member is to hold. Goes out: the last Report of
every member. No member waits for another.
"""

import asyncio
from collections.abc import Callable, Mapping, Set

from gitopsd.core.kinds import NATIVE, Interpreter
from gitopsd.daemon.follower import Follower
from gitopsd.daemon.session import Setup
from gitopsd.daemon.sight import Kind
from gitopsd.daemon.tally import Tally
from gitopsd.model.cluster import Cluster
from gitopsd.model.decision import Wanted
from gitopsd.model.delivery import Report
from gitopsd.model.token import Token


class Members:
    """The tasks; `news` is called after a report, `remembered` are Clusters with their last facts.

    A Cluster that changes where its member is, which one it is, how one logs in or how it is
    delivered to, gets a new task.
    """

    def __init__(
        self, setup: Setup, news: Callable[[], None], remembered: Mapping[str, Cluster]
    ) -> None:
        self._setup = setup
        self._news = news
        self._remembered = remembered
        self._followers: dict[str, Follower] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._reports: Mapping[str, Report] = {}
        self._tokens: Mapping[str, Token] = {}
        self._told = asyncio.Event()

    @property
    def reports(self) -> Mapping[str, Report]:
        """The last report of every member that was asked; a new mapping after each report."""
        return self._reports

    @property
    def tallies(self) -> Mapping[str, Tally]:
        """What the task of every member counted so far."""
        return {name: follower.tally for name, follower in self._followers.items()}

    @property
    def are_settled(self) -> bool:
        """Whether every member that answers has done all it can, and has told so."""
        return all(follower.is_settled for follower in self._followers.values())

    def know(self, tokens: Mapping[str, Token]) -> None:
        """These are the logins that the repository has, from the next `follow` on."""
        self._tokens = tokens

    def follow(
        self, clusters: Mapping[str, Cluster], *, measures: bool, kinds: Set[Kind] = frozenset()
    ) -> None:
        """Begins to follow new members and lets go of those that are none any more.

        `measures`: it must be known how much room they have; `kinds` are those of the commit.
        """
        for name in [name for name in self._followers if name not in clusters]:
            self._end(name)
        for name, cluster in clusters.items():
            follower, token = self._followers.get(name), self._tokens.get(name)
            if follower is not None and (
                follower.token != token or not _is_same(follower.cluster, cluster)
            ):
                self._end(name)
                follower = None
            if follower is None:
                known = self._remembered.get(name)
                facts = known.facts if known else None
                follower = Follower(cluster, self._setup, self._tell, facts)
                self._followers[name] = follower
                follower.measures, follower.token = measures, token
                self._tasks[name] = asyncio.create_task(follower.run(), name=f"member {name}")
            follower.cluster = cluster
            follower.beside(clusters.keys() - {name})
            follower.measures, follower.kinds = measures, kinds

    def want(self, wanted: Mapping[str, Wanted], kinds: Interpreter = NATIVE) -> None:
        """Hands over what each member is to hold, and what knows its kinds; waits for nobody."""
        for name, each in wanted.items():
            if (follower := self._followers.get(name)) is not None:
                follower.want(each, kinds)

    async def heard(self, names: Set[str], within_s: float) -> None:
        """Waits until each of these has told something, or the time is over."""
        try:
            async with asyncio.timeout(within_s):
                while names - self._reports.keys():
                    self._told.clear()
                    await self._told.wait()
        except TimeoutError:
            return

    async def close(self) -> None:
        """Ends all tasks after the requests that are under way."""
        for follower in self._followers.values():
            follower.end()
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()
        self._followers.clear()

    def _tell(self, report: Report) -> None:
        if report.cluster in self._followers:
            self._reports = {**self._reports, report.cluster: report}
            self._told.set()
            self._news()

    def _end(self, name: str) -> None:
        self._followers[name].end()
        self._tasks.pop(name).cancel()
        del self._followers[name]
        self._reports = {each: told for each, told in self._reports.items() if each != name}


def _is_same(before: Cluster, now: Cluster) -> bool:
    return all(
        getattr(before, name) == getattr(now, name)
        for name in ("id", "api_endpoint", "sync_mode", "secret_ref", "proxy_url")
    )
