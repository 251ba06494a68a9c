"""HOW OBJECTS ARE LOOKED UP on a member: each by itself, or many of one kind by one list.

Comes in: steps that ask what is there, and keys to be read again. Goes out: what was found, written
into the `Sight`. What cannot be looked up is left to whoever asked.
"""

from collections.abc import Sequence

from gitopsd.core.plan import Step, found_of, is_ours
from gitopsd.daemon.sight import Sight, key_in
from gitopsd.edge.member import Member
from gitopsd.kube.body import Body
from gitopsd.model.api import Form, Served
from gitopsd.model.errors import NotThere, ObjectError
from gitopsd.model.resource import ResourceKey

FEW = 3


class Looks:
    """Looks up objects of one member."""

    def __init__(self, member: Member, sight: Sight) -> None:
        self._member = member
        self._sight = sight

    async def many(self, steps: Sequence[Step], served: Served) -> Sequence[Step]:
        """Looks up objects of one kind and namespace by one list, if they are not few.

        Gives back the steps that are to be looked up one by one.
        """
        if len(steps) <= FEW:
            return steps
        sought = {step.key for step in steps}

        def keep(body: Body) -> tuple[ResourceKey, Body] | None:
            key = key_in(served, body)
            return (key, body) if key in sought else None

        try:
            pairs, _ = await self._member.each(served.path(steps[0].key.namespace), keep)
        except ObjectError:
            return steps
        found, left = dict(pairs), []
        for step in steps:
            if self._is_hidden(found.get(step.key), step.key):
                left.append(step)
            else:
                self._looked(step.key, found.get(step.key), served)
        return left

    async def one(self, key: ResourceKey, served: Served) -> None:
        """Looks up one object; raises what the member answers, but for that it is not there."""
        try:
            path = served.path(key.namespace, key.name)
            body = await self._member.get(path, Form.METADATA)
            if self._is_hidden(body, key):
                body = await self._member.get(path)
        except NotThere:
            body = None
        self._looked(key, body, served)

    async def again(self, key: ResourceKey) -> None:
        """Reads one of our objects again; nothing when its kind is not served any more."""
        served = self._sight.served(key[:2])
        if served is None:
            return
        try:
            body = await self._member.get(served.path(key.namespace, key.name))
        except NotThere:
            self._sight.gone(key)
            return
        except ObjectError:
            return
        if is_ours(body, self._sight.set_id):
            self._sight.see(body, served, is_news=True)
        else:
            self._sight.gone(key)

    def _is_hidden(self, body: Body | None, key: ResourceKey) -> bool:
        """Whether it is ours though no list showed it, and metadata alone tells too little."""
        sight = self._sight
        return body is not None and is_ours(body, sight.set_id) and sight.reads_whole(*key[:2])

    def _looked(self, key: ResourceKey, body: Body | None, served: Served) -> None:
        sight = self._sight
        if body is not None and is_ours(body, sight.set_id):
            sight.see(body, served)
        else:
            sight.looked[key] = None if body is None else found_of(body, sight.set_id)
        if body is not None and key.kind == "Namespace" and not key.group:
            sight.namespaces.add(key.name)
            sight.touched.update(each for each in sight.looked if each.namespace == key.name)
        sight.touched.add(key)
