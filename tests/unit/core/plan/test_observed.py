"""What is kept of an object that was seen."""

from datetime import timedelta

import pytest

from fakes.fleet import NOW
from gitopsd.core.plan import Found, found_of, is_ours, live_of
from gitopsd.core.plan.inventory import PART_OF
from gitopsd.model.delivery import Health

SET = "applyset-ours"


def seen(*, labels=None, annotations=None, owners=None, **more) -> dict:
    metadata = {
        "name": "web",
        "namespace": "shop",
        "uid": "u1",
        "resourceVersion": "7",
        "generation": 2,
        "labels": labels or {},
        "annotations": annotations or {},
        "ownerReferences": owners or [],
    }
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {**metadata, **more}}


CONTROLLER = {"kind": "Deployment", "name": "web", "controller": True}


@pytest.mark.parametrize(
    ("labels", "annotations"),
    [
        ({}, {"gitopsd.io/prune": "disabled"}),
        ({}, {"client.lifecycle.config.k8s.io/deletion": "detach"}),
        ({}, {"cli-utils.sigs.k8s.io/on-remove": "keep"}),
        ({}, {"helm.sh/resource-policy": "keep"}),
        ({}, {"argocd.argoproj.io/sync-options": "Validate=false,Prune=false"}),
        ({}, {"kustomize.toolkit.fluxcd.io/prune": "disabled"}),
        ({"resourcetemplate.karmada.io/deletion-protected": "Always"}, {}),
    ],
)
def test_what_must_not_be_deleted_says_why(labels, annotations) -> None:
    body = seen(labels=labels, annotations=annotations)

    assert live_of(body, "gitopsd", None, NOW).keep != ""


@pytest.mark.parametrize(
    ("labels", "annotations"),
    [
        ({}, {"gitopsd.io/prune": "enabled"}),
        ({}, {"argocd.argoproj.io/sync-options": "Prune=true"}),
        ({"gitopsd.io/prune": "disabled"}, {}),
    ],
)
def test_other_words_protect_nothing(labels, annotations) -> None:
    body = seen(labels=labels, annotations=annotations)

    assert live_of(body, "gitopsd", None, NOW).keep == ""


@pytest.mark.parametrize(
    ("labels", "annotations", "owner"),
    [
        ({"app.kubernetes.io/managed-by": "Helm"}, {}, "app.kubernetes.io/managed-by=Helm"),
        ({}, {"argocd.argoproj.io/tracking-id": "a"}, "argocd.argoproj.io/tracking-id=a"),
        (
            {"kustomize.toolkit.fluxcd.io/name": "a"},
            {},
            "kustomize.toolkit.fluxcd.io/name=a",
        ),
        ({"kapp.k14s.io/app": "1"}, {}, "kapp.k14s.io/app=1"),
        ({}, {"config.k8s.io/owning-inventory": "a"}, "config.k8s.io/owning-inventory=a"),
        ({"karmada.io/managed": "true"}, {}, "karmada.io/managed=true"),
        ({PART_OF: "applyset-theirs"}, {}, f"{PART_OF}=applyset-theirs"),
        ({PART_OF: SET}, {}, ""),
        ({"app.kubernetes.io/managed-by": "hand"}, {}, ""),
        ({"karmada.io/managed": "false"}, {}, ""),
    ],
)
def test_whose_an_object_is_stands_on_it(labels, annotations, owner) -> None:
    assert found_of(seen(labels=labels, annotations=annotations), SET) == Found("u1", owner)


def test_what_a_controller_made_is_the_controllers() -> None:
    body = seen(owners=[{"kind": "Cake", "name": "x"}, CONTROLLER])

    assert found_of(body, SET).owner == "its controller Deployment web"
    assert live_of(body, "gitopsd", None, NOW).has_controller


def test_an_owner_that_controls_nothing_is_no_owner() -> None:
    body = seen(owners=[{"kind": "Cake", "name": "x"}])

    assert found_of(body, SET).owner == ""
    assert not live_of(body, "gitopsd", None, NOW).has_controller


def test_ours_is_what_has_our_label() -> None:
    assert [is_ours(seen(labels={PART_OF: each}), SET) for each in (SET, "other")] == [True, False]


def test_an_object_with_a_deletion_time_is_terminating() -> None:
    live = live_of(seen(deletionTimestamp="2026-01-02T00:00:00Z"), "gitopsd", None, NOW)

    assert (live.is_terminating, live.finding.health) == (True, Health.TERMINATING)


@pytest.mark.parametrize(
    ("said", "expected"),
    [("Orphan", "Orphan"), ("Background", "Background"), ("now", "Foreground"), ("", "Foreground")],
)
def test_what_a_deletion_does_with_dependents_stands_on_the_object(said, expected) -> None:
    found = live_of(seen(annotations={"gitopsd.io/propagation": said}), "gitopsd", None, NOW)

    assert found.propagation == expected


def test_what_keeps_an_end_is_told_with_its_time() -> None:
    metadata = {"deletionTimestamp": "2026-01-02T03:04:05Z", "finalizers": ["shop.example/a"]}

    found = live_of(seen(**metadata), "gitopsd", None, NOW)

    assert (found.finalizers, found.ends_since) == (("shop.example/a",), NOW)


def test_an_end_at_no_time_is_an_end_all_the_same() -> None:
    found = live_of(seen(deletionTimestamp=12, finalizers={"a": 1}), "gitopsd", None, NOW)

    assert (found.is_terminating, found.finalizers, found.ends_since) == (True, (), None)


def test_the_clock_of_progress_starts_with_a_change_and_stops_when_it_is_current() -> None:
    def pod_of(generation: int, health: str):
        body = seen(generation=generation)
        return body | {"kind": "PersistentVolumeClaim", "status": {"phase": health}}

    later = NOW + timedelta(minutes=1)
    first = live_of(pod_of(1, "Pending"), "gitopsd", None, NOW)
    same = live_of(pod_of(1, "Pending"), "gitopsd", first, later)
    changed = live_of(pod_of(2, "Pending"), "gitopsd", same, later)
    well = live_of(pod_of(2, "Bound"), "gitopsd", changed, later)

    assert [each.since for each in (first, same, changed, well)] == [NOW, NOW, later, None]


@pytest.mark.parametrize(
    ("manager", "owner"),
    [("argocd-controller", "app.kubernetes.io/instance=shop, by Argo CD"), ("kubectl", "")],
)
def test_a_label_that_many_write_is_argos_where_argo_wrote(manager, owner) -> None:
    metadata = {
        "uid": "u1",
        "labels": {"app.kubernetes.io/instance": "shop"},
        "managedFields": [None, {"manager": manager, "operation": "Update"}],
    }

    assert found_of({"metadata": metadata}, "set") == Found("u1", owner)
