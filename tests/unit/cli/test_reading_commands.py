"""status, get and explain: what they make of the status branch."""

import argparse
import dataclasses
from datetime import timedelta

import pytest

from fakes import fleet
from gitopsd.cli import explain, get, status
from gitopsd.core.summary import Cache, summarise
from gitopsd.core.summary.problems import file as trouble_file
from gitopsd.core.summary.problems import grouped
from gitopsd.kube import yaml
from gitopsd.model.decision import AppliedOverride, Refused, Verdict
from gitopsd.model.delivery import ActionKind, Health, Outcome
from gitopsd.model.policy import OverridePolicy, OverrideSpec
from gitopsd.model.problem import Problem
from gitopsd.model.resource import Origin
from gitopsd.model.trust import Refusal, Seal

CLUSTERS = ("eu-1", "us-1")


def files(us: Outcome | None = None):
    """Both members are well, or the second says this."""
    web = fleet.binding(fleet.web(), CLUSTERS, 2)
    decided = fleet.decision(_reasoned(web), fleet.binding(fleet.secret(), CLUSTERS))
    asked = fleet.wanted(decided)
    fine = fleet.outcome(web.manifests["eu-1"], status={"readyReplicas": 2})
    other = fleet.outcome(decided.bindings[fleet.PASSWORD].manifests["eu-1"])
    reports = [
        fleet.report(asked["eu-1"], fine, other),
        fleet.report(asked["us-1"], us or fine, other),
    ]
    summary, _ = summarise(fleet.snapshot(decided), decided, asked, fleet.known(*reports), Cache())
    return summary.status


def _reasoned(binding):
    origin = Origin("shop/overrides.yaml", 0, 4)
    rule = AppliedOverride(OverridePolicy("shop", "registries", OverrideSpec(), origin), 0)
    verdicts = (
        Verdict("eu-1", True, "divide", "duplicated", 100, 2),
        Verdict("us-1", True, "divide", "duplicated", 0, 2),
        Verdict("ap-1", False, "filters/taint", "taint {gpu:NoSchedule} is not tolerated"),
    )
    manifests = {
        name: dataclasses.replace(each, applied=(rule,)) if name == "eu-1" else each
        for name, each in binding.manifests.items()
    }
    return dataclasses.replace(
        binding,
        refused=(Refused(fleet.policy("other"), "its selector is less exact"),),
        assignment=dataclasses.replace(binding.assignment, verdicts=verdicts),
        manifests=manifests,
    )


def asked(what: str, **more: str) -> str:
    args = argparse.Namespace(**{"name": "", "namespace": "", "output": "", **more})
    table = next(each for each in get.TABLES if what in each.names)
    return get.text(table, files(), args, fleet.NOW + timedelta(minutes=5))


def test_clusters_have_karmadas_columns():
    assert asked("clusters").splitlines() == [
        "NAME   VERSION   MODE   READY   AGE",
        "eu-1   v1.36.3   Push   True    5m",
        "us-1   v1.36.3   Push   True    5m",
    ]
    assert (
        asked("clusters", output="wide")
        .splitlines()[0]
        .endswith("AGE   ZONES    REGION   PROVIDER   API-ENDPOINT   PROXY-URL")
    )


def test_bindings_have_karmadas_columns():
    assert asked("bindings").splitlines() == [
        "NAMESPACE   NAME              SCHEDULED   FULLYAPPLIED   AGE",
        "shop        web-deployment    True        True           5m",
        "shop        password-secret   True        True           5m",
    ]


def test_workloads_say_how_many_run_where():
    assert asked("workloads", output="wide").splitlines() == [
        "NAMESPACE   NAME   KIND         READY   CLUSTERS   HEALTH    AGE   MEMBERS",
        "shop        web    Deployment   4/4     2/2        Current   5m    eu-1=2/2 us-1=2/2",
    ]


def test_a_name_and_a_namespace_narrow_the_list():
    assert len(asked("bindings", name="password").splitlines()) == 2
    assert asked("bindings", namespace="elsewhere") == "No bindings found."


def test_no_problems_is_said_so():
    assert asked("problems") == "No problems found."


@pytest.mark.parametrize("output", ["json", "yaml"])
def test_other_forms_print_a_list(output):
    assert '"List"' in asked("clusters", output="json")
    assert "kind: List" in asked("clusters", output="yaml")
    assert "v1.36.3" in asked("clusters", output=output)


def test_status_shows_the_whole_on_one_screen():
    assert status.text(files()).splitlines() == [
        "Synced at c0ffeec0ffee “First” by ann",
        "2 of 2 clusters reachable, 4 of 4 objects as wanted and healthy.",
        "",
        "CLUSTER   REACHABLE   VERSION   OBJECTS   REGION   PROVIDER",
        "eu-1      True        v1.36.3   2/2       <none>   <none>",
        "us-1      True        v1.36.3   2/2       <none>   <none>",
        "",
        "KIND         WORKLOAD   eu-1   us-1",
        "Deployment   shop/web   2/2    2/2",
    ]


def test_status_says_who_signed_and_what_is_refused():
    tree = dataclasses.replace(
        fleet.snapshot(fleet.decision()).tree,
        seal=Seal("Ada", "ABC123"),
        refused=Refusal("b" * 40, "Unsigned", "it is not signed"),
    )
    snapshot = dataclasses.replace(fleet.snapshot(fleet.decision()), tree=tree)
    summary, _ = summarise(snapshot, fleet.decision(), {}, fleet.known(), Cache())

    shown = status.text(summary.status)

    assert "\nSigned by Ada (ABC123).\n" in shown
    assert f"commit {'b' * 12} is refused: it is not signed; commit c0ffeec0ffee stays" in shown
    assert status.exit_code(summary.status) == 1


