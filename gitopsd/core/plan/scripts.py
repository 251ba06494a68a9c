"""What a repository's scripts say of a member's object: its health, and what of it is collected.

Comes in: an object as the member has it, and the Interpreter of the commit. Goes out: `Live` with
the scripts' word in place of our rules'. Stands alone because scripts take their time: `unjudged`
is what holds until `judged`, which belongs into a thread, has asked them.
"""

from dataclasses import replace
from datetime import datetime

from gitopsd.core.health import Finding
from gitopsd.core.kinds import Interpreter, Misread
from gitopsd.core.plan.observed import Live, key_of
from gitopsd.kube.body import Body, dig, laid
from gitopsd.model.delivery import Health
from gitopsd.model.resource import ResourceKey, split_api_version

_HEALTH, _STATUS = "is_healthy", "reflect"
_GENERATION = "resourcetemplate.karmada.io/generation"


def is_judged(kinds: Interpreter, key: ResourceKey, version: str) -> bool:
    """Whether scripts are asked of the member's objects of this kind."""
    return kinds.asks(_HEALTH, key, version) or kinds.asks(_STATUS, key, version)


def unjudged(live: Live, before: Live | None, body: Body, kinds: Interpreter) -> Live:
    """The same until the scripts have spoken: what they said last holds for the same generation."""
    if before is None or before.uid != live.uid:
        before = None
    else:
        live = replace(live, collected=before.collected)
    if live.is_terminating or not kinds.asks(_HEALTH, key_of(body), _version(body)):
        return live
    if before is not None and before.generation == live.generation:
        return replace(live, finding=before.finding, since=before.since)
    return replace(live, finding=Finding(Health.IN_PROGRESS, "its script is asked"))


def judged(live: Live, body: Body, kinds: Interpreter, now: datetime) -> Live:
    """The same with what the scripts say; Unknown, with a word on why, where one fails.

    A status that cannot be had leaves the one before.
    """
    key, version = key_of(body), _version(body)
    finding, collected = live.finding, live.collected
    if kinds.asks(_HEALTH, key, version) and not live.is_terminating:
        finding = _finding(body, kinds)
    if kinds.asks(_STATUS, key, version):
        try:
            seen = laid(body, "1", "metadata", "annotations", _GENERATION)
            collected = kinds.reflect(seen, key, version)
        except Misread as error:
            finding = replace(finding, note=finding.note or str(error))
    since = None if finding.health is Health.CURRENT else live.since or now
    return replace(live, finding=finding, since=since, collected=collected)


def failing(live: Live, words: str) -> Live:
    """The same where nobody could say how it is."""
    return replace(live, finding=Finding(Health.UNKNOWN, words))


def _finding(body: Body, kinds: Interpreter) -> Finding:
    try:
        is_well = kinds.is_healthy(body, key_of(body), _version(body))
    except Misread as error:
        return Finding(Health.UNKNOWN, str(error))
    if is_well:
        return Finding(Health.CURRENT)
    return Finding(Health.IN_PROGRESS, "not healthy, says its script")


def _version(body: Body) -> str:
    return split_api_version(dig(body, "apiVersion", default=""))[1]
