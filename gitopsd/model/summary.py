"""What came of a turn, told in two ways: a page for people, files for git."""

from collections.abc import Mapping
from dataclasses import dataclass

from gitopsd.model.memory import Memory
from gitopsd.model.page import Page
from gitopsd.model.standing import Standing


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """The files of both branches: path to content, whole. None leaves what the branch has there.

    `status` and `rendered` hold the very same bytes as before wherever nothing changed. `memory` is
    what `status` says of it. `title` and `clusters` (a line for each) begin a commit message.
    """

    page: Page
    status: Mapping[str, bytes]
    rendered: Mapping[str, bytes | None]
    memory: Memory
    title: str
    clusters: tuple[str, ...]

    @property
    def standing(self) -> Standing:
        """How far the members are."""
        return self.page.standing
