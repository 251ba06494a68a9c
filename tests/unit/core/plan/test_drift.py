import json

import pytest

from gitopsd.core.plan.drift import extra, lost, owned

LABELS = {"metadata": {"name": "web", "labels": {"app.example/tier": "gold", "app": "web"}}}
OUR_LABELS = {"f:metadata": {"f:labels": {"f:app": {}, "f:app.example/tier": {}}}}
CONTAINER = {
    ".": {},
    "f:name": {},
    "f:image": {},
    "f:ports": {
        'k:{"containerPort":53,"protocol":"TCP"}': {".": {}, "f:containerPort": {}},
        'k:{"containerPort":53,"protocol":"UDP"}': {
            ".": {},
            "f:containerPort": {},
            "f:protocol": {},
        },
    },
}


def test_what_we_own_is_our_entry_of_apply_alone():
    managed = [
        {"manager": "gitopsd", "operation": "Update", "fieldsV1": {"f:data": {"f:no": {}}}},
        {"manager": "kubectl", "operation": "Apply", "fieldsV1": {"f:data": {"f:no": {}}}},
        {
            "manager": "gitopsd",
            "operation": "Apply",
            "subresource": "status",
            "fieldsV1": {"f:status": {}},
        },
        {
            "manager": "gitopsd",
            "operation": "Apply",
            "fieldsV1": {"f:data": {"f:b": {}, "f:a": {}}},
        },
    ]

    found = owned({"metadata": {"managedFields": managed}}, "gitopsd")

    assert found == b'{"f:data":{"f:a":{},"f:b":{}}}'


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"managedFields": None},
        {"managedFields": [{"manager": "kubectl", "operation": "Apply", "fieldsV1": {"f:a": {}}}]},
        {"managedFields": ["no entry", None]},
    ],
)
def test_nothing_is_owned_without_an_entry_of_ours(metadata):
    assert owned({"metadata": metadata}, "gitopsd") is None


@pytest.mark.parametrize(
    ("desired", "ours", "expected"),
    [
        ({"apiVersion": "v1", "kind": "ConfigMap", **LABELS}, OUR_LABELS, ()),
        (
            LABELS,
            {"f:metadata": {"f:labels": {"f:app": {}}}},
            ("/metadata/labels/app.example~1tier",),
        ),
        (LABELS, {"f:data": {}}, ("/metadata/labels/app.example~1tier", "/metadata/labels/app")),
        ({"spec": {"selector": {"app": "web"}}}, {"f:spec": {"f:selector": {}}}, ()),
        ({"spec": {"replicas": 0}}, {"f:spec": {"f:paused": {}}}, ("/spec/replicas",)),
        ({"spec": {"replicas": None, "args": [], "env": {}}}, {"f:spec": {"f:x": {}}}, ()),
        ({"spec": {"emptyDir": {}}}, {"f:spec": {"f:emptyDir": {}}}, ()),
        ({"spec": {"emptyDir": {}}}, {"f:spec": {".": {}}}, ()),
        ({"metadata": {"uid": "1", "resourceVersion": "2", "name": "n"}}, {"f:x": {}}, ()),
        ({"spec": "text"}, {"f:spec": {"f:x": {}}}, ("/spec",)),
        ({"spec": "text"}, {"f:spec": {".": {}, "f:x": {}}}, ()),
    ],
)
def test_wanted_leaves_that_are_not_ours_are_lost(desired, ours, expected):
    assert lost(desired, written(ours)) == expected


def test_items_are_found_by_the_keys_that_they_write():
    ports = [{"containerPort": 53}, {"containerPort": 53, "protocol": "UDP"}]
    container = {"name": "dns", "image": "dns:1", "ports": ports}

    found = lost({"containers": [container]}, in_list({'k:{"name":"dns"}': CONTAINER}))

    assert found == ()


def test_a_field_of_an_item_is_lost_by_its_place_in_the_wanted_list():
    containers = [{"name": "log", "image": "log:1"}, {"name": "dns", "image": "dns:1"}]
    ours = {
        'k:{"name":"dns"}': {".": {}, "f:name": {}},
        'k:{"name":"log"}': {".": {}, "f:name": {}, "f:image": {}},
    }

    assert lost({"containers": containers}, in_list(ours)) == ("/containers/1/image",)


def test_an_item_that_is_not_ours_is_lost_with_all_it_says():
    containers = [{"name": "log", "image": "log:1"}]

    found = lost({"containers": containers}, in_list({'k:{"name":"dns"}': CONTAINER}))

    assert found == ("/containers/0/name", "/containers/0/image")


def test_keys_are_compared_as_json_does():
    ours = in_list({'k:{"port":80}': {".": {}, "f:port": {}}})

    assert lost({"containers": [{"port": 80.0}]}, ours) == ()
    assert lost({"containers": [{"port": "80"}]}, ours) == ("/containers/0/port",)
    assert lost({"containers": [{"port": True}]}, ours) == ("/containers/0/port",)


def test_values_of_a_set_are_found_by_value():
    ours = in_list({'v:"a"': {}, "v:1": {}})

    assert lost({"containers": ["b", "a", 1]}, ours) == ("/containers/0",)


def test_items_by_index_are_found_by_index():
    assert lost({"containers": ["b", "a"]}, in_list({"i:0": {}})) == ("/containers/1",)


@pytest.mark.parametrize(
    ("desired", "ours", "expected"),
    [
        (LABELS, OUR_LABELS, ()),
        (
            {"metadata": {"labels": {"app": "web"}}},
            OUR_LABELS,
            ("/metadata/labels/app.example~1tier",),
        ),
        ({}, OUR_LABELS, ("/metadata/labels/app", "/metadata/labels/app.example~1tier")),
        ({"spec": None}, {"f:spec": {"f:replicas": {}}}, ("/spec/replicas",)),
        ({"spec": {"replicas": None}}, {"f:spec": {"f:replicas": {}}}, ()),
        (
            {"containers": ["a"]},
            {"f:containers": {'v:"a"': {}, 'v:"b"': {}}},
            ('/containers/[="b"]',),
        ),
        (
            {"containers": [{"name": "dns"}]},
            {
                "f:containers": {
                    'k:{"name":"dns"}': {".": {}, "f:name": {}, "f:image": {}},
                    'k:{"name":"log"}': {".": {}, "f:name": {}, "f:image": {}},
                }
            },
            ("/containers/0/image", '/containers/[name="log"]'),
        ),
    ],
)
def test_what_is_ours_and_not_wanted_is_extra(desired, ours, expected):
    assert extra(desired, written(ours)) == expected


def written(tree):
    return json.dumps(tree).encode()


def in_list(items):
    return written({"f:containers": items})
