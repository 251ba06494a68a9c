"""What must be there before an object, and what can never go."""

import pytest

from gitopsd.core.depends import holders, impossible, misread, mistakes, named
from gitopsd.kube.body import Body
from gitopsd.model.problem import Problem
from gitopsd.model.resource import Origin, Resource, ResourceKey

A, B, C, D = (ResourceKey("", "ConfigMap", "shop", name) for name in "abcd")
SHOP = ResourceKey("", "Namespace", "", "shop")
CRD = ResourceKey("apiextensions.k8s.io", "CustomResourceDefinition", "", "cakes.shop.example")
CAKE = ResourceKey("shop.example", "Cake", "shop", "birthday")


def template(key: ResourceKey, *needs: ResourceKey, wave: int = 0, **spec: object) -> Resource:
    annotations = {"gitopsd.io/wave": str(wave)}
    if needs:
        annotations["config.kubernetes.io/depends-on"] = ",".join(map(text_of, needs))
    body: Body = {"kind": key.kind, "metadata": {"annotations": annotations}, "spec": spec}
    return Resource(key, "v1", body, Origin(f"{key.name}.yaml"))


def text_of(key: ResourceKey) -> str:
    if not key.namespace:
        return f"{key.group}/{key.kind}/{key.name}"
    return f"{key.group}/namespaces/{key.namespace}/{key.kind}/{key.name}"


def never(*templates: Resource) -> dict[ResourceKey, str]:
    objects = {each.key: each for each in templates}
    names = {key: found for key, each in objects.items() if (found := named(each.body))}
    return dict(impossible(objects, names))


def test_an_annotation_names_objects_of_any_group() -> None:
    text = "apps/namespaces/shop/Deployment/web, /namespaces/shop/ConfigMap/a,/Namespace/shop"
    body = {"metadata": {"annotations": {"config.kubernetes.io/depends-on": text}}}

    assert named(body) == (ResourceKey("apps", "Deployment", "shop", "web"), A, SHOP)


@pytest.mark.parametrize("text", ["ConfigMap/a", "/namespaces/shop/ConfigMap", "a/b/c/d/e", "//x"])
def test_what_names_no_object_is_told(text: str) -> None:
    assert misread(f"/Namespace/shop, {text}") == (text,)


def test_what_waits_for_nobody_or_for_others_in_a_row_can_go() -> None:
    assert never(template(A), template(B, A), template(C, A, B), template(D, C)) == {}


def test_what_is_not_wanted_is_waited_for_in_vain() -> None:
    assert never(template(A, B)) == {
        A: "config.kubernetes.io/depends-on names ConfigMap shop/b, which is not wanted here"
    }


def test_a_circle_is_told_of_all_in_it_with_its_path() -> None:
    words = (
        "it waits for itself: ConfigMap shop/a → ConfigMap shop/c → ConfigMap shop/b → "
        "ConfigMap shop/a"
    )

    assert never(template(A, C), template(B, A), template(C, B), template(D, A)) == {
        A: words,
        B: words,
        C: words,
    }


def test_a_namespace_that_waits_for_what_lives_in_it_waits_for_itself() -> None:
    found = never(template(SHOP, A), template(A))

    words = "it waits for itself: ConfigMap shop/a → Namespace shop → ConfigMap shop/a"
    assert found[SHOP] == words


def test_a_definition_that_waits_for_an_object_of_its_kind_waits_for_itself() -> None:
    crd = template(CRD, CAKE, group="shop.example", names={"kind": "Cake"})

    assert set(never(crd, template(CAKE))) == {CRD, CAKE}


def test_an_object_of_an_earlier_wave_waits_in_vain_for_a_later_one() -> None:
    assert never(template(A, B), template(B, wave=2)) == {
        A: "config.kubernetes.io/depends-on names ConfigMap shop/b, which waits for wave 2"
    }
    assert never(template(A, B, wave=2), template(B)) == {}


def test_namespaces_and_definitions_move_to_the_earliest_wave_of_what_needs_them() -> None:
    crd = template(CRD, wave=7, group="shop.example", names={"kind": "Cake"})
    objects = {each.key: each for each in (crd, template(CAKE, wave=3), template(A, wave=-2))}

    found = holders(objects, {("shop.example", "Cake"): CRD})

    assert found == {CRD: 3, SHOP: -2}


def test_a_mistake_names_the_file_and_the_annotation() -> None:
    assert list(mistakes({A: template(A, B)})) == [
        Problem(
            "a.yaml",
            1,
            "/metadata/annotations/config.kubernetes.io~1depends-on",
            "config.kubernetes.io/depends-on names ConfigMap shop/b, which stands in no file",
            "DependsOn",
            key="/ConfigMap/shop/a",
        )
    ]
