"""Where another manager owns a field that we want."""

from dataclasses import replace

import pytest

from gitopsd.core.plan import conflict
from gitopsd.core.plan.conflict import Ruling
from gitopsd.core.plan.owners import Owned
from gitopsd.model.claims import NO_CLAIMS, Claims, Mode

LIMIT = "/spec/template/spec/containers/1/resources/limits/cpu"


def body() -> dict:
    containers = [
        {"name": "side", "image": "side:1"},
        {"name": "web", "image": "web:1", "resources": {"limits": {"cpu": "1"}}},
    ]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "labels": {"app.kubernetes.io/part-of": "shop"}},
        "spec": {
            "replicas": 2,
            "paused": False,
            "template": {"spec": {"containers": containers}},
        },
    }


def cause(field: str, manager: str, reason: str = "FieldManagerConflict") -> dict:
    return {"reason": reason, "field": field, "message": f'conflict with "{manager}" using apps/v1'}


def judge(causes: list[dict], claims: Claims = NO_CLAIMS) -> Ruling:
    return conflict.judge(body(), conflict.conflicting(body(), causes), claims)


def word(place: str, manager: str, **claims) -> str:
    return conflict.word(Owned(place, place, (manager,)), replace(NO_CLAIMS, **claims))


def test_what_a_person_changed_is_taken() -> None:
    ruling = judge([cause(".spec.replicas", "kubectl-edit")])

    assert (ruling.body, ruling.yielded, ruling.refusal) == (body(), (), "")


@pytest.mark.parametrize(
    "manager",
    ["kube-controller-manager", "horizontal-pod-autoscaler", "keda-operator", "vpa-updater"],
)
def test_replicas_that_a_controller_sets_are_its_own(manager) -> None:
    ruling = judge([cause(".spec.replicas", manager)])

    assert "replicas" not in ruling.body["spec"]
    assert list(map(str, ruling.yielded)) == [f".spec.replicas ({manager})"]


def test_other_fields_are_not() -> None:
    ruling = judge([cause(".spec.paused", "kube-controller-manager")])

    assert (ruling.body, ruling.yielded) == (body(), ())


def test_each_field_is_judged_by_itself() -> None:
    causes = [
        cause(".spec.replicas", "kube-controller-manager"),
        cause(".spec.paused", "kubectl-edit"),
        cause(".spec.paused", "somebody", "FieldValueInvalid"),
    ]

    ruling = judge(causes)

    assert (ruling.body["spec"]["paused"], "replicas" in ruling.body["spec"]) == (False, False)
    assert list(map(str, ruling.yielded)) == [".spec.replicas (kube-controller-manager)"]


def test_a_field_of_an_item_is_left_out_of_that_item_alone() -> None:
    field = '.spec.template.spec.containers[name="web"].resources.limits.cpu'

    ruling = judge([cause(field, "vpa-updater")])

    containers = ruling.body["spec"]["template"]["spec"]["containers"]
    assert containers == [
        {"name": "side", "image": "side:1"},
        {"name": "web", "image": "web:1"},
    ]
    assert [each.place for each in ruling.yielded] == [LIMIT]


def test_a_field_that_the_body_does_not_have_is_not_left_out() -> None:
    ruling = judge([cause(".spec.gone", "kubectl-edit")], Claims(on_conflict="yield"))

    assert (ruling.body, ruling.yielded) == (body(), ())


def test_a_name_with_dots_is_one_field() -> None:
    field = ".metadata.labels.app.kubernetes.io/part-of"

    ruling = judge([cause(field, "somebody")], Claims(on_conflict="yield"))

    assert ruling.body["metadata"] == {"name": "web"}


def test_an_object_may_yield_all() -> None:
    ruling = judge([cause(".spec.paused", "kubectl-edit")], Claims(on_conflict="yield"))

    assert "paused" not in ruling.body["spec"]


def test_an_object_may_refuse() -> None:
    causes = [
        cause(".spec.replicas", "kube-controller-manager"),
        cause(".spec.paused", "kubectl-edit"),
    ]

    ruling = judge(causes, Claims(on_conflict="fail"))

    assert ruling.refusal == (
        "others own .spec.replicas (kube-controller-manager), .spec.paused (kubectl-edit)"
    )


def test_the_body_given_stays_as_it_is() -> None:
    given = body()
    fields = conflict.conflicting(given, [cause(".spec.replicas", "kube-controller-manager")])

    conflict.judge(given, fields, NO_CLAIMS)

    assert given == body()


@pytest.mark.parametrize(
    ("claims", "manager", "expected"),
    [
        ({"forced": ("/spec",)}, "kube-controller-manager", "take"),
        ({"forced": ("/spec",), "yielded": ("/spec/replicas",)}, "kubectl-edit", "take"),
        ({"yielded": ("/spec/replicas",)}, "kubectl-edit", "yield"),
        ({"yielded": ("/spec/repl",)}, "kubectl-edit", "take"),
        ({"ignored": ("/spec",)}, "kubectl-edit", "yield"),
        ({"ignored_managers": ("scaler",)}, "scaler", "yield"),
        ({"ignored_managers": ("scaler",)}, "kubectl-edit", "take"),
        ({"on_conflict": "fail"}, "kube-controller-manager", "fail"),
        ({"on_conflict": "take"}, "kube-controller-manager", "yield"),
        ({"on_conflict": "take", "otherwise": "fail"}, "somebody", "take"),
        ({"trusted": ("kube-*",)}, "kube-controller-manager", "take"),
        ({"trusted": ("kubectl*",), "otherwise": "yield"}, "kubectl-edit", "take"),
        ({"otherwise": "yield"}, "somebody", "yield"),
        ({"otherwise": "fail"}, "somebody", "fail"),
        ({"otherwise": "fail"}, "kube-controller-manager", "yield"),
        ({"mode": Mode.MERGE}, "kubectl-edit", "yield"),
    ],
)
def test_whose_word_counts(claims, manager, expected) -> None:
    assert word("/spec/replicas", manager, **claims) == expected


def test_of_several_owners_the_strictest_counts() -> None:
    field = Owned("/spec/replicas", ".spec.replicas", ("kube-controller-manager", "kubectl-edit"))

    assert conflict.word(field, NO_CLAIMS) == "yield"


def test_a_restart_that_somebody_asked_for_is_not_undone() -> None:
    place = "/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt"

    assert word(place, "kubectl-rollout") == "yield"
