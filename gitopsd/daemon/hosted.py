"""A REPOSITORY AT ITS GIT HOST: pull requests, comments and checks, whichever host it is.

Comes in: what is asked or to be said. Goes out: values, through every page of a list. Nothing is
said that stands there already.
"""

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Protocol, TypeVar

from gitopsd.core.hosts import Api, shortened
from gitopsd.model.errors import HostError
from gitopsd.model.hosting import Ask, Comment, CommitState, PullRequest, StateKind

T = TypeVar("T")

_MOST_PAGES = 100

_log = logging.getLogger(__name__)


class Asking(Protocol):
    """Who asks the host: `edge.host.HostApi`."""

    async def ask(self, ask: Ask) -> Any:
        """The value of the answer; raises HostError."""
        ...


class Hosted:
    """One repository. Methods raise HostError."""

    def __init__(self, asking: Asking, api: Api, project: str) -> None:
        self.api = api
        self.project = project
        self._asking = asking
        self._me: str | None = None
        self._states: dict[str, dict[str, CommitState]] = {}

    async def pulls(self) -> tuple[PullRequest, ...]:
        """All that are open, by number."""
        found = self._pages(
            lambda page: self.api.pulls(self.project, page), self.api.pulls_of, self.api.page_size
        )
        pulls = {each.number: each async for each in found}
        return tuple(pulls[number] for number in sorted(pulls))

    async def comments(self, pull: int) -> tuple[Comment, ...]:
        """All comments of a pull request, in the order they were made."""
        found = self._pages(
            lambda page: self.api.comments(self.project, pull, page),
            self.api.comments_of,
            self.api.comment_page_size,
        )
        return tuple([each async for each in found])

    async def can_write(self, user: str) -> bool:
        """Whether a user may write to the repository now.

        One who is not known may not; nor may anybody where our token may not ask that.
        """
        try:
            value = await self._asking.ask(self.api.permission(self.project, user))
        except HostError as error:
            if error.status == 403:
                _log.warning("user=%r permission=unknown reason=%r", user, error.reason)
            if error.status in (403, 404):
                return False
            raise
        return self.api.can_write(value, user)

    async def is_me(self, comment: Comment) -> bool:
        """Whether a comment is of the account whose token we have; some tokens have no account,
        then any bot may be it.
        """
        if self._me is None:
            try:
                self._me = self.api.name_of(await self._asking.ask(self.api.me))
            except HostError as error:
                if error.status not in (401, 403, 404):
                    raise
                self._me = ""
        return comment.author == self._me if self._me else comment.is_bot

    async def write(self, pull: int, body: str, old: Comment | None) -> None:
        """A comment with this body: a new one, or what is there is edited."""
        if old is None:
            ask = self.api.add_comment(self.project, pull, body)
        else:
            edited = Comment(old.id, old.author, body)
            ask = self.api.edit_comment(self.project, pull, edited)
        await self._asking.ask(ask)
        _log.info("pull=%d comment=%s", pull, "edited" if old else "new")

    async def say(self, commit: str, state: CommitState) -> None:
        """How a check of a commit stands; nothing is sent where it stands so already."""
        known = await self._known(commit)
        most = self.api.most_description
        shown = CommitState(
            state.context, state.kind, shortened(state.description, most), state.url
        )
        if known.get(state.context.lower()) == shown:
            return
        try:
            await self._asking.ask(self.api.commit_state(self.project, commit, shown))
        except HostError as error:
            if not self.api.is_same_state(error.status, error.reason):
                raise
        known[state.context.lower()] = shown
        _log.info("commit=%s check=%s state=%s", commit, state.context, state.kind.value)

    async def stands(self, commit: str, context: str) -> StateKind | None:
        """How a check of a commit stands; None where nobody said anything of it."""
        found = (await self._known(commit)).get(context.lower())
        return found.kind if found else None

    async def _known(self, commit: str) -> dict[str, CommitState]:
        """How checks of a commit stand, by context in lower case; asked once."""
        known = self._states.get(commit)
        if known is None:
            value = await self._asking.ask(self.api.states(self.project, commit))
            known = self._states[commit] = {}
            for each in self.api.states_of(value):
                known.setdefault(each.context.lower(), each)
        return known

    def forget(self, commits: frozenset[str]) -> None:
        """Nothing is known any more of checks of commits other than these."""
        self._states = {commit: each for commit, each in self._states.items() if commit in commits}

    async def _pages(
        self,
        ask: Callable[[int], Ask],
        read: Callable[[Any], tuple[T, ...]],
        size: int,
    ) -> AsyncIterator[T]:
        for page in range(1, _MOST_PAGES + 1):
            value = await self._asking.ask(ask(page))
            for each in read(value):
                yield each
            if not size or not isinstance(value, Sequence) or len(value) < size:
                return
