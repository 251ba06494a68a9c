"""What a member serves, from each form in which it may say so."""

import json
from typing import Any

from gitopsd.edge.member.discovering import Resource, Row, aggregated, discovery, versions
from gitopsd.model.cluster import ApiEnablement, ApiResource
from unit.edge.member.conftest import Start
from unit.edge.member.scripted import Asked, answer

WEB = Resource("webs", "Web", True, frozenset({"get", "list"}))


def test_the_first_version_that_has_a_kind_is_the_preferred_one() -> None:
    old = Resource("oldwebs", "Web", True, frozenset({"get"}))
    rows = [Row("x.io", "v2", ()), Row("x.io", "v1", (WEB,)), Row("x.io", "v1beta1", (old,))]

    found = discovery(rows).kinds["x.io", "Web"]

    assert (found.version, found.versions, found.plural) == ("v1", ("v1", "v1beta1"), "webs")


def test_of_resources_of_one_kind_the_one_that_can_most_is_meant() -> None:
    less = Resource("aliases", "Web", True, frozenset({"get"}))

    found = discovery([Row("x.io", "v1", (less, WEB))])

    assert found.kinds["x.io", "Web"].plural == "webs"


def test_groups_that_are_stale_or_unread_are_partial() -> None:
    rows = [Row("a", "v1", None), Row("b", "v1", (WEB,), is_stale=True), Row("c", "v1", (WEB,))]

    found = discovery(rows)

    assert found.partial == {"a", "b"}
    assert set(found.kinds) == {("b", "Web"), ("c", "Web")}


def test_lists_that_are_none_are_empty() -> None:
    web = {"resource": "webs", "responseKind": {"kind": "Web"}, "scope": "Namespaced"}
    version = {"version": "v1", "resources": [{**web, "verbs": True}]}
    group = {"metadata": {"name": "x.io"}, "versions": [version]}

    (row,) = aggregated({"items": [group]})

    assert row.resources == (Resource("webs", "Web", True, frozenset()),)
    assert versions({"versions": 7}, "/api") == ()


def test_enabled_apis_are_told_by_version_and_sorted() -> None:
    rows = [Row("x.io", "v2", ()), Row("x.io", "v1", (WEB,)), Row("", "v1", (WEB,))]

    assert discovery(rows).api == (
        ApiEnablement("v1", (ApiResource("webs", "Web"),)),
        ApiEnablement("x.io/v1", (ApiResource("webs", "Web"),)),
    )


def test_a_resource_without_a_kind_is_there_for_its_subresources_only() -> None:
    document = {"items": [{"metadata": {"name": "x.io"}, "versions": [
        {"version": "v1", "resources": [{"resource": "webs", "responseKind": None}]},
    ]}]}  # fmt: skip

    assert aggregated(document) == (Row("x.io", "v1", ()),)


async def test_an_older_member_is_asked_version_by_version(scripted: Start) -> None:
    member, _ = await scripted(older)

    found = await member.discover()

    served = found.kinds["x.io", "Web"]
    assert (served.version, served.versions, served.plural) == ("v1", ("v1", "v1beta1"), "webs")
    assert found.kinds["", "Pod"].path("default", "web") == "/api/v1/namespaces/default/pods/web"
    assert found.partial == {"broken.io"}
    assert await member.discover() is found


def older(asked: Asked) -> bytes:
    """A member without aggregated discovery; the extension server of one group is down."""
    path = asked.line.split()[1]
    if path not in OLDER:
        return answer(503, b"service unavailable", "text/plain")
    return answer(200, json.dumps(OLDER[path]).encode())


def version(group: str, name: str) -> dict[str, Any]:
    return {"groupVersion": f"{group}/{name}", "version": name}


OLDER: dict[str, Any] = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/api/v1": {
        "resources": [
            {"name": "pods", "namespaced": True, "kind": "Pod", "verbs": ["get"]},
            {"name": "pods/status", "namespaced": True, "kind": "Pod", "verbs": ["get"]},
        ]
    },
    "/apis": {
        "kind": "APIGroupList",
        "groups": [
            {
                "name": "x.io",
                "versions": [version("x.io", "v1beta1"), version("x.io", "v1")],
                "preferredVersion": version("x.io", "v1"),
            },
            {"name": "broken.io", "versions": [version("broken.io", "v1")]},
        ],
    },
    "/apis/x.io/v1": {"resources": [{"name": "webs", "namespaced": False, "kind": "Web"}]},
    "/apis/x.io/v1beta1": {"resources": [{"name": "webs", "namespaced": False, "kind": "Web"}]},
}
