"""Objects of servers that know no server-side apply, or no patch at all."""

import pytest

from conformance.members.conftest import Place
from gitopsd.daemon.plainly import applied
from gitopsd.kube.body import Body
from gitopsd.model.api import Applied, Served
from gitopsd.model.errors import Conflict

VERBS = frozenset({"get", "list", "create", "update"})
CONFIG = Served("", "v1", "ConfigMap", "configmaps", True, VERBS, ("v1",))


async def written(place: Place, **data: str) -> Applied:
    metadata = {"name": "plain", "namespace": place.namespace}
    return await sent(place, {"metadata": metadata, "data": data})


async def sent(place: Place, body: Body) -> Applied:
    head = {"apiVersion": "v1", "kind": "ConfigMap"}
    path = CONFIG.path(place.namespace, "plain")
    return await applied(place.member, path, {**head, **body}, CONFIG)


async def test_it_is_made_changed_and_then_left_alone(place: Place) -> None:
    made = await written(place, word="one")
    changed = await written(place, more="two")
    same = await written(place, more="two")

    assert (made.is_created, changed.is_created, same.is_created) == (True, False, False)
    assert changed.body["data"] == {"word": "one", "more": "two"}
    assert same.body["metadata"]["resourceVersion"] == changed.body["metadata"]["resourceVersion"]
    assert made.warnings[0].startswith("applyMode: fallback")
    assert place.member.requests["update", 200] == 1


async def test_another_object_than_the_one_that_is_meant_is_not_changed(place: Place) -> None:
    await written(place, word="one")
    metadata = {"name": "plain", "namespace": place.namespace, "uid": "0" * 36}

    with pytest.raises(Conflict):
        await sent(place, {"metadata": metadata, "data": {"word": "two"}})
