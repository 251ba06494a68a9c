"""Interpreters on files: the answers, and clear words for what cannot be."""

import json

import pytest

from gitopsd.cli import main

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, generation: 1}
spec:
  replicas: 3
  template:
    spec:
      containers: [{name: web, image: nginx, resources: {requests: {cpu: 100m}}}]
      volumes: [{name: config, configMap: {name: app}}]
status: {replicas: 3, readyReplicas: 2}
"""
WIDGET = "apiVersion: example.io/v1\nkind: Widget\nmetadata: {name: a}\nspec: {size: 4}\n"
CUSTOMIZATION = """
apiVersion: config.karmada.io/v1alpha1
kind: ResourceInterpreterCustomization
metadata: {name: widgets}
spec:
  target: {apiVersion: example.io/v1, kind: Widget}
  customizations:
    replicaResource:
      luaScript: |
        function GetReplicas(obj)
          return obj.spec.size, nil
        end
    healthInterpretation:
      luaScript: |
        function InterpretHealth(obj)
          return obj.status.ready
        end
"""


@pytest.fixture
def ask(tmp_path, capsys):
    """Runs the command; `name=text` become files and their flags."""

    def ask(*words, **files):
        given = []
        for name, text in files.items():
            (tmp_path / f"{name}.yaml").write_text(text)
            given += [f"--{name}", str(tmp_path / f"{name}.yaml")]
        code = main(["interpret", *words, *given])
        said = capsys.readouterr()
        return code, said.out, said.err.replace(f"{tmp_path}/", "")

    return ask


def test_replicas_and_requirements_of_a_native_kind(ask):
    code, out, _ = ask("GetReplicas", "-o", "json", desired=DEPLOYMENT)

    assert code == 0
    assert json.loads(out) == {
        "replicas": 3,
        "requirements": {"resourceRequest": {"cpu": "100m"}},
    }


def test_karmadas_names_and_any_case_are_understood(ask):
    assert (
        ask("interpretreplica", desired=DEPLOYMENT)[:2]
        == ask("GetReplicas", desired=DEPLOYMENT)[:2]
    )


def test_a_script_of_a_file_is_asked(ask):
    code, out, _ = ask("GetReplicas", desired=WIDGET, customization=CUSTOMIZATION)

    assert code == 0
    assert out == "replicas: 4\nrequirements: null\n"


def test_a_script_that_fails_is_a_problem_with_its_place(ask):
    code, out, err = ask("InterpretHealth", observed=WIDGET, customization=CUSTOMIZATION)

    assert code == 1
    assert out == ""
    assert err.startswith(
        "customization.yaml:2 /spec/customizations/healthInterpretation/luaScript: "
        "InterpretHealth: script:2: attempt to index field 'status'"
    )


def test_replicas_are_revised(ask):
    code, out, _ = ask("ReviseReplica", "--replicas", "7", "-o", "json", desired=DEPLOYMENT)

    assert code == 0
    assert json.loads(out)["spec"]["replicas"] == 7


def test_health_dependencies_status_and_components(ask):
    assert ask("InterpretHealth", observed=DEPLOYMENT)[1] == "healthy: false\n"
    assert "name: app" in ask("GetDependencies", desired=DEPLOYMENT)[1]
    assert ask("ReflectStatus", observed=WIDGET)[1] == "status: null\n"
    assert ask("GetComponents", desired=WIDGET)[1] == "components: []\n"


def test_a_desired_object_keeps_what_the_member_owns(ask):
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {clusterIP: %s}\n"

    code, out, _ = ask("Retain", desired=service % '""', observed=service % "10.0.0.1")

    assert code == 0
    assert 'clusterIP: "10.0.0.1"' in out


@pytest.mark.parametrize(
    "status",
    [
        "- {clusterName: b, applied: true, status: {replicas: 2}}\n"
        "- {clusterName: a, status: {replicas: 1}}\n",
        "clusterName: b\nstatus: {replicas: 2}\n---\nclusterName: a\nstatus: {replicas: 1}\n",
        "status: {aggregatedStatus: [{clusterName: a, status: {replicas: 3}}]}\n",
    ],
)
def test_statuses_are_summed(ask, status):
    code, out, _ = ask("AggregateStatus", "-o", "json", desired=DEPLOYMENT, status=status)

    assert code == 0
    assert json.loads(out)["status"]["replicas"] == 3


def test_scripts_alone_are_checked(ask):
    assert ask(customization=CUSTOMIZATION) == (0, "1 customization: every script loads\n", "")

    broken = CUSTOMIZATION.replace("function GetReplicas(obj)", "function GetReplica(obj")
    code, out, _ = ask(customization=broken)

    assert code == 1
    assert "replicaResource/luaScript: GetReplicas: script:2: " in out


def test_a_script_that_is_never_asked_is_told(ask):
    twice = f"{CUSTOMIZATION}---{CUSTOMIZATION.replace('widgets', 'again')}"

    code, out, _ = ask(customization=twice)

    assert code == 1
    assert out.count("never asked: ") == 2


def test_a_customization_against_its_schema_is_a_problem(ask):
    code, out, _ = ask(customization=CUSTOMIZATION.replace("target:", "targets:"))

    assert code == 1
    assert "/spec" in out


@pytest.mark.parametrize(
    ("words", "files", "expected"),
    [
        ((), {}, "OPERATION: not given"),
        (("Scale",), {"desired": WIDGET}, "Scale: no operation; right would be GetReplicas"),
        (("GetReplicas",), {}, "--desired: give the object"),
        (("GetReplicas",), {"desired": WIDGET, "observed": WIDGET}, "--desired: give the object"),
        (("Retain",), {"desired": WIDGET}, "--observed: not given; Retain needs it"),
        (("AggregateStatus",), {"desired": WIDGET}, "--status: not given"),
        (("ReviseReplica",), {"desired": WIDGET}, "--replicas: not given"),
        (("ReviseReplica", "--replicas", "-x"), {"desired": WIDGET}, "--replicas"),
        (("ReviseReplica", "--replicas", "many"), {"desired": WIDGET}, "no number of replicas"),
        (("GetReplicas",), {"desired": ""}, "desired.yaml: holds 0 documents"),
        (("GetReplicas",), {"desired": "a: [1"}, "desired.yaml:"),
        (("GetReplicas",), {"desired": "- 1"}, "desired.yaml: has no apiVersion or no kind"),
        (("GetReplicas",), {"desired": "kind: 3\napiVersion: v1"}, "no apiVersion or no kind"),
        (
            ("GetReplicas",),
            {"desired": WIDGET, "customization": WIDGET},
            "holds no ResourceInterpreterCustomization",
        ),
        (("AggregateStatus",), {"desired": WIDGET, "status": "- 3"}, "item without clusterName"),
        (
            ("AggregateStatus",),
            {"desired": WIDGET, "status": "- {clusterName: a, status: 3}"},
            "the status of a is no mapping",
        ),
    ],
)
def test_wrong_usage_is_said_in_words(ask, words, files, expected):
    code, out, err = ask(*words, **files)

    assert code == 2
    assert out == ""
    assert expected in err


def test_an_object_of_another_shape_is_a_problem(ask):
    code, _, err = ask(
        "GetReplicas", desired=DEPLOYMENT.replace("replicas: 3\n  t", "replicas: x\n  t")
    )

    assert code == 1
    assert "spec.replicas is 'x'" in err


def test_a_file_that_is_not_there_is_wrong_usage(ask):
    assert ask("GetReplicas", "--desired", "nowhere.yaml")[0] == 2
    assert ask("GetReplicas", "-f", "nowhere.yaml", desired=WIDGET)[0] == 2
