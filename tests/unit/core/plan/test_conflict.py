"""Where another manager owns a field that we want."""

import pytest

from gitopsd.core.plan.conflict import judge


def body(**annotations: str) -> dict:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "annotations": annotations},
        "spec": {"replicas": 2, "paused": False},
    }


def cause(field: str, manager: str, reason: str = "FieldManagerConflict") -> dict:
    return {"reason": reason, "field": field, "message": f'conflict with "{manager}" using apps/v1'}


def test_what_a_person_changed_is_taken() -> None:
    ruling = judge(body(), [cause(".spec.replicas", "kubectl-edit")])

    assert (ruling.body, ruling.yielded, ruling.refusal) == (body(), (), "")


@pytest.mark.parametrize(
    "manager",
    ["kube-controller-manager", "horizontal-pod-autoscaler", "keda-operator", "vpa-updater"],
)
def test_replicas_that_a_controller_sets_are_its_own(manager) -> None:
    ruling = judge(body(), [cause(".spec.replicas", manager)])

    assert ruling.body["spec"] == {"paused": False}
    assert ruling.yielded == (f".spec.replicas ({manager})",)


def test_other_fields_are_not() -> None:
    ruling = judge(body(), [cause(".spec.paused", "kube-controller-manager")])

    assert (ruling.body, ruling.yielded) == (body(), ())


def test_each_field_is_judged_by_itself() -> None:
    causes = [
        cause(".spec.replicas", "kube-controller-manager"),
        cause(".spec.paused", "kubectl-edit"),
        cause(".spec.paused", "somebody", "FieldValueInvalid"),
    ]

    ruling = judge(body(), causes)

    assert ruling.body["spec"] == {"paused": False}
    assert ruling.yielded == (".spec.replicas (kube-controller-manager)",)


def test_an_object_may_yield_all() -> None:
    ruling = judge(
        body(**{"gitopsd.io/on-conflict": "yield"}), [cause(".spec.paused", "kubectl-edit")]
    )

    assert ruling.body["spec"] == {"replicas": 2}


def test_an_object_may_refuse() -> None:
    ruling = judge(
        body(**{"gitopsd.io/on-conflict": "fail"}),
        [cause(".spec.replicas", "kube-controller-manager"), cause(".spec.paused", "kubectl-edit")],
    )

    assert ruling.refusal == (
        "others own .spec.replicas (kube-controller-manager), .spec.paused (kubectl-edit)"
    )


def test_an_item_of_a_list_cannot_be_left_out_and_is_taken() -> None:
    field = '.spec.template.spec.containers[name="web"].resources.limits.cpu'

    ruling = judge(body(), [cause(field, "vpa-updater")])

    assert (ruling.body, ruling.yielded) == (body(), ())


def test_the_body_given_stays_as_it_is() -> None:
    given = body()

    judge(given, [cause(".spec.replicas", "kube-controller-manager")])

    assert given == body()
