"""Customizations of a repository: which script is asked, and how its answer is read."""

import pytest

from gitopsd.core.kinds import NATIVE, Dependency, Item, Misread, ScriptFailed
from gitopsd.core.kinds.custom import interpreter
from gitopsd.model.decision import Component, Need, Requirements
from gitopsd.model.problem import Problem
from gitopsd.model.resource import Origin, Resource, ResourceKey

WIDGET = ResourceKey("example.io", "Widget", "shop", "web")
DEPLOYMENT = ResourceKey("apps", "Deployment", "shop", "web")
BODY = {"apiVersion": "example.io/v1", "kind": "Widget", "spec": {"replicas": 3}}


def customization(name, rules, kind="Widget", api_version="example.io/v1"):
    body = {
        "spec": {
            "target": {"apiVersion": api_version, "kind": kind},
            "customizations": {rule: {"luaScript": text} for rule, text in rules.items()},
        }
    }
    key = ResourceKey("config.karmada.io", "ResourceInterpreterCustomization", "", name)
    return Resource(key, "v1alpha1", body, Origin(f"lua/{name}.yaml", 0, 7))


def answering(answers, asked=None):
    """Answers by the text of the script; what was asked is added to the list."""

    def interpret(script, function, arguments):
        if asked is not None:
            asked.append((script, function, arguments))
        return answers[script]

    return interpret


def one(rule, answer):
    return interpreter([customization("a", {rule: "script"})], answering({"script": answer}))


def test_no_customizations_are_our_own_rules():
    assert interpreter([], answering({})) is NATIVE


def test_the_script_gives_replicas_and_requirements():
    own = one("replicaResource", (3, {"resourceRequest": {"cpu": "100m"}, "nodeClaim": []}))

    need = own.need(BODY, WIDGET, "v1")

    assert need == Need(3, Requirements(resource_request={"cpu": "100m"}), is_scalable=True)


def test_a_script_comes_before_the_rule_of_a_native_kind():
    own = interpreter(
        [customization("a", {"healthInterpretation": "script"}, "Deployment", "apps/v1")],
        answering({"script": (True,)}),
    )
    body = {"metadata": {"generation": 2}, "spec": {"replicas": 2}}

    assert own.is_healthy(body, DEPLOYMENT, "v1")
    assert not NATIVE.is_healthy(body, DEPLOYMENT, "v1")
    assert own.need(body, DEPLOYMENT, "v1") == NATIVE.need(body, DEPLOYMENT, "v1")


def test_another_version_is_another_kind():
    own = one("healthInterpretation", (False,))

    assert own.is_healthy(BODY, WIDGET, "v2")


def test_the_first_by_name_is_asked():
    asked = []
    own = interpreter(
        [
            customization("b", {"healthInterpretation": "second"}),
            customization("a", {"healthInterpretation": "first"}),
        ],
        answering({"first": (True,)}, asked),
    )

    assert own.is_healthy(BODY, WIDGET, "v1")
    assert asked == [("first", "InterpretHealth", (BODY,))]


def test_dependencies_of_several_are_united_and_sorted():
    secret = {"apiVersion": "v1", "kind": "Secret", "namespace": "shop", "name": "token"}
    config = {"apiVersion": "v1", "kind": "ConfigMap", "namespace": "shop", "name": "app"}
    own = interpreter(
        [
            customization("a", {"dependencyInterpretation": "one"}),
            customization("b", {"dependencyInterpretation": "two"}),
        ],
        answering({"one": ([secret, config],), "two": ([secret],)}),
    )

    assert own.dependencies(BODY, WIDGET, "v1") == (
        Dependency("v1", "ConfigMap", "shop", "app"),
        Dependency("v1", "Secret", "shop", "token"),
    )


def test_components_are_read():
    own = one("componentResource", ([{"name": "main", "replicas": 2}],))

    assert own.components(BODY, WIDGET, "v1") == (Component("main", 2),)


def test_nil_is_no_components():
    assert one("componentResource", (None,)).components(BODY, WIDGET, "v1") == ()


def test_a_revised_object_has_its_empty_fields_again():
    body = {**BODY, "spec": {"replicas": 1, "emptyDir": {}, "args": []}}
    answer = {**BODY, "spec": {"replicas": 5, "emptyDir": [], "args": [], "added": []}}

    revised = one("replicaRevision", (answer,)).revise(body, WIDGET, "v1", 5)

    assert revised == {**BODY, "spec": {"replicas": 5, "emptyDir": {}, "args": []}}


def test_a_script_is_asked_for_a_count_that_is_not_written():
    answer = {"kind": "Deployment", "spec": {"size": 1}}
    own = interpreter(
        [customization("a", {"replicaRevision": "script"}, "Deployment", "apps/v1")],
        answering({"script": (answer,)}),
    )

    assert own.revise({"kind": "Deployment", "spec": {}}, DEPLOYMENT, "v1", 1) == answer


