"""Whatever a member answers: nothing of it is deleted wrongly, the report says what is wrong, the
other member does not notice, and all is well once the lies end.
"""

import time
from collections.abc import Callable
from typing import Any

import pytest

from conformance.hostile.conftest import MAPS, Pair
from servers.waiting import until

# Long rather than real: not part of every run.
pytestmark = pytest.mark.e2e

Lie = Callable[[Any], Any]


def metadata(**changes: Any) -> Lie:
    """Every object is told with these in its metadata; `...` takes one away."""

    def told(body: dict[str, Any]) -> dict[str, Any]:
        found = {**body["metadata"], **changes}
        return {**body, "metadata": {k: v for k, v in found.items() if v is not ...}}

    return each_object(told)


def each_object(told: Lie) -> Lie:
    def change(body: Any) -> Any:
        if "items" in body:
            return {**body, "items": [told(each) for each in body["items"] or []]}
        if "object" in body and body["type"] != "BOOKMARK":
            return {**body, "object": told(body["object"])}
        return told(body) if body.get("kind") not in ("Status", None) else body

    return change


def whole(value: Any) -> Lie:
    return lambda body: value


def deep(levels: int) -> Lie:
    return each_object(
        lambda body: {**body, "data": nested(levels), "status": nested(levels),
                      "metadata": {**body["metadata"], "annotations": {"a": "b"}}}
    )  # fmt: skip


def nested(levels: int) -> Any:
    found: Any = {}
    for _ in range(levels):
        found = {"x": found}
    return found


def fields(value: Any) -> Lie:
    def told(body: dict[str, Any]) -> dict[str, Any]:
        managed = [{**each, "fieldsV1": value} for each in body["metadata"]["managedFields"]]
        return {**body, "metadata": {**body["metadata"], "managedFields": managed}}

    return each_object(lambda body: told(body) if "managedFields" in body["metadata"] else body)


LIES: dict[str, Lie] = {
    "metadata is a list": each_object(lambda body: {**body, "metadata": []}),
    "name is a number": metadata(name=7),
    "name is missing": metadata(name=...),
    "labels are numbers": metadata(labels=7),
    "version is missing": metadata(resourceVersion=...),
    "uid is missing": metadata(uid=...),
    "uid is another": metadata(uid="0000"),
    "is being deleted": metadata(deletionTimestamp=7),
    "managed fields are numbers": metadata(managedFields=[7]),
    "fields are text": fields("f:data"),
    "fields end in text": fields({"f:data": "x"}),
    "fields have broken keys": fields({"f:data": {"k:{": {}, "v:": {}, "i:x": {}}}),
    "status is full of lists": each_object(
        lambda body: {**body, "status": {"conditions": 7, "replicas": "x", "readyReplicas": []}}
    ),
    "spec is a list": each_object(lambda body: {**body, "spec": [7]}),
    "another kind": each_object(lambda body: {**body, "kind": "Secret"}),
    "no kind": each_object(lambda body: {k: v for k, v in body.items() if k != "kind"}),
    "very deep": deep(900),
    "a page of a portal": whole(b"<html>log in</html>"),
    "nothing": whole(b""),
    "too deep to read": whole(b"[" * 200_000),
    "half a surrogate": each_object(
        lambda body: {**body, "status": {"x": "\ud800"}, "data": {"x": "\ud800"}}
    ),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
async def test_a_member_that_lies_harms_itself_alone(pair: Pair, lie: Lie) -> None:
    pair.liar.lie(lie, lambda request: "/namespaces/gitopsd-system" not in request.path)
    pair.liar.cut()

    began = time.monotonic()
    pair.want("new", without=2)
    await pair.done("us")
    took_s = time.monotonic() - began
    await until(lambda: pair.is_done("eu") or pair.complaint("eu"), 5)

    assert took_s < 2
    assert pair.is_followed()
    assert "internal error" not in pair.complaint("eu")
    assert {f"web-{n}" for n in range(MAPS - 2)} <= pair.words("eu").keys()

    pair.liar.be_honest()
    await until(lambda: pair.is_done("eu") and set(pair.words("eu").values()) == {"new"}, 20)
