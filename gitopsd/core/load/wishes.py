"""Annotations of ours that ask for something: whether what they say can be understood.

Comes in: the annotations of an object. Goes out: mistakes. To add one: its check, and its line in
`_CHECKS`.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from gitopsd.core.depends import DEPENDS_ON, RIGHT, WAVE, misread
from gitopsd.core.fixed import ON_IMMUTABLE, Wish
from gitopsd.core.hooks import HOOK, POLICY, TIMEOUT, Phase, Policy, policies, timeout
from gitopsd.core.kinds.volumes import ALLOW_LOSS
from gitopsd.kube.wording import one_of, pointer
from gitopsd.model.cluster import HOLD, LEAVING, ON_INVALID, ON_REMOVE, REFUSE, Removal
from gitopsd.model.delivery import PROPAGATION, PROPAGATIONS

Mistake: TypeAlias = tuple[str, str]


def mistakes(annotations: Mapping[str, Any]) -> Iterator[Mistake]:
    """What is wrong with them; what is no text is said elsewhere."""
    for name, check in _CHECKS.items():
        text = annotations.get(name)
        if isinstance(text, str) and (wrong := check(text)):
            yield pointer(("metadata", "annotations", name)), wrong


def _wave(text: str) -> str:
    try:
        int(text)
    except ValueError:
        return "must be a whole number in quotes"
    return ""


def _depends_on(text: str) -> str:
    if not (wrong := misread(text)):
        return ""
    return f"{', '.join(map(repr, wrong))} names no object; right would be {RIGHT}"


def _any_of(*words: str) -> Callable[[str], str]:
    return lambda text: "" if text in words else f"must be {one_of(words)}"


def _hook_policy(text: str) -> str:
    try:
        return "" if policies(text) else f"must name one of {one_of(tuple(Policy))}"
    except ValueError:
        return f"must be {one_of(tuple(Policy))}, several with commas between"


def _hook_timeout(text: str) -> str:
    try:
        timeout(text)
    except ValueError:
        return "must be a time such as 90s, 10m or 1h"
    return ""


_CHECKS: Mapping[str, Callable[[str], str]] = {
    ALLOW_LOSS: _any_of("true", "false"),
    LEAVING: _any_of("true", "false"),
    ON_REMOVE: _any_of(*Removal),
    ON_INVALID: _any_of(HOLD, REFUSE),
    PROPAGATION: _any_of(*PROPAGATIONS),
    HOOK: _any_of(*Phase),
    POLICY: _hook_policy,
    TIMEOUT: _hook_timeout,
    WAVE: _wave,
    DEPENDS_ON: _depends_on,
    ON_IMMUTABLE: _any_of(*Wish),
}
