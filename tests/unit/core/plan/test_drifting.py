"""How an object of ours stands, told by who owns its fields."""

from datetime import timedelta

import pytest

from fakes.fleet import NOW
from gitopsd.core.plan.drifting import fought, giving_up, standing
from gitopsd.core.plan.observed import Repair, live_of
from gitopsd.core.plan.owners import Owned, others, owned, path_of, read, value_at
from gitopsd.model.claims import Claims
from gitopsd.model.decision import Manifest
from gitopsd.model.resource import Origin, ResourceKey

BODY = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {
        "replicas": 2,
        "template": {"spec": {"containers": [{"name": "web", "image": "web:1"}]}},
    },
}
ALL = {
    "f:spec": {
        "f:replicas": {},
        "f:template": {
            "f:spec": {"f:containers": {'k:{"name":"web"}': {".": {}, "f:name": {}, "f:image": {}}}}
        },
    }
}
REPLICAS = {"f:spec": {"f:replicas": {}}}


def container(fields: dict) -> dict:
    items = {'k:{"name":"web"}': fields}
    return {"f:spec": {"f:template": {"f:spec": {"f:containers": items}}}}


IMAGE, NAMED = container({"f:image": {}}), container({".": {}, "f:name": {}})


def by(manager: str, tree: dict, operation: str = "Update", **more: str) -> dict:
    return {"manager": manager, "operation": operation, "fieldsV1": tree, **more}


def seen(*managed: dict):
    metadata = {**BODY["metadata"], "uid": "u1", "managedFields": list(managed)}
    return live_of({**BODY, "metadata": metadata}, "gitopsd", None, NOW)


def stands(*managed: dict, is_answered: bool = False, repairs=(), **claims):
    key = ResourceKey("apps", "Deployment", "shop", "web")
    manifest = Manifest(key, "v1", BODY, "h1", Origin("web.yaml"), claims=Claims(**claims))
    return standing(manifest, seen(*managed), repairs, is_answered=is_answered)


OURS = by("gitopsd", ALL, "Apply")
REST = by("gitopsd", NAMED, "Apply")
EDIT, SCALE = (
    by("kubectl-edit", IMAGE),
    by("kube-controller-manager", REPLICAS, subresource="scale"),
)


def said(fields) -> list[str]:
    return list(map(str, fields))


def test_what_is_all_ours_is_as_wanted() -> None:
    found = stands(OURS, by("kube-controller-manager", REPLICAS, subresource="status"))

    assert (found.drifted, found.yielded, found.fought) == ((), (), ())


def test_what_a_person_took_has_drifted_and_what_an_autoscaler_took_is_yielded() -> None:
    found = stands(REST, EDIT, SCALE)

    assert said(found.yielded) == [".spec.replicas (kube-controller-manager)"]
    assert said(found.drifted) == [
        '.spec.template.spec.containers[name="web"].image (kubectl-edit)'
    ]


def test_what_nobody_owns_any_more_has_drifted() -> None:
    found = stands(REST, SCALE)

    assert said(found.drifted) == ['.spec.template.spec.containers[name="web"].image (nobody)']


def test_an_object_of_which_nothing_is_ours_has_drifted_as_a_whole() -> None:
    assert said(stands(by("kubectl", ALL)).drifted) == ["all fields (kubectl)"]


def test_what_an_apply_left_to_others_is_yielded_and_what_it_left_to_nobody_is_well() -> None:
    found = stands(REST, by("kubectl", REPLICAS), is_answered=True)

    assert said(found.yielded) == [".spec.replicas (kubectl)"]
    assert found.drifted == ()


def test_what_is_ignored_is_neither() -> None:
    ignored = {"ignored": ("/spec/replicas",), "ignored_managers": ("kubectl-edit",)}

    found = stands(REST, EDIT, SCALE, **ignored)

    assert (found.drifted, found.yielded) == ((), ())


IMAGE_OF = Owned(
    "/spec/template/spec/containers/0/image",
    '.spec.template.spec.containers[name="web"].image',
    ("kubectl-edit",),
)


@pytest.mark.parametrize(
    ("minutes", "is_given_up"),
    [((0, 1, 2), True), ((0, 1), False), ((0, 6, 11), False), ((0, 6, 11, 12), True)],
)
def test_a_fight_is_given_up_after_three_rounds_within_ten_minutes(minutes, is_given_up) -> None:
    repairs = [Repair(NOW + timedelta(minutes=n), IMAGE_OF) for n in minutes]

    found = stands(REST, EDIT, SCALE, repairs=repairs)

    assert said(found.fought) == ([str(IMAGE_OF)] if is_given_up else [])
    assert said(found.drifted) == ([] if is_given_up else [str(IMAGE_OF)])


def test_fields_of_others_and_of_nobody_are_no_fight() -> None:
    nobody = IMAGE_OF._replace(managers=())
    others = IMAGE_OF._replace(managers=("kubectl",))
    repairs = [Repair(NOW, each) for each in (nobody, nobody, nobody, others, IMAGE_OF, IMAGE_OF)]

    assert fought(repairs) == frozenset()


def test_what_was_given_up_is_yielded_even_if_it_was_to_be_forced() -> None:
    claims = Claims(forced=(IMAGE_OF.place, "/spec/replicas"))

    found = giving_up(claims, [Repair(NOW, IMAGE_OF)] * 3)

    assert (found.forced, found.yielded) == (("/spec/replicas",), (IMAGE_OF.place,))


def test_who_writes_the_status_and_we_ourselves_are_no_others() -> None:
    body = {"metadata": {"managedFields": [OURS, by("x", REPLICAS, subresource="status")]}}

    assert others(body, "gitopsd") is None


def test_what_is_owned_as_a_whole_is_owned_at_every_place_below() -> None:
    tree = {"f:spec": {"f:template": {}}}

    assert path_of(BODY, IMAGE_OF.place, tree) == ("f:spec", "f:template")
    assert path_of(BODY, "/spec/replicas", tree) is None


def test_a_place_of_a_list_is_found_by_its_key_in_the_live_object() -> None:
    path = path_of(BODY, IMAGE_OF.place, IMAGE)
    live = {"spec": {"template": {"spec": {"containers": [
        {"name": "injected", "image": "other"}, {"name": "web", "image": "web:2"},
    ]}}}}  # fmt: skip

    assert value_at(live, path) == "web:2"
    assert value_at({}, path) is None


def test_all_owners_of_a_place_are_named_in_order() -> None:
    managed = [by("z", REPLICAS), by("a", REPLICAS), by("q", IMAGE)]
    fields = others({"metadata": {"managedFields": managed}}, "gitopsd")

    found = owned(BODY, ["/spec/replicas"], read(fields))

    assert said(found) == [".spec.replicas (a, z)"]
