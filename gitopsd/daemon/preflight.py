"""WHETHER A MEMBER WOULD LET US do what a plan changes there: asked, before anything is tried.

Comes in: a member, what it serves, the changes. Goes out: an answer for each change that would be
refused for want of rights. A member that cannot be asked such things says nothing here.
"""

import asyncio
from collections.abc import Iterable, Sequence

from gitopsd.core.review.rehearsed import Answer, Sort
from gitopsd.core.rights import Right, needed
from gitopsd.edge.member import Member
from gitopsd.kube.body import dig
from gitopsd.kube.wire import encode
from gitopsd.model.api import Discovery
from gitopsd.model.changes import Change
from gitopsd.model.errors import ObjectError

_PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_ALL = Right("", "*", "*", "*")
_AT_ONCE = 8
_MOST = 1000


async def preflight(
    member: Member, discovery: Discovery, changes: Iterable[Change]
) -> Sequence[Answer]:
    """What these credentials may not do of this; nothing where they may do everything."""
    known = [each for each in changes if each.key[:2] in discovery.kinds]
    of_change = {
        change.key: needed((change.key,), lambda key: discovery.kinds[key[:2]].plural)
        for change in known
    }
    try:
        if await _may(member, _ALL):
            return ()
        asked = sorted(frozenset[Right]().union(*of_change.values()))[:_MOST]
        slots = asyncio.Semaphore(_AT_ONCE)

        async def refused(right: Right) -> bool:
            async with slots:
                return not await _may(member, right)

        answers = await asyncio.gather(*map(refused, asked))
    except ObjectError:
        return ()
    lacking = {right for right, is_refused in zip(asked, answers, strict=True) if is_refused}
    return [
        Answer(member.name, key, Sort.REFUSED, _words(sorted(found)))
        for key, rights in of_change.items()
        if (found := rights & lacking)
    ]


async def _may(member: Member, right: Right) -> bool:
    named = {"namespace": right.namespace, "group": right.group, "resource": right.resource}
    spec = {"resourceAttributes": {**named, "verb": right.verb}}
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
    answer = await member.create(_PATH, encode({**body, "metadata": {}, "spec": spec}))
    return dig(answer, "status", "allowed") is True


def _words(lacking: Sequence[Right]) -> str:
    """Which verbs are not allowed, and where."""
    resource = f"{lacking[0].resource}.{lacking[0].group}".rstrip(".")
    found = []
    for where in sorted({right.namespace for right in lacking}):
        verbs = ", ".join(right.verb for right in lacking if right.namespace == where)
        place = f"namespace {where}" if where else "all namespaces"
        found.append(f"{verbs} {resource} in {place}")
    return f"these credentials may not {'; '.join(found)} (`gitopsd rbac` prints what is needed)"
