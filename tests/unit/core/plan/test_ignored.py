"""What is sent of a place that a rule ignores."""

import pytest

from fakes.fleet import NOW
from gitopsd.core.plan.ignored import is_read_first, spared
from gitopsd.core.plan.observed import live_of
from gitopsd.model.claims import NO_CLAIMS, Claims

WEB = {"name": "web", "image": "web:1"}
BODY = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {"replicas": 2, "template": {"spec": {"containers": [WEB]}}},
}
IMAGE = "/spec/template/spec/containers/0/image"
OWNED = {
    "f:spec": {
        "f:replicas": {},
        "f:template": {"f:spec": {"f:containers": {'k:{"name":"web"}': {"f:image": {}}}}},
    }
}
IGNORING = Claims(ignored=("/spec/replicas", IMAGE))


def by(manager: str, tree: dict, operation: str = "Apply") -> dict:
    return {"manager": manager, "operation": operation, "fieldsV1": tree}


def observed(*managed: dict) -> dict:
    containers = [{"name": "injected", "image": "x"}, {"name": "web", "image": "web:9"}]
    spec = {"replicas": 7, "template": {"spec": {"containers": containers}}}
    return {**BODY, "metadata": {**BODY["metadata"], "managedFields": list(managed)}, "spec": spec}


def test_what_only_we_own_is_sent_as_it_is_on_the_member() -> None:
    sent = spared(BODY, IGNORING, observed(by("gitopsd", OWNED)), "gitopsd")

    assert sent["spec"]["replicas"] == 7
    assert sent["spec"]["template"]["spec"]["containers"] == [{"name": "web", "image": "web:9"}]


@pytest.mark.parametrize(
    "managed",
    [
        (by("kubectl", OWNED, "Update"),),
        (by("gitopsd", OWNED), by("argo", OWNED)),
        (),
    ],
    ids=["another's", "ours and another's", "nobody's"],
)
def test_what_others_own_is_left_out(managed) -> None:
    sent = spared(BODY, IGNORING, observed(*managed), "gitopsd")

    assert sent["spec"] == {"template": {"spec": {"containers": [{"name": "web"}]}}}


def test_without_a_live_object_it_is_left_out() -> None:
    assert "replicas" not in spared(BODY, IGNORING, None, "gitopsd")["spec"]


@pytest.mark.parametrize(
    ("claims", "managed", "expected"),
    [
        (NO_CLAIMS, by("gitopsd", OWNED), False),
        (IGNORING, by("gitopsd", OWNED), True),
        (IGNORING, by("gitopsd", {"f:metadata": {"f:labels": {}}}), False),
        (IGNORING, by("kubectl", OWNED, "Update"), False),
    ],
    ids=["no rule", "ours", "not ours", "another's"],
)
def test_the_live_object_is_read_only_where_its_values_may_be_sent(
    claims, managed, expected
) -> None:
    live = live_of(observed(managed), "gitopsd", None, NOW)

    assert is_read_first(BODY, claims, live) is expected


def test_of_an_object_that_we_lost_sight_of_nothing_is_guessed() -> None:
    assert is_read_first(BODY, IGNORING, None)
