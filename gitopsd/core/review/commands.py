"""What people ask for in comments of a pull request: `/gitopsd plan|approve HASH|hold|resume`.

Comes in: comments in the order they were made, and who may write to the repository. Goes out:
`Orders`. They are read anew from the comments each time, so nothing of them is kept here. An
approval names what it approves: a plan that changed meanwhile is not approved by it.
"""

import re
from collections.abc import Iterable, Set
from dataclasses import dataclass

from gitopsd.model.hosting import Comment

_COMMAND = re.compile(
    r"^/gitopsd[ \t]+(plan|approve|hold|resume)\b[ \t]*([0-9a-f]*)[ \t]*\r?$", re.M
)
_LEAST = 16


@dataclass(frozen=True, slots=True)
class Orders:
    """What stands of all commands. `held_by` is empty where nobody holds the plan back.

    `approved` are the hashes, or beginnings of them, that were approved, with who did; `plans`
    counts how often a new plan was asked for.
    """

    held_by: str = ""
    approved: tuple[tuple[str, str], ...] = ()
    plans: int = 0

    def approver(self, deletions: str) -> str:
        """Who approved these deletions, named by their hash; empty for nobody."""
        found = (who for each, who in self.approved if deletions and deletions.startswith(each))
        return next(found, "")


def authors(comments: Iterable[Comment]) -> tuple[str, ...]:
    """Everybody who gave a command and is no bot, sorted: of these it is asked what they may do."""
    return tuple(
        sorted({each.author for each in comments if not each.is_bot and _COMMAND.search(each.body)})
    )


def orders(comments: Iterable[Comment], writers: Set[str]) -> Orders:
    """What stands of the commands of these people; those of bots and of others do not count."""
    held_by, approved, plans = "", [], 0
    for comment in comments:
        if comment.is_bot or comment.author not in writers:
            continue
        for verb, words in _COMMAND.findall(comment.body):
            if verb == "hold":
                held_by = comment.author
            elif verb == "resume":
                held_by = ""
            elif verb == "plan":
                plans += 1
            elif len(words) >= _LEAST:
                approved.append((words, comment.author))
    return Orders(held_by, tuple(approved), plans)
