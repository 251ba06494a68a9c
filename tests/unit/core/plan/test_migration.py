"""Which fields become ours when an object is adopted."""

import pytest

from gitopsd.core.plan.migration import migration, removed
from gitopsd.kube import patch
from gitopsd.kube.body import dig
from gitopsd.model.claims import NO_CLAIMS, Claims, Mode

LAST = "kubectl.kubernetes.io/last-applied-configuration"
BODY = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "web", "namespace": "shop"},
    "data": {"a": "1"},
}
DATA = {"f:data": {"f:a": {}, "f:b": {}}}


def by(manager: str, tree: dict, operation: str = "Update", **more: str) -> dict:
    said = {"manager": manager, "operation": operation, "apiVersion": "v1"}
    return {**said, "fieldsV1": tree, **more}


def live(*managed: dict, **annotations: str) -> dict:
    metadata = {
        "name": "web",
        "resourceVersion": "7",
        "annotations": {"x": "y", **annotations},
        "managedFields": list(managed),
    }
    return {**BODY, "metadata": metadata, "data": {"a": "1", "b": "2"}}


def owners(found: list, given: dict) -> dict:
    """Who owns what after the patch."""
    after = patch.apply(given, patch.read(found))
    return {
        (each["manager"], each["operation"]): each["fieldsV1"]
        for each in after["metadata"]["managedFields"]
    }


def migrate(given: dict, claims: Claims = NO_CLAIMS, body: dict = BODY) -> list:
    return migration(given, body, claims, "gitopsd")


@pytest.mark.parametrize(
    "manager",
    [
        "kubectl",
        "kubectl-client-side-apply",
        "kubectl-edit",
        "kubectl-create",
        "before-first-apply",
    ],
)
def test_what_was_written_by_hand_becomes_ours(manager) -> None:
    given = live(by(manager, DATA))

    assert owners(migrate(given), given) == {("gitopsd", "Apply"): DATA}


def test_the_patch_names_the_version_that_was_read() -> None:
    given = live(by("kubectl", DATA))

    assert dig(migrate(given), 1) == {
        "op": "replace",
        "path": "/metadata/resourceVersion",
        "value": "7",
    }


def test_what_kubectl_remembered_goes() -> None:
    tree = {**DATA, "f:metadata": {"f:annotations": {f"f:{LAST}": {}, "f:x": {}}}}
    given = live(by("kubectl-client-side-apply", tree), **{LAST: "{}"})

    found = migrate(given)

    assert owners(found, given)["gitopsd", "Apply"] == {
        **DATA,
        "f:metadata": {"f:annotations": {"f:x": {}}},
    }
    assert patch.apply(given, patch.read(found))["metadata"]["annotations"] == {"x": "y"}


def test_what_is_ours_already_is_kept() -> None:
    ours = by("gitopsd", {"f:data": {"f:c": {}}}, "Apply")
    given = live(ours, by("kubectl-edit", DATA))

    assert owners(migrate(given), given) == {
        ("gitopsd", "Apply"): {"f:data": {"f:a": {}, "f:b": {}, "f:c": {}}}
    }


@pytest.mark.parametrize(
    "managed",
    [
        by("argocd-controller", DATA),
        by("kubectl", DATA, "Apply"),
        by("kubectl", DATA, subresource="scale"),
        by("kubectl", {"f:data": {"f:b": {}}}),
    ],
    ids=["a tool", "an apply", "a subresource", "nothing declared"],
)
def test_what_others_own_stays_theirs(managed) -> None:
    assert migrate(live(managed)) == []


def test_a_trusted_manager_is_taken_over_too() -> None:
    given = live(by("argocd-controller", DATA))

    found = migrate(given, Claims(trusted=("argocd-*",)))

    assert owners(found, given) == {("gitopsd", "Apply"): DATA}


@pytest.mark.parametrize(
    ("manager", "operation"),
    [
        ("argocd-controller", "Update"),
        ("kustomize-controller", "Apply"),
        ("helm", "Update"),
        ("Helm", "Apply"),
    ],
)
def test_the_tool_that_an_object_is_adopted_from_is_taken_over_too(manager, operation) -> None:
    given = live(by(manager, DATA, operation))

    assert owners(migrate(given, Claims(adopts=True)), given) == {("gitopsd", "Apply"): DATA}
    assert migrate(given) == []


def test_an_object_that_is_adopted_keeps_what_controllers_wrote() -> None:
    assert migrate(live(by("my-operator", DATA, "Apply")), Claims(adopts=True)) == []


def test_merge_takes_nothing_from_others() -> None:
    assert migrate(live(by("kubectl", DATA)), Claims(mode=Mode.MERGE)) == []


def test_finalizers_and_owners_are_never_ours_to_drop() -> None:
    tree = {**DATA, "f:metadata": {"f:finalizers": {}, "f:ownerReferences": {}}}
    given = live(by("kubectl", tree))

    assert owners(migrate(given), given)["gitopsd", "Apply"] == DATA


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"paused": False}, {"f:paused": {}}),
        ({"paused": False, "replicas": 2}, {"f:paused": {}, "f:replicas": {}}),
    ],
)
def test_replicas_that_nobody_declares_stay_as_they_are(spec, expected) -> None:
    body = {**BODY, "kind": "Deployment", "spec": spec}
    given = live(by("kubectl", {"f:spec": {"f:paused": {}, "f:replicas": {}}}))

    assert owners(migrate(given, body=body), given)["gitopsd", "Apply"] == {"f:spec": expected}


@pytest.mark.parametrize("managed", [None, "x", [None], [{"manager": 1, "fieldsV1": 2}]])
def test_what_cannot_be_read_is_nobodys(managed) -> None:
    given = {**BODY, "metadata": {"name": "web", "managedFields": managed}}

    assert migrate(given) == []


def test_what_is_not_declared_goes_with_an_adoption() -> None:
    given = live(by("kubectl", DATA))

    assert removed(given, BODY, NO_CLAIMS, "gitopsd") == ("/data/b",)
    assert removed(live(by("argo", DATA)), BODY, NO_CLAIMS, "gitopsd") == ()
