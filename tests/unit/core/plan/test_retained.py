"""What of a live object stays when it is changed, and for what it must be read before."""

import pytest

from fakes.delivery import key_of, manifest
from gitopsd.core.kinds import NATIVE, Interpreter, Kind
from gitopsd.core.plan import retained, retains
from gitopsd.core.plan.retained import owned_by_member
from servers.objects import config_map, deployment

RETAIN = "resourcetemplate.karmada.io/retain-replicas"
WEB = deployment("shop", "web", replicas=2)
SCALED = {**WEB, "metadata": {**WEB["metadata"], "labels": {RETAIN: "true"}}}
ACCOUNT = {
    "apiVersion": "v1",
    "kind": "ServiceAccount",
    "metadata": {"name": "robot", "namespace": "shop"},
}
PULLING = ACCOUNT | {"imagePullSecrets": [{"name": "registry"}]}
SUSPENDED = {
    "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
    "kind": "Kustomization",
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {"suspend": False},
}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (WEB, False),
        (SCALED, True),
        (config_map("shop", "web"), False),
        (ACCOUNT, False),
        (PULLING, True),
        (SUSPENDED, True),
    ],
)
def test_only_what_writes_a_field_of_the_member_is_read_before(body, expected):
    assert retains(manifest(body), NATIVE) is expected


def test_replicas_that_an_autoscaler_set_stay_and_are_no_drift():
    live = {**SCALED, "spec": {**SCALED["spec"], "replicas": 7}}

    assert retained(manifest(SCALED), live, NATIVE)["spec"]["replicas"] == 7
    assert owned_by_member(SCALED) == {"/spec/replicas"}
    assert not owned_by_member(WEB)


def test_what_a_member_suspended_stays_suspended():
    live = SUSPENDED | {"spec": {"suspend": True}}

    assert retained(manifest(SUSPENDED), live, NATIVE)["spec"] == {"suspend": True}


def test_what_only_servers_write_is_left_out_whatever_a_script_takes_along():
    def all_of_it(desired, observed):
        return {**observed, "data": desired["data"]}

    kind = Kind("", "v1", "ConfigMap", retain=all_of_it)
    key = ("", "v1", "ConfigMap")
    own = Interpreter(lambda *asked: kind if asked == key else None, {key: frozenset({"retain"})})
    body = config_map("shop", "page", word="new")
    metadata = {**body["metadata"], "labels": {"by": "member"}}
    metadata |= {"uid": "u1", "resourceVersion": "7", "managedFields": [{"manager": "kubectl"}]}
    live = {**config_map("shop", "page", word="old"), "metadata": metadata, "status": {"seen": 1}}

    found = retained(manifest(body), live, own)

    assert retains(manifest(body), own)
    assert found["data"] == {"word": "new"}
    assert found["metadata"] == {"name": "page", "namespace": "shop", "labels": {"by": "member"}}
    assert "status" not in found
    assert key_of(found) == key_of(body)
