"""What of an object cannot be changed, how it is known, and what the object asks for then."""

from dataclasses import replace

import pytest

from gitopsd.core.fixed import (
    Wish,
    asks_to_be_made_anew,
    differs,
    flagged,
    is_candidate,
    is_flagged,
    is_recreated,
    marked,
    wish,
    with_live,
)
from gitopsd.kube.body import Body
from gitopsd.model.claims import Claims, Mode
from gitopsd.model.decision import Manifest
from gitopsd.model.delivery import Entry
from gitopsd.model.resource import Origin, ResourceKey

DEPLOYMENT, STATEFUL_SET = ("apps", "Deployment"), ("apps", "StatefulSet")
CONFIG_MAP, SECRET, JOB = ("", "ConfigMap"), ("", "Secret"), ("batch", "Job")
CAKE = ("shop.example", "Cake")
IMMUTABLE = "Invalid value: value: field is immutable"


def manifest(kind: tuple[str, str], spec: Body, **annotations: str) -> Manifest:
    notes = {f"gitopsd.io/{key.replace('_', '-')}": value for key, value in annotations.items()}
    body = {"kind": kind[1], "metadata": {"annotations": notes}, "spec": spec}
    key = ResourceKey(*kind, "shop", "web")
    return Manifest(key, "v1", body, marked("d" * 64, body, kind), Origin("a.yaml"))


def mark(kind: tuple[str, str], body: Body, digest: str = "d") -> str:
    return marked(digest, body, kind)


# Known offline


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        (DEPLOYMENT, {"spec": {"selector": {"a": "b"}}}, {"spec": {"selector": {"a": "c"}}}),
        (STATEFUL_SET, {"spec": {"serviceName": "a"}}, {"spec": {"serviceName": "b"}}),
        (STATEFUL_SET, {"spec": {}}, {"spec": {"podManagementPolicy": "Parallel"}}),
        (JOB, {"spec": {"template": {"a": 1}}}, {"spec": {"template": {"a": 2}}}),
        (("", "Service"), {"spec": {}}, {"spec": {"clusterIP": "None"}}),
        (SECRET, {"type": "Opaque"}, {"type": "kubernetes.io/tls"}),
        (CONFIG_MAP, {"immutable": True}, {}),
        (
            ("rbac.authorization.k8s.io", "RoleBinding"),
            {"roleRef": {"name": "a"}},
            {"roleRef": {"name": "b"}},
        ),
    ],
)
def test_a_field_that_cannot_be_changed_changes_the_mark(kind, before, after) -> None:
    assert mark(kind, before) != mark(kind, after)


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        (DEPLOYMENT, {"spec": {"replicas": 1}}, {"spec": {"replicas": 2}}),
        (STATEFUL_SET, {"spec": {"template": 1}}, {"spec": {"template": 2, "replicas": 3}}),
        (CONFIG_MAP, {"data": {"a": "b"}}, {"data": {"a": "c"}}),
        (SECRET, {"data": {"a": "b"}}, {"type": "Opaque", "data": {"a": "c"}}),
        (CAKE, {"spec": {"layers": 1}}, {"spec": {"layers": 2}}),
    ],
)
def test_any_other_field_does_not(kind, before, after) -> None:
    assert mark(kind, before) == mark(kind, after)


def test_what_is_declared_immutable_is_marked_by_its_hash() -> None:
    body = {"immutable": True, "data": {"a": "b"}}

    assert mark(CONFIG_MAP, body, "one").partition("-")[2] not in (
        "",
        mark(CONFIG_MAP, body, "other").partition("-")[2],
    )


def test_what_was_recorded_without_a_mark_differs_in_nothing() -> None:
    now = manifest(DEPLOYMENT, {"selector": {}})

    assert not differs("d" * 64, now)
    assert not differs(now.hash, now)
    assert differs(f"{'d' * 64}-00000000", now)


@pytest.mark.parametrize(
    ("asks", "expected"),
    [
        ({}, False),
        ({"on_immutable": "fail"}, False),
        ({"on_immutable": "ignore"}, False),
        ({"on_immutable": "recreate"}, True),
        ({"on_immutable": "recreate-orphan"}, True),
    ],
)
def test_only_what_asks_for_it_is_made_anew(asks, expected: bool) -> None:
    assert is_recreated("d-00000000", manifest(DEPLOYMENT, {"selector": {}}, **asks)) is expected


def test_what_holds_data_must_say_that_it_may_be_lost() -> None:
    asks = {"on_immutable": "recreate"}

    assert not asks_to_be_made_anew(manifest(STATEFUL_SET, {}, **asks))
    assert asks_to_be_made_anew(manifest(STATEFUL_SET, {}, **asks, allow_data_loss="true"))


