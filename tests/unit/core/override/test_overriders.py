"""Each overrider by examples: `image`, `command`, `args`, `labels`, `annotations`, `field`,
`plaintext`."""

import json

import msgspec
import pytest

from gitopsd.core.override.jsonpatch import Refusal
from gitopsd.core.override.overriders import (
    OVERRIDERS,
    annotations,
    args,
    command,
    field,
    image,
    labels,
    plaintext,
)
from gitopsd.model.policy import Overriders

DIGEST = "sha256:" + "0123456789abcdef" * 4


def rule(**overriders):
    return msgspec.convert(overriders, Overriders)


def deployment(*containers, init=()):
    spec = {"containers": list(containers), "initContainers": list(init)}
    return {"kind": "Deployment", "spec": {"template": {"spec": spec}}}


def images(body):
    spec = body["spec"]["template"]["spec"]
    return [each["image"] for each in (*spec["containers"], *spec["initContainers"])]


def overridden(old, component, operator, value=""):
    overrider = {"component": component, "operator": operator, "value": value}
    body = image(deployment({"image": old}), rule(imageOverrider=[overrider]))
    return images(body)[0]


def test_images_come_first_and_plain_text_last():
    assert list(OVERRIDERS) == [image, command, args, labels, annotations, field, plaintext]


@pytest.mark.parametrize(
    ("old", "component", "operator", "value", "new"),
    [
        ("perl:5.34.0", "Registry", "add", "reg.io", "reg.io/perl:5.34.0"),
        ("reg.example/app:v1", "Registry", "add", ".eu", "reg.example.eu/app:v1"),
        ("reg.example:5000/a/b:v1", "Registry", "replace", "m.local", "m.local/a/b:v1"),
        ("team/app:v1", "Registry", "replace", "m.local", "m.local/team/app:v1"),
        ("reg.example/team/app:v1", "Registry", "remove", "", "team/app:v1"),
        ("localhost/app", "Registry", "remove", "", "app"),
        ("reg.example/a/b:v1", "Repository", "add", "-debug", "reg.example/a/b-debug:v1"),
        ("reg.example/app:v1", "Repository", "replace", "x/y", "reg.example/x/y:v1"),
        ("reg.example/app:v1", "Repository", "remove", "", "reg.example/:v1"),
        ("app:v1", "Tag", "add", "-arm64", "app:v1-arm64"),
        ("app", "Tag", "add", "v2", "app:v2"),
        ("app:v1.0.0", "Tag", "replace", DIGEST, f"app@{DIGEST}"),
        ("app:v1.0.0", "Tag", "add", DIGEST, "app:v1.0.0"),
        ("app:v1", "Tag", "replace", "no tag!", "app:v1"),
        ("app:v1", "Tag", "remove", "", "app"),
        (f"app@{DIGEST}", "Tag", "replace", "v2", "app:v2"),
        (f"app:v1@{DIGEST}", "Registry", "add", "reg.io", "reg.io/app:v1"),
    ],
)
def test_parts_of_an_image(old, component, operator, value, new):
    assert overridden(old, component, operator, value) == new


@pytest.mark.parametrize(
    "bad",
    ["", "App:v1", "a//b", "app:", "-app", ".mirror/app", "app@sha256:12", "app@md5:" + "a" * 32],
)
def test_what_is_no_image_is_refused(bad):
    with pytest.raises(Refusal, match="is no image") as refused:
        overridden(bad, "Tag", "replace", "v2")

    assert refused.value.pointer == "/imageOverrider/0"
    assert refused.value.message == (
        "what stands there is no image; right would be such as registry.example/app:1.2"
    )


def test_init_containers_and_other_kinds_keep_their_images():
    overrider = rule(imageOverrider=[{"component": "Tag", "operator": "replace", "value": "2"}])
    body = deployment({"image": "a:1"}, {"image": "b:1"}, init=[{"image": "c:1"}])
    cron = {"kind": "CronJob", "spec": {}}

    assert images(image(body, overrider)) == ["a:2", "b:2", "c:1"]
    assert image(cron, overrider) is cron


def test_a_predicate_names_the_one_image():
    body = {"kind": "Rollout", "spec": {"steps": [{"image": "app:v1"}], "image": "x:1"}}
    overrider = {
        "component": "Tag",
        "operator": "replace",
        "value": "v2",
        "predicate": {"path": "/spec/steps/0/image"},
    }

    assert image(body, rule(imageOverrider=[overrider]))["spec"] == {
        "steps": [{"image": "app:v2"}],
        "image": "x:1",
    }


@pytest.mark.parametrize(
    "path",
    ["", "/spec", "/x/y", "/spec/image/deeper", "/spec/steps/x/image", "/spec/steps/9/image"],
)
def test_a_predicate_that_leads_nowhere_is_refused(path):
    body = {"kind": "Rollout", "spec": {"steps": [{"image": "app:v1"}], "image": "x:1"}}
    overrider = {"component": "Tag", "operator": "remove", "predicate": {"path": path}}

    with pytest.raises(Refusal):
        image(body, rule(imageOverrider=[overrider]))


def container(**fields):
    return deployment({"name": "app", **fields})


def words(body, name):
    return body["spec"]["template"]["spec"]["containers"][0].get(name)


def commanded(body, operator, *value, name="app"):
    overrider = {"containerName": name, "operator": operator, "value": list(value)}
    return command(body, rule(commandOverrider=[overrider]))


def test_words_are_added_at_the_end_and_removed_wherever_they_are():
    body = container(command=["app", "--a", "--a", "--b"])

    assert words(commanded(body, "add", "--c"), "command") == ["app", "--a", "--a", "--b", "--c"]
    assert words(commanded(body, "remove", "--a"), "command") == ["app", "--b"]
    assert commanded(body, "remove", "--a", name="other") is body


