"""Label selectors, in both spellings: as an object in YAML and as text in a query.

Comes in: a selector as written and labels. Goes out: whether it matches. `read` and `parse` give a
`Selector` that can be asked many times. Kubernetes' rules for keys, values and operators hold:
a selector that breaks them is malformed.
See https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"
_KEY = re.compile(rf"(?:(?=[^/]{{1,253}}/)[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?/)?{_NAME}")
_VALUE = re.compile(rf"(?:{_NAME})?")
_OPERATORS = frozenset({"In", "NotIn", "Exists", "DoesNotExist"})
_TOKEN = re.compile(r"\s*(==|!=|[=!<>(),]|[^\s=!<>(),]+)\s*")
_NOT_A_WORD = frozenset({"==", "!=", "=", "!", "<", ">", "(", ")", ",", ""})


class Requirement(NamedTuple):
    """One expression; `operator` is In, NotIn, Exists, DoesNotExist, Gt or Lt."""

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether labels satisfy this expression."""
        if self.operator == "In":
            return labels.get(self.key) in self.values
        if self.operator == "NotIn":
            return labels.get(self.key) not in self.values
        if self.operator == "Exists":
            return self.key in labels
        if self.operator == "DoesNotExist":
            return self.key not in labels
        return self._compares(labels.get(self.key, ""))

    def _compares(self, text: str) -> bool:
        if not re.fullmatch(r"[+-]?[0-9]+", text):
            return False
        (bound,) = self.values
        return int(text) > int(bound) if self.operator == "Gt" else int(text) < int(bound)


@dataclass(frozen=True, slots=True)
class Selector:
    """Requirements that all must hold; none of them matches everything."""

    requirements: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels satisfy every requirement."""
        return all(each.holds(labels) for each in self.requirements)


EVERYTHING = Selector()
NOTHING = Selector((Requirement("nothing", "In"),))


def matches(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Whether labels satisfy a LabelSelector as written.

    None and an empty one match everything, a malformed one nothing.
    """
    if not selector:
        return True
    try:
        return read(selector).matches(labels)
    except ValueError:
        return False


def read(selector: Mapping[str, Any] | None) -> Selector:
    """The Selector of a LabelSelector as written; raises ValueError for a malformed one."""
    if not selector:
        return EVERYTHING
    labels = selector.get("matchLabels") or {}
    expressions = selector.get("matchExpressions") or ()
    return Selector(
        tuple(requirement(key, "In", (value,)) for key, value in labels.items())
        + tuple(
            requirement(each.get("key", ""), each.get("operator", ""), each.get("values") or ())
            for each in expressions
        )
    )


def requirement(key: str, operator: str, values: Iterable[str]) -> Requirement:
    """An expression of a LabelSelector; raises ValueError for what Kubernetes refuses."""
    wanted = frozenset(values)
    if operator not in _OPERATORS:
        raise ValueError(f"{operator!r} is no operator; known: {', '.join(sorted(_OPERATORS))}")
    if operator in ("In", "NotIn") and not wanted:
        raise ValueError(f"{key}: {operator} needs values")
    if operator in ("Exists", "DoesNotExist") and wanted:
        raise ValueError(f"{key}: {operator} takes no values")
    return _checked(Requirement(key, operator, wanted))


def parse(text: str) -> Selector:
    """The Selector of a query such as `a=b,c!=d,e in (f,g),!h,i`; empty text matches everything.

    Raises ValueError with the place for anything else.
    """
    reader = _Reader(text)
    if reader.peek() == "":
        return EVERYTHING
    found = [reader.requirement()]
    while reader.take() == ",":
        found.append(reader.requirement())
    reader.expect_end()
    return Selector(tuple(found))


def _checked(made: Requirement) -> Requirement:
    if not isinstance(made.key, str) or not _KEY.fullmatch(made.key):
        raise ValueError(f"{made.key!r} is no label key")
    for each in made.values:
        if not isinstance(each, str) or not _VALUE.fullmatch(each):
            raise ValueError(f"{each!r} is no label value")
    return made


class _Reader:
    """The tokens of a query, taken from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[str] = [*_TOKEN.findall(text), ""]
        self._at = 0

    def peek(self) -> str:
        """The next token, empty at the end."""
        return self._tokens[min(self._at, len(self._tokens) - 1)]

    def take(self) -> str:
        """The next token, which is passed."""
        token = self.peek()
        self._at += 1
        return token

    def expect_end(self) -> None:
        if self._at <= len(self._tokens) - 1:
            self._refuse(self._tokens[self._at - 1])

    def requirement(self) -> Requirement:
        if self.peek() == "!":
            self.take()
            return _checked(Requirement(self._word(), "DoesNotExist"))
        key = self._word()
        if self.peek() in ("", ","):
            return _checked(Requirement(key, "Exists"))
        operator = self.take()
        if operator in ("in", "notin"):
            name = "In" if operator == "in" else "NotIn"
            return _checked(Requirement(key, name, self._values()))
        if operator in ("=", "==", "!="):
            name = "NotIn" if operator == "!=" else "In"
            return _checked(Requirement(key, name, frozenset((self._value(),))))
        if operator in (">", "<"):
            return self._comparison(key, "Gt" if operator == ">" else "Lt")
        self._refuse(operator)

    def _comparison(self, key: str, operator: str) -> Requirement:
        bound = self._word()
        if not re.fullmatch(r"[0-9]+", bound):
            self._refuse(bound)
        return _checked(Requirement(key, operator, frozenset((bound,))))

    def _word(self) -> str:
        token = self.take()
        if token in _NOT_A_WORD:
            self._refuse(token)
        return token

    def _value(self) -> str:
        return "" if self.peek() in ("", ",") else self._word()

    def _values(self) -> frozenset[str]:
        if self.take() != "(":
            self._refuse(self._tokens[self._at - 1])
        if self.peek() == ")":
            self._refuse(")")
        found = set()
        while True:
            found.add("" if self.peek() in (",", ")") else self._word())
            token = self.take()
            if token == ")":
                return frozenset(found)
            if token != ",":
                self._refuse(token)

    def _refuse(self, token: str) -> NoReturn:
        found = repr(token) if token else "the end"
        raise ValueError(f"label selector {self._text!r}: {found} is not expected there")
