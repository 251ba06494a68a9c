"""An object is deleted to be made anew only where it asks for that and the deletion was allowed."""

from dataclasses import replace

import pytest

from gitopsd.core.deletions import deletion_hash
from gitopsd.core.health import Finding
from gitopsd.core.plan import Deed, Live, Step
from gitopsd.core.plan.anew import Ruling, Way, probe, ruled
from gitopsd.model.decision import Manifest
from gitopsd.model.delivery import Entry, Health
from gitopsd.model.resource import Origin, ResourceKey

WEB = ResourceKey("apps", "Deployment", "shop", "web")
DATA = ResourceKey("apps", "StatefulSet", "shop", "data")
LIVE = Live("u1", "7", 1, b"", False, "", False, False, Finding(Health.CURRENT), None, None)
RECREATE = "recreate"


def judged(
    asks: str = "", *, may: bool = False, live: Live = LIVE, key: ResourceKey = WEB, loss: str = ""
) -> Ruling:
    notes = {"gitopsd.io/on-immutable": asks, "gitopsd.io/allow-data-loss": loss}
    body = {"metadata": {"annotations": {name: each for name, each in notes.items() if each}}}
    step = Step(key, Deed.CHANGE, Manifest(key, "v1", body, "h", Origin("a")), may_recreate=may)
    return ruled(step, live, Entry(key, "v1", "u1", "old"), "eu")


@pytest.mark.parametrize(
    ("asks", "way", "propagation"),
    [
        ("", Way.FAIL, ""),
        ("fail", Way.FAIL, ""),
        ("ignore", Way.LET_BE, ""),
        ("recreate", Way.DELETE, "Foreground"),
        ("recreate-orphan", Way.DELETE, "Orphan"),
    ],
)
def test_an_object_says_what_follows(asks: str, way: Way, propagation: str) -> None:
    found = judged(asks, may=True)

    assert (found.way, found.propagation) == (way, propagation)


def test_the_default_says_what_would_be_right() -> None:
    assert judged().words == (
        "gitopsd.io/on-immutable: recreate on it would have it deleted and made anew"
    )


def test_nothing_is_deleted_that_was_not_allowed_by_name() -> None:
    name = "eu/apps/Deployment/shop/web"

    found = judged(RECREATE)

    assert found.way is Way.ASK
    assert name in found.words and deletion_hash([name]) in found.words


def test_data_is_not_lost_unless_it_may_be() -> None:
    assert judged(RECREATE, may=True, key=DATA).way is Way.FAIL
    assert judged(RECREATE, may=True, key=DATA, loss="true").way is Way.DELETE


@pytest.mark.parametrize(
    "live",
    [
        replace(LIVE, keep="gitopsd.io/prune: disabled"),
        replace(LIVE, has_controller=True),
        replace(LIVE, uid="u2"),
    ],
    ids=["kept", "controlled", "another one"],
)
def test_what_is_never_deleted_is_not_made_anew(live: Live) -> None:
    assert judged(RECREATE, may=True, live=live).way is Way.FAIL


def test_what_the_repository_keeps_is_not_made_anew() -> None:
    notes = {"gitopsd.io/on-immutable": RECREATE, "gitopsd.io/prune": "disabled"}
    manifest = Manifest(WEB, "v1", {"metadata": {"annotations": notes}}, "h", Origin("a"))
    step = Step(WEB, Deed.CHANGE, manifest, may_recreate=True)

    found = ruled(step, LIVE, Entry(WEB, "v1", "u1", "old"), "eu")

    assert (found.way, found.words) == (
        Way.FAIL,
        "it is not deleted to be made anew: gitopsd.io/prune: disabled",
    )


def test_a_probe_is_the_same_object_under_another_name() -> None:
    body = {"kind": "A", "metadata": {"name": "web", "uid": "u", "labels": {"a": "b"}}, "spec": 1}

    found = probe(body)

    name = found["metadata"]["name"]
    assert name.startswith("gitopsd-probe-") and len(name) < 64
    assert found == {**body, "metadata": {"name": name, "labels": {"a": "b"}}}