def test_an_absent_command_is_made():
    assert words(commanded(container(), "add", "--x"), "command") == ["--x"]
    assert words(commanded(container(), "remove", "--x"), "command") == []


def test_args_are_words_too():
    overrider = {"containerName": "app", "operator": "add", "value": ["--x"]}
    body = args(container(args=["--y"]), rule(argsOverrider=[overrider]))

    assert words(body, "args") == ["--y", "--x"]


def test_a_command_that_is_no_list_is_refused():
    with pytest.raises(Refusal, match="is no list"):
        commanded(container(command="app"), "add", "--x")
    with pytest.raises(Refusal, match="no list of containers"):
        commanded({"kind": "Pod", "spec": {"containers": "x"}}, "add", "--x")


def test_labels_are_added_replaced_where_they_are_and_removed_whatever_they_say():
    body = {"metadata": {"labels": {"a": "1", "b": "2", "c": "3"}}}
    overriders = [
        {"operator": "add", "value": {"a": "9", "d": "4"}},
        {"operator": "replace", "value": {"b": "8", "z": "0"}},
        {"operator": "remove", "value": {"c": "anything", "y": "0"}},
    ]

    assert labels(body, rule(labelsOverrider=overriders))["metadata"]["labels"] == {
        "a": "9",
        "b": "8",
        "d": "4",
    }
    assert body["metadata"]["labels"] == {"a": "1", "b": "2", "c": "3"}


def test_annotations_are_made_for_add_alone():
    added = rule(annotationsOverrider=[{"operator": "add", "value": {"a": "1"}}])
    replaced = rule(annotationsOverrider=[{"operator": "replace", "value": {"a": "1"}}])
    body = {"metadata": {"name": "web"}}

    assert annotations(body, added)["metadata"] == {"name": "web", "annotations": {"a": "1"}}
    assert annotations(body, replaced) is body


def test_labels_that_are_no_strings_give_way():
    body = {"metadata": {"labels": {"a": 3}}}
    added = rule(labelsOverrider=[{"operator": "add", "value": {"b": "1"}}])

    assert labels(body, added)["metadata"]["labels"] == {"b": "1"}


def test_plain_text_edits_any_field():
    body = {"kind": "Thing", "spec": {"replicas": 2}}
    overriders = [
        {"path": "/spec/replicas", "operator": "replace", "value": 3},
        {"path": "/spec/new", "operator": "add", "value": {"a": 1}},
        {"path": "/spec/new/a", "operator": "remove"},
    ]

    assert plaintext(body, rule(plaintext=overriders))["spec"] == {"replicas": 3, "new": {}}


def test_plain_text_says_which_operation_does_not_fit():
    overriders = [
        {"path": "/spec", "operator": "add", "value": {}},
        {"path": "/metadata/annotations/x", "operator": "replace", "value": "1"},
    ]

    with pytest.raises(Refusal, match="there is no 'annotations'") as refused:
        plaintext({"kind": "Thing", "metadata": {}}, rule(plaintext=overriders))

    assert refused.value.pointer == "/plaintext/1"


def test_an_object_keeps_a_kind():
    with pytest.raises(Refusal, match="lost its kind"):
        plaintext({"kind": "Thing"}, rule(plaintext=[{"path": "/kind", "operator": "remove"}]))


def config(text):
    return {"kind": "ConfigMap", "data": {"app.yaml": text}}


def edited(text, sort, *changes):
    overrider = {"fieldPath": "/data/app.yaml", sort: list(changes)}
    return field(config(text), rule(fieldOverrider=[overrider]))["data"]["app.yaml"]


def test_yaml_in_a_field_loses_comments_and_gets_sorted():
    text = "# c\nserver:\n  port: 8080\n  host: a\nlog: info\n"
    change = {"subPath": "/server/port", "operator": "replace", "value": 9090}

    assert edited(text, "yaml", change) == "log: info\nserver:\n  host: a\n  port: 9090\n"


def test_a_number_given_as_text_stays_text():
    change = {"subPath": "/port", "operator": "replace", "value": "3306"}

    assert edited("port: 1\n", "yaml", change) == 'port: "3306"\n'


def test_json_in_a_field_gets_no_white_space():
    text = '{ "b": 1, "a": {"x": [1, 2]} }'
    changes = [
        {"subPath": "/a/x/-", "operator": "add", "value": 3},
        {"subPath": "/b", "operator": "remove"},
    ]

    assert edited(text, "json", *changes) == '{"a":{"x":[1,2,3]}}'
    assert json.loads(edited(text, "json", changes[1])) == {"a": {"x": [1, 2]}}


@pytest.mark.parametrize(
    ("text", "sort"), [("a: [", "yaml"), ("hello", "yaml"), ("hello", "json"), ("3", "json")]
)
def test_text_that_holds_no_mapping_is_refused(text, sort):
    with pytest.raises(Refusal, match="the field's text") as refused:
        edited(text, sort, {"subPath": "/a", "operator": "add", "value": 1})

    assert refused.value.pointer == "/fieldOverrider/0/fieldPath"


@pytest.mark.parametrize("path", ["", "/data", "/data/none", "data/app.yaml"])
def test_a_path_to_no_text_is_refused(path):
    overrider = {"fieldPath": path, "json": [{"subPath": "/a", "operator": "remove"}]}

    with pytest.raises(Refusal, match="is no text field"):
        field(config("{}"), rule(fieldOverrider=[overrider]))