@pytest.mark.parametrize("mode", [Mode.CREATE_ONLY, Mode.IGNORE, Mode.OBSERVE])
def test_what_is_never_changed_is_never_made_anew(mode: Mode) -> None:
    asking = manifest(DEPLOYMENT, {"selector": {}}, on_immutable="recreate")

    assert is_recreated("d-00000000", asking)
    assert not is_recreated("d-00000000", replace(asking, claims=Claims(mode=mode)))


def test_a_wish_that_cannot_be_understood_is_to_fail() -> None:
    assert wish(manifest(DEPLOYMENT, {}, on_immutable="delete").body) is Wish.FAIL


# Found by a refusal


def cause(field: str, message: str = "Invalid value: no") -> dict[str, str]:
    return {"reason": "FieldValueInvalid", "field": field, "message": message}


@pytest.mark.parametrize(
    ("kind", "causes"),
    [
        (DEPLOYMENT, [cause("spec.selector")]),
        (DEPLOYMENT, [cause("spec.selector.matchLabels"), cause("spec.strategy", IMMUTABLE)]),
        (STATEFUL_SET, [cause("spec")]),
        (STATEFUL_SET, [cause("spec.serviceName")]),
        (("", "Service"), [cause("spec.clusterIPs[0]", "Invalid value: may not change once set")]),
        (
            ("storage.k8s.io", "StorageClass"),
            [cause("parameters", "Forbidden: updates to parameters are forbidden.")],
        ),
        (CAKE, [cause("spec.layers", "Invalid value: 3: failed rule: self == oldSelf")]),
    ],
)
def test_a_refusal_of_what_cannot_be_changed_is_told_by_every_cause(kind, causes) -> None:
    assert is_candidate(kind, causes)


@pytest.mark.parametrize(
    ("kind", "causes"),
    [
        (DEPLOYMENT, []),
        (DEPLOYMENT, [cause("spec.replicas")]),
        (DEPLOYMENT, [cause("spec.selector"), cause("spec.replicas")]),
        (DEPLOYMENT, [cause("spec.selectors")]),
        (DEPLOYMENT, [cause("metadata.uid", IMMUTABLE)]),
        (DEPLOYMENT, [cause("", IMMUTABLE)]),
        (STATEFUL_SET, [cause("spec.template.spec.containers")]),
        (CAKE, [cause("spec.layers")]),
    ],
)
def test_any_other_cause_makes_it_a_mistake(kind, causes) -> None:
    assert not is_candidate(kind, causes)


def test_a_refusal_is_remembered_of_one_change_alone() -> None:
    now = manifest(DEPLOYMENT, {"selector": 1}, on_immutable="recreate")
    other = manifest(DEPLOYMENT, {"selector": 2}, on_immutable="recreate")
    entry = Entry(now.key, "v1", hash="old", flags=("kept",))

    entry = Entry(now.key, "v1", hash="old", flags=flagged(entry, other))
    entry = Entry(now.key, "v1", hash="old", flags=flagged(entry, now))

    assert is_flagged(entry, now)
    assert not is_flagged(entry, other)
    assert len(entry.flags) == 2
    assert not is_flagged(Entry(now.key, "v1", hash=now.hash, flags=entry.flags), now)


def test_a_refusal_of_what_does_not_ask_to_be_made_anew_asks_nobody() -> None:
    silent = manifest(DEPLOYMENT, {"selector": 1})
    entry = Entry(silent.key, "v1", hash="old")

    assert not is_flagged(Entry(silent.key, "v1", hash="old", flags=flagged(entry, silent)), silent)


# Let be


def test_what_cannot_be_changed_is_sent_as_it_is() -> None:
    live = {"spec": {"serviceName": "a", "podManagementPolicy": "OrderedReady", "replicas": 1}}
    body = {"spec": {"serviceName": "b", "replicas": 3}}
    causes = [cause("spec", "Forbidden: updates to statefulset spec are forbidden")]

    found = with_live(body, live, {"f:spec": {"f:serviceName": {}}}, (STATEFUL_SET, causes))

    assert found == {"spec": {"serviceName": "a", "replicas": 3}}


def test_what_was_ours_and_is_not_wanted_any_more_stays_where_it_cannot_go() -> None:
    live = {"spec": {"serviceName": "a"}}

    found = with_live({"spec": {}}, live, {"f:spec": {"f:serviceName": {}}}, (STATEFUL_SET, []))

    assert found == {"spec": {"serviceName": "a"}}


def test_what_cannot_be_added_is_left_out() -> None:
    causes = [cause("spec.flavour", IMMUTABLE)]

    found = with_live({"spec": {"flavour": "plum", "layers": 2}}, {"spec": {}}, {}, (CAKE, causes))

    assert found == {"spec": {"layers": 2}}
