"""Whose replicas an autoscaler sets."""

from gitopsd.core.plan.scaling import scaled, targets
from gitopsd.model.decision import Manifest, Wanted
from gitopsd.model.resource import Origin, ResourceKey

WEB = ResourceKey("apps", "Deployment", "shop", "web")


def autoscaler(**target: str) -> dict:
    return {"metadata": {"namespace": "shop", "name": "x"}, "spec": {"scaleTargetRef": target}}


def test_a_workload_of_the_same_namespace_is_scaled() -> None:
    found = targets([autoscaler(apiVersion="apps/v1", kind="Deployment", name="web")])

    assert found == {WEB}


def test_what_names_nothing_scales_nothing() -> None:
    assert WEB not in targets([{}, {"spec": {"scaleTargetRef": None}}, autoscaler()])


def test_a_set_knows_its_own() -> None:
    key = ResourceKey("autoscaling", "HorizontalPodAutoscaler", "shop", "x")
    body = autoscaler(apiVersion="apps/v1", kind="Deployment", name="web")
    other = ResourceKey("autoscaling.example", "HorizontalPodAutoscaler", "shop", "x")
    made = {each: Manifest(each, "v2", body, "h", Origin("x.yaml")) for each in (key, other)}

    assert scaled(Wanted("eu", "c1", made)) == {WEB}
    assert scaled(Wanted("eu", "c1", {other: made[other]})) == frozenset()
