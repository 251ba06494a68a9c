"""Rollouts: the order in which clusters get a change.

Comes in: a spec that fits its schema. Goes out: what is wrong in it, and the value. Where the
repository has several, the first by name counts, and the others are told as Problems.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import msgspec

from gitopsd.core.load import affinities
from gitopsd.core.load.metadata import Mistake
from gitopsd.kube.body import dig
from gitopsd.model.problem import Problem, id_of
from gitopsd.model.resource import Resource, ResourceKey
from gitopsd.model.rollout import (
    Pace,
    Rollout,
    RolloutSpec,
    RolloutStage,
    RolloutWindow,
    Window,
)

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours"}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_A_DAY = timedelta(days=1)


def mistakes(spec: Mapping[str, Any]) -> Iterator[Mistake]:
    """Two stages of one name, and selectors that select nothing."""
    seen: set[str] = set()
    for number, stage in enumerate(spec.get("stages") or ()):
        at = f"/spec/stages/{number}"
        if stage["name"] in seen:
            yield f"{at}/name", f"there is a stage {stage['name']!r} before this one"
        seen.add(stage["name"])
        yield from affinities.mistakes(stage.get("clusters"), f"{at}/clusters")


def rollout(resource: Resource) -> Rollout:
    """The value of one Rollout."""
    spec = msgspec.convert(dig(resource.body, "spec", default={}), RolloutSpec)
    paces = {each.name: _pace(each) for each in spec.stages}
    return Rollout(resource.key.name, spec, paces, resource.origin)


def duration(text: str) -> timedelta:
    """A time such as `90s`, `10m` or `1h`, as the schema lets it pass."""
    return timedelta(**{_UNITS[text[-1]]: int(text[:-1])})


def _pace(stage: RolloutStage) -> Pace:
    return Pace(
        duration(stage.min_success_time),
        duration(stage.progress_deadline),
        tuple(_window(each) for each in stage.windows),
    )


def _window(said: RolloutWindow) -> Window:
    begins, ends = _clock(said.start), _clock(said.end)
    return Window(
        frozenset(_DAYS.index(day) for day in said.days or _DAYS),
        begins,
        ends if ends > begins else ends + _A_DAY,
    )


def _clock(text: str) -> timedelta:
    hours, _, minutes = text.partition(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


def beyond_the_first(rollouts: Iterable[tuple[ResourceKey, Rollout]]) -> Iterator[Problem]:
    """A Problem for each Rollout after the first by name."""
    first = ""
    for key, each in rollouts:
        if first:
            words = f"Rollout {first} counts; a repository has one order of its clusters"
            yield Problem(
                each.origin.path, each.origin.line, "", words, "Duplicate", key=id_of(key)
            )
        first = first or each.name
