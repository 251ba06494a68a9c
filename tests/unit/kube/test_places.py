"""Places of a body, however they are written."""

import pytest

from gitopsd.kube import places

BODY = {
    "metadata": {"labels": {"app": "web", "app.kubernetes.io/name": "web"}},
    "spec": {
        "replicas": 2,
        "ports": [{"port": 80, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}, {"port": 53}],
        "containers": [{"name": "side", "image": "a"}, {"name": "web", "image": "b"}],
        "args": ["x", "y"],
    },
}


NAME = "/metadata/labels/app.kubernetes.io~1name"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/spec/replicas", ("/spec/replicas",)),
        ("/spec/containers/1/image", ("/spec/containers/1/image",)),
        ("/metadata/labels/app.kubernetes.io~1name", ("/metadata/labels/app.kubernetes.io~1name",)),
        ("/spec/gone", ()),
        ("/spec/containers/7", ()),
        (".spec.replicas", ("/spec/replicas",)),
        ("spec.replicas", ("/spec/replicas",)),
        ("$.spec.replicas", ("/spec/replicas",)),
        ("{.spec.replicas}", ("/spec/replicas",)),
        ("$.spec.containers[1].image", ("/spec/containers/1/image",)),
        (
            ".spec.containers[*].image",
            ("/spec/containers/0/image", "/spec/containers/1/image"),
        ),
        ('$.spec.containers[?(@.name=="web")].image', ("/spec/containers/1/image",)),
        ("$.spec.containers[?(@.name == 'web')].image", ("/spec/containers/1/image",)),
        ('$.spec.ports[?(@.port==53 && @.protocol=="UDP")]', ("/spec/ports/1",)),
        ('.spec.containers[name="web"].image', ("/spec/containers/1/image",)),
        ('.spec.ports[port=53,protocol="UDP"].port', ("/spec/ports/1/port",)),
        (r".metadata.labels.app\.kubernetes\.io/name", (NAME,)),
        (".metadata.labels['app.kubernetes.io/name']", (NAME,)),
        ('.metadata["labels"].*', (
            "/metadata/labels/app",
            "/metadata/labels/app.kubernetes.io~1name",
        )),
        (".spec.replicas.deeper", ()),
    ],
)  # fmt: skip
def test_a_path_finds_what_is_there(path, expected) -> None:
    assert places.find(BODY, places.read(path)) == expected


@pytest.mark.parametrize("path", ["", "..name", ".spec[", ".a[?(@.x>1)]", ".a[-1]", "$"])
def test_a_path_that_cannot_be_read_is_told_with_what_would_be_right(path) -> None:
    with pytest.raises(ValueError, match="right would be /a/b or"):
        places.read(path)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (".spec.replicas", "/spec/replicas"),
        ('.spec.containers[name="web"].image', "/spec/containers/1/image"),
        ('.spec.ports[port=53,protocol="TCP"].port', "/spec/ports/2/port"),
        ('.spec.ports[port=53,protocol="UDP"]', "/spec/ports/1"),
        (".metadata.labels.app.kubernetes.io/name", "/metadata/labels/app.kubernetes.io~1name"),
        (".metadata.labels.app", "/metadata/labels/app"),
        (".spec.args[1]", "/spec/args/1"),
        (".spec.gone", None),
        ('.spec.containers[name="gone"].image', None),
        (".spec.args[9]", None),
        ("", None),
    ],
)
def test_a_servers_word_for_a_field_finds_it(field, expected) -> None:
    assert places.named(BODY, field) == expected


def test_a_place_covers_what_is_below_it() -> None:
    said = [
        places.covers(["/spec/replicas"], each)
        for each in ("/spec/replicas", "/spec/replicas/x", "/spec/replicasets", "/spec")
    ]

    assert said == [True, True, False, False]


def test_what_becomes_empty_goes_too() -> None:
    body = {"spec": {"limits": {"cpu": "1"}, "empty": {}, "items": [1, 2, 3]}}

    found = places.without(body, ["/spec/limits/cpu", "/spec/items/0", "/spec/items/2"])

    assert found == {"spec": {"empty": {}, "items": [2]}}
    assert body["spec"]["items"] == [1, 2, 3]


def test_what_is_not_there_changes_nothing() -> None:
    assert places.without(BODY, ["/spec/gone", "/spec/containers/7", "/spec/args/x"]) == BODY


def test_a_value_is_laid_where_it_stood() -> None:
    found = places.laid(BODY, "/spec/containers/1/image", "c")

    assert found["spec"]["containers"] == [
        {"name": "side", "image": "a"},
        {"name": "web", "image": "c"},
    ]
    assert BODY["spec"]["containers"][1]["image"] == "b"
