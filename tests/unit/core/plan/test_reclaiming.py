"""What was put by hand in place of ours becomes ours where a member refuses both."""

import pytest

from gitopsd.core.plan.reclaiming import reclaiming
from gitopsd.kube import patch
from gitopsd.model.claims import FAIL, NO_CLAIMS, YIELD, Claims, Mode
from gitopsd.model.decision import Manifest
from gitopsd.model.resource import Origin, ResourceKey

BODY = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {"ports": [{"name": "http", "port": 80, "protocol": "TCP"}]},
}
PORT = 'k:{"port":80,"protocol":"TCP"}'
OTHER = 'k:{"port":81,"protocol":"TCP"}'
ITEM = {".": {}, "f:name": {}, "f:port": {}, "f:protocol": {}}
OURS = {"f:metadata": {"f:labels": {"f:app": {}}}}


def by(manager: str, tree: dict, operation: str = "Update") -> dict:
    said = {"manager": manager, "operation": operation, "apiVersion": "v1"}
    return {**said, "fieldsV1": tree}


def live(*managed: dict) -> dict:
    metadata = {"name": "web", "resourceVersion": "7", "managedFields": list(managed)}
    return {**BODY, "metadata": metadata}


def ports(*items: str) -> dict:
    return {"f:spec": {"f:ports": dict.fromkeys(items, ITEM)}}


def reclaim(given: dict, claims: Claims = NO_CLAIMS):
    key = ResourceKey("", "Service", "shop", "web")
    manifest = Manifest(key, "v1", BODY, "hash", Origin("web.yaml"), 0, claims=claims)
    found, named = reclaiming(given, manifest, "gitopsd")
    if not found:
        return {}, named
    after = patch.apply(given, patch.read(found))
    entries = after["metadata"]["managedFields"]
    return {each["manager"]: each["fieldsV1"] for each in entries}, named


def test_an_item_with_another_key_becomes_ours_and_the_hand_is_named() -> None:
    theirs = {**ports(OTHER), "f:metadata": {"f:labels": {"f:theirs": {}}}}

    owners, named = reclaim(live(by("gitopsd", OURS, "Apply"), by("kubectl-edit", theirs)))

    assert owners == {
        "kubectl-edit": {"f:metadata": {"f:labels": {"f:theirs": {}}}},
        "gitopsd": {**OURS, **ports(OTHER)},
    }
    assert [str(each) for each in named] == [
        '.spec.ports[name="http"].name (kubectl-edit)',
        '.spec.ports[name="http"].port (kubectl-edit)',
        '.spec.ports[name="http"].protocol (kubectl-edit)',
    ]


@pytest.mark.parametrize(
    ("entry", "claims"),
    [
        (by("some-controller", ports(OTHER)), NO_CLAIMS),
        (by("kubectl", ports(OTHER), "Apply"), NO_CLAIMS),
        (by("kubectl-edit", {"f:spec": {"f:selector": {}}}), NO_CLAIMS),
        (by("kubectl-edit", ports(OTHER)), Claims(mode=Mode.MERGE)),
        (by("kubectl-edit", ports(OTHER)), Claims(on_conflict=YIELD)),
        (by("kubectl-edit", ports(OTHER)), Claims(on_conflict=FAIL)),
        (by("kubectl-edit", ports(OTHER)), Claims(ignored=("/spec/ports",))),
    ],
)
def test_nothing_else_is_taken(entry, claims) -> None:
    assert reclaim(live(by("gitopsd", OURS, "Apply"), entry), claims) == ({}, ())


def test_where_nothing_drifted_nothing_is_taken() -> None:
    given = live(by("gitopsd", ports(PORT), "Apply"), by("kubectl-edit", ports(OTHER)))

    assert reclaim(given) == ({}, ())


def test_who_owns_nothing_of_an_object_reclaims_nothing() -> None:
    assert reclaim(live(by("kubectl-edit", ports(PORT, OTHER)))) == ({}, ())
