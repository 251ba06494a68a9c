"""Which values of a file are encrypted: one rule per file, over the keys on the way to a value.

Comes in: the rule's name and words. Goes out: a function of path and value. Comments are not kept
by the reader of YAML, so the two rules over comments believe what stands there: a value that looks
encrypted is. The MAC holds that to be true.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from gitopsd.core.sops.refused import Refused
from gitopsd.core.sops.value import looks_encrypted

# Whether the value at this path (keys, no indexes) is encrypted.
Selector = Callable[[tuple[str, ...], Any], bool]


def selector(name: str, words: Any) -> Selector:
    """The rule of a file; raises Refused for one that cannot be read."""
    if not isinstance(words, str):
        raise Refused("must be a string", f"/sops/{name}")
    return SELECTORS[name](words)


def _ending(suffix: str) -> Selector:
    return lambda path, _: any(key.endswith(suffix) for key in path)


def _matching(expression: str) -> Selector:
    """Go's expressions, where they mean the same to Python."""
    words = "is an expression that is not understood; right would be ^(data|stringData)$"
    if "[:" in expression:
        raise Refused(words, "/sops")
    try:
        pattern = re.compile(expression)
    except re.error:
        raise Refused(words, "/sops") from None
    return lambda path, _: any(pattern.search(key) for key in path)


def _all_but(rule: Callable[[str], Selector]) -> Callable[[str], Selector]:
    def negated(words: str) -> Selector:
        chosen = rule(words)
        return lambda path, value: not chosen(path, value)

    return negated


def _as_it_looks(words: str) -> Selector:
    return lambda _, value: looks_encrypted(value)


SELECTORS: Mapping[str, Callable[[str], Selector]] = {
    "unencrypted_suffix": _all_but(_ending),
    "encrypted_suffix": _ending,
    "unencrypted_regex": _all_but(_matching),
    "encrypted_regex": _matching,
    "unencrypted_comment_regex": _as_it_looks,
    "encrypted_comment_regex": _as_it_looks,
}
