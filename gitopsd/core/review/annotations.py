"""Problems as annotations of a GitHub workflow, which shows them beside the lines they are about.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from collections.abc import Iterable

from gitopsd.model.problem import Problem, Severity

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTICE: "notice"}
_IN_MESSAGE = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTY = {**_IN_MESSAGE, ":": "%3A", ",": "%2C"}


def annotations(problems: Iterable[Problem]) -> str:
    """A line for each Problem; no text for none."""
    return "\n".join(_annotation(each) for each in problems)


def _annotation(problem: Problem) -> str:
    properties = {
        "file": problem.path,
        "line": str(problem.line) if problem.path and problem.line else "",
        "title": problem.reason,
    }
    said = ",".join(
        f"{name}={_escaped(value, _IN_PROPERTY)}" for name, value in properties.items() if value
    )
    subject = [problem.pointer] if problem.path else [problem.cluster, problem.key]
    where = " ".join(part for part in subject if part)
    message = f"{where}: {problem.message}" if where else problem.message
    return f"::{_COMMANDS[problem.severity]} {said}::{_escaped(message, _IN_MESSAGE)}"


def _escaped(words: str, signs: dict[str, str]) -> str:
    return "".join(signs.get(sign, sign) for sign in words)