def test_a_retained_object_keeps_what_was_empty_in_either():
    desired, observed = {**BODY, "spec": {"a": {}}}, {**BODY, "spec": {"b": {}}}
    answer = {**BODY, "spec": {"a": [], "b": [], "c": []}}

    retained = one("retention", (answer,)).retain(desired, observed, WIDGET, "v1")

    assert retained == {**BODY, "spec": {"a": {}, "b": {}}}


def test_only_the_status_of_an_aggregated_object_counts():
    asked = []
    own = interpreter(
        [customization("a", {"statusAggregation": "script"})],
        answering({"script": ({"kind": "Other", "status": {"ready": 1}},)}, asked),
    )
    template = Resource(WIDGET, "v1", BODY, Origin("web.yaml"))

    found = own.aggregate(template, (Item("m1", {"ready": 1}, applied=True),), "")

    assert found == {**BODY, "status": {"ready": 1}}
    assert asked[0][2][1] == [{"clusterName": "m1", "status": {"ready": 1}, "applied": True}]


def test_no_items_are_nil():
    asked = []
    own = interpreter(
        [customization("a", {"statusAggregation": "script"})],
        answering({"script": (BODY,)}, asked),
    )

    own.aggregate(Resource(WIDGET, "v1", BODY, Origin("web.yaml")), None, "")

    assert asked[0][2] == (BODY, None)


def test_an_empty_status_is_one():
    assert one("statusReflection", ([],)).reflect(BODY, WIDGET, "v1") == {}


@pytest.mark.parametrize(
    ("rule", "answer", "words"),
    [
        ("replicaResource", ("3", None), "str for a number"),
        ("replicaResource", (True, None), "bool for a number"),
        ("replicaResource", (1, "cpu"), "str for requirements"),
        ("replicaResource", (1, {"resourceRequest": {"cpu": "much"}}), "no quantity"),
        ("replicaResource", (2**40, None), "replicas"),
        ("replicaResource", Problem("", 0, "", "it loops"), "it loops"),
    ],
)
def test_replicas_that_are_none_fail_with_the_place_of_the_script(rule, answer, words):
    with pytest.raises(ScriptFailed) as raised:
        one(rule, answer).need(BODY, WIDGET, "v1")

    problem = raised.value.problem
    assert words in problem.message
    assert str(problem).startswith(
        "lua/a.yaml:7 /spec/customizations/replicaResource/luaScript: GetReplicas: "
    )


@pytest.mark.parametrize(
    ("rule", "answer", "ask"),
    [
        ("healthInterpretation", (1,), lambda own: own.is_healthy(BODY, WIDGET, "v1")),
        ("healthInterpretation", (None,), lambda own: own.is_healthy(BODY, WIDGET, "v1")),
        ("statusReflection", (None,), lambda own: own.reflect(BODY, WIDGET, "v1")),
        ("replicaRevision", ([],), lambda own: own.revise(BODY, WIDGET, "v1", 1)),
        ("replicaRevision", ({"spec": 1},), lambda own: own.revise(BODY, WIDGET, "v1", 1)),
        ("retention", (None,), lambda own: own.retain(BODY, BODY, WIDGET, "v1")),
        ("componentResource", ("main",), lambda own: own.components(BODY, WIDGET, "v1")),
        (
            "componentResource",
            ([{"name": "a", "replicas": 1.5}],),
            lambda own: own.components(BODY, WIDGET, "v1"),
        ),
        ("dependencyInterpretation", (None,), lambda own: own.dependencies(BODY, WIDGET, "v1")),
        (
            "dependencyInterpretation",
            ([{"apiVersion": "v1", "name": "x"}],),
            lambda own: own.dependencies(BODY, WIDGET, "v1"),
        ),
    ],
)
def test_what_an_operation_does_not_ask_for_fails(rule, answer, ask):
    with pytest.raises(ScriptFailed):
        ask(one(rule, answer))


def test_what_a_script_for_secrets_says_is_not_told():
    own = interpreter(
        [customization("a", {"healthInterpretation": "script"}, "Secret", "v1")],
        answering({"script": Problem("", 0, "", "script:1: hunter2")}),
    )

    with pytest.raises(ScriptFailed) as raised:
        own.is_healthy({"kind": "Secret"}, ResourceKey("", "Secret", "shop", "web"), "v1")

    assert "hunter2" not in str(raised.value)


def test_an_object_of_any_other_shape_is_misread():
    cron_job = ResourceKey("batch", "CronJob", "shop", "web")
    template = Resource(cron_job, "v1", {"status": ["hunter2"]}, Origin("web.yaml"))

    with pytest.raises(Misread) as raised:
        NATIVE.aggregate(template, (Item("m1", {"active": ["a"]}),), "")

    assert "hunter2" not in str(raised.value)