def test_status_says_what_is_held_on_a_cluster():
    decided = fleet.decision(fleet.binding(fleet.web(), ("eu-1",), 2), clusters=("eu-1",))
    gone = fleet.WEB._replace(name="gone")
    asked = dataclasses.replace(fleet.wanted(decided)["eu-1"], guarded={gone: "StageHalted"})
    said = fleet.report(asked, fleet.outcome(decided.manifests["eu-1"][fleet.WEB]))
    snapshot, known = fleet.snapshot(decided), fleet.known(said)
    summary, _ = summarise(snapshot, decided, {"eu-1": asked}, known, Cache())

    assert "1/1, 1 held" in status.text(summary.status)
    assert "reason: AwaitingApproval" in summary.status["status.yaml"].decode()


def test_what_a_commit_says_of_itself_is_shown_not_obeyed():
    shown = fleet.snapshot(fleet.decision())
    tree = dataclasses.replace(shown.tree, message="\x1b[31mFirst", author="an\x07n")
    snapshot = dataclasses.replace(shown, tree=tree)
    summary, _ = summarise(snapshot, fleet.decision(), {}, fleet.known(), Cache())

    first = status.text(summary.status).splitlines()[0]

    assert first.endswith("at c0ffeec0ffee “?[31mFirst” by an?n")


def test_status_exits_1_when_something_needs_a_person():
    failed = Outcome(fleet.WEB, ActionKind.FAIL, "Forbidden", "may not")

    assert status.exit_code(files()) == 0
    assert status.exit_code(files(failed)) == 1
    assert "error      shop/web.yaml:3   Deployment.apps shop/web: may not   us-1" in status.text(
        files(failed)
    )


def test_a_workload_that_is_not_well_says_so_in_its_cell():
    slow = fleet.outcome(
        fleet.manifest(fleet.web(), 2), Health.IN_PROGRESS, status={"readyReplicas": 1}
    )

    assert "Deployment   shop/web   2/2    1/2 InProgress" in status.text(files(slow))


@pytest.mark.parametrize(
    "kind", ["deployment", "Deployment", "deployments", "deployment.apps", "deploy"]
)
def test_explain_finds_a_kind_by_its_usual_names(kind):
    assert len(explain.find(files(), kind, "web", "shop")) == 1
    assert explain.find(files(), kind, "web", "default") == []


def test_explain_gives_every_reason_in_order():
    (body,) = explain.find(files(), "deployment", "web", "shop")

    assert explain.text(body, files()).splitlines() == [
        "Deployment shop/web  (shop/web.yaml:3)",
        "Claimed by PropagationPolicy shop/web (shop/policies.yaml:2)",
        "Not by PropagationPolicy shop/other (shop/policies.yaml:2): its selector is less exact",
        "",
        "CLUSTER   RESULT     REPLICAS   SCORE   RULE            REASON",
        "eu-1      let in     2          100     divide          duplicated",
        "us-1      let in     2          0       divide          duplicated",
        "ap-1      kept out   -          -       filters/taint   "
        "taint {gpu:NoSchedule} is not tolerated",
        "",
        "Overrides, in the order they are applied:",
        "  eu-1",
        "    OverridePolicy shop/registries rule 1",
        "",
        "CLUSTER   READY   STATE     HEALTH    REASON   MESSAGE",
        "eu-1      2/2     Applied   Current   -        -",
        "us-1      2/2     Applied   Current   -        -",
    ]


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (
            "PropagationPolicy/shop/late",
            "Not by PropagationPolicy shop/late: wrong in the repository (p.yaml:3: no such "
            "field), so nothing is known of what it selects",
        ),
        (
            "ClusterPropagationPolicy//all",
            "Not by ClusterPropagationPolicy all: wrong in the repository (p.yaml:3: no such "
            "field), so nothing is known of what it selects",
        ),
        (
            "PropagationPolicy/shop/web",
            "That policy is wrong in the repository (p.yaml:3: no such field); "
            "as it was read last it holds",
        ),
        ("PropagationPolicy/default/late", ""),
        ("OverridePolicy/shop/late", ""),
    ],
    ids=["of the namespace", "of all", "its own", "of another namespace", "an override"],
)
def test_explain_names_policies_that_cannot_be_read(policy, said):
    wrong = Problem("p.yaml", 3, "", "no such field", key=f"policy.karmada.io/{policy}")
    problems = yaml.dump(trouble_file(grouped([wrong]))).encode()
    (body,) = explain.find(files(), "deployment", "web", "shop")

    lines = explain.text(body, {"problems.yaml": problems}).splitlines()

    assert "\n".join(line for line in lines if "wrong in the repository" in line) == said


def test_explain_names_them_too_where_nothing_was_decided():
    wrong = Problem("p.yaml", 3, "", "no such field", key=f"{POLICY}/shop/late")
    branch = {"problems.yaml": yaml.dump(trouble_file(grouped([wrong]))).encode()}

    assert list(explain._nothing(branch, "deployment/web", "shop")) == [
        "Nothing was decided on deployment/web in namespace shop.",
        "Not by PropagationPolicy shop/late: wrong in the repository (p.yaml:3: no such field), "
        "so nothing is known of what it selects",
    ]


POLICY = "policy.karmada.io/PropagationPolicy"
