"""Scripts of the repository count in decisions, and one that fails holds only its own kind."""

from fakes.commits import World, cluster, deployment, key, policy
from gitopsd.core.decide import Cache, Options, decide
from gitopsd.kube.yaml import dump
from gitopsd.model.cluster import ApiEnablement, ApiResource
from gitopsd.model.decision import Need, Requirements
from gitopsd.model.problem import Problem

WEB_KEY, WIDGET_KEY = key("Deployment", "web"), key("Widget", "one")._replace(group="example.io")
WIDGET = dump(
    {
        "apiVersion": "example.io/v1",
        "kind": "Widget",
        "metadata": {"name": "one", "namespace": "shop"},
        "spec": {"size": 4},
    }
)


def customization(script, *rules):
    return dump(
        {
            "apiVersion": "config.karmada.io/v1alpha1",
            "kind": "ResourceInterpreterCustomization",
            "metadata": {"name": "widgets"},
            "spec": {
                "target": {"apiVersion": "example.io/v1", "kind": "Widget"},
                "customizations": {rule: {"luaScript": script} for rule in rules},
            },
        }
    )


def interpret(script, function, arguments):
    """What the scripts `sized` and `double` of these tests say."""
    if script == "broken":
        return Problem("", 0, "", "script:1: it is broken")
    body = arguments[0]
    size = body["spec"]["size"] * (2 if script == "double" else 1)
    if function == "GetReplicas":
        return size, {"resourceRequest": {"cpu": "1"}}
    return ({**body, "spec": {"size": arguments[1], "by": script}},)


class Scripted(World):
    """Turns in which scripts are run, on a member that has the API."""

    def say_anew(self, name):
        super().say_anew(name)
        apis = self.reports[name].facts.api_enablements
        widgets = ApiEnablement("example.io/v1", (ApiResource("widgets", "Widget"),))
        self.observe(name, api_enablements=(*apis, widgets))

    def turn(self):
        self.decision, self.cache = decide(
            self.snapshot, self.known, self.cache, Options(interpret=interpret)
        )
        return self.decision

    def fresh(self):
        return decide(self.snapshot, self.known, Cache(), Options(interpret=interpret))[0]


def world(script, *rules):
    return Scripted(
        {
            "eu.yaml": cluster("eu"),
            "policy.yaml": policy("all", "apps/v1 Deployment", "example.io/v1 Widget"),
            "web.yaml": deployment("web"),
            "widget.yaml": WIDGET,
            "lua.yaml": customization(script, *rules),
        },
        members=("eu",),
    )


def test_a_script_says_what_a_kind_needs_and_writes_its_share():
    decision = world("sized", "replicaResource", "replicaRevision").turn()

    binding = decision.bindings[WIDGET_KEY]
    assert binding.need == Need(4, Requirements(resource_request={"cpu": "1"}), is_scalable=True)
    assert binding.manifests["eu"].body["spec"] == {"size": 4, "by": "sized"}


def test_another_script_is_asked_at_once_and_concerns_its_kind_alone():
    fleet = world("sized", "replicaResource", "replicaRevision")
    before = fleet.turn()

    fleet.files["lua.yaml"] = customization("double", "replicaResource", "replicaRevision")
    after = fleet.turn()

    assert after.bindings[WIDGET_KEY].need.replicas == 8
    assert after.bindings[WIDGET_KEY].manifests["eu"].body["spec"] == {"size": 8, "by": "double"}
    assert after.bindings[WEB_KEY] is before.bindings[WEB_KEY]
    assert after.bindings[WIDGET_KEY].manifests["eu"].body == (
        fleet.fresh().bindings[WIDGET_KEY].manifests["eu"].body
    )


def test_without_its_customization_a_kind_is_no_workload():
    fleet = world("sized", "replicaResource", "replicaRevision")
    fleet.turn()

    del fleet.files["lua.yaml"]
    after = fleet.turn()

    assert after.bindings[WIDGET_KEY].need == Need()
    assert after.bindings[WIDGET_KEY].manifests["eu"].body["spec"] == {"size": 4}


def test_a_script_that_fails_holds_its_kind_and_names_its_own_file():
    fleet = world("broken", "replicaResource")

    decision = fleet.turn()

    assert WIDGET_KEY not in decision.bindings
    assert "eu" in decision.bindings[WEB_KEY].manifests
    (problem,) = (each for each in decision.problems if each.reason == "Script")
    assert (problem.path, problem.line, problem.key) == ("lua.yaml", 1, WIDGET_KEY.id)
    assert problem.pointer == "/spec/customizations/replicaResource/luaScript"


def test_a_revision_that_fails_leaves_what_the_member_has():
    fleet = world("sized", "replicaResource", "replicaRevision")
    fleet.turn()

    fleet.files["lua.yaml"] = customization("sized", "replicaResource").replace(
        "customizations:", "customizations:\n    replicaRevision:\n      luaScript: broken", 1
    )
    decision = fleet.turn()

    assert decision.bindings[WIDGET_KEY].manifests == {}
    (problem,) = decision.bindings[WIDGET_KEY].problems
    assert (problem.path, problem.cluster) == ("lua.yaml", "eu")


def test_nothing_runs_scripts_unless_asked_to():
    fleet = world("broken", "replicaResource")

    assert decide(fleet.snapshot, fleet.known, Cache())[0].bindings[WIDGET_KEY].need == Need()
