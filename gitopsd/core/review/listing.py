"""Problems as Markdown, for a summary of a job or a comment; they ping nobody."""

from collections.abc import Sequence

from gitopsd.core.review.fit import Block, End, fitted
from gitopsd.core.review.markdown import plain
from gitopsd.model.problem import Problem, Severity


def listing(problems: Sequence[Problem], verdict: str, most: int) -> str:
    """The verdict and a line for each Problem, errors first, in at most so many characters."""
    order = list(Severity)
    ranked = sorted(problems, key=lambda each: order.index(each.severity))
    lines = [
        Block((f"- {each.severity.value}: {plain(str(each))}", ""), (-number,))
        for number, each in enumerate(ranked)
    ]
    title = Block((f"**{plain(verdict)}**",))
    return fitted((title, *lines), End("", "_There are more; the log has all of them._"), most)
