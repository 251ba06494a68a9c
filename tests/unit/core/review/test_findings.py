"""What is to be said of a plan: what comes first, what is said once, what is never said."""

from fakes import fleet
from gitopsd.core.review import findings
from gitopsd.core.review.comment import Terms, comment
from gitopsd.core.review.text import text
from gitopsd.core.review.value import value
from gitopsd.model.changes import Change, Changes, Move, Preview, Reason
from gitopsd.model.decision import Share
from gitopsd.model.delivery import ActionKind
from gitopsd.model.problem import Problem, Severity
from gitopsd.model.resource import ResourceKey

OLD, NEW = fleet.manifest(fleet.web("nginx:1")), fleet.manifest(fleet.web("nginx:2"))
GONE = ResourceKey("", "ConfigMap", "shop", "gone")
API = ResourceKey("apps", "Deployment", "shop", "api")


def plan(*changes: Change, moves: tuple[Move, ...] = ()) -> Changes:
    return Changes(
        changes=changes,
        moves=moves,
        plan_hash="f" * 64,
        deletion_hash="d" * 64 if changes else "",
        before={name: {fleet.WEB: OLD} for name in ("eu-1", "us-1")},
    )


def changed(cluster: str) -> Change:
    return Change(cluster, fleet.WEB, ActionKind.CONFIGURE, OLD.hash, NEW)


def test_the_verdict_counts_actions_and_clusters():
    found = plan(changed("eu-1"), Change("us-1", GONE, ActionKind.PRUNE, "h"))

    assert findings.verdict(Preview(found)) == (
        "0 create, 1 change, 0 recreate, 1 delete on 2 clusters; guards: none tripped"
    )


def test_a_merge_that_conflicts_is_no_plan():
    found = Preview(findings.unmergeable(["a.yaml", "b.yaml"]))

    assert findings.verdict(found) == "nothing can be planned: the merge conflicts in 2 files"
    assert [(each.path, each.reason) for each in found.changes.problems] == [
        ("a.yaml", "MergeConflict"),
        ("b.yaml", "MergeConflict"),
    ]
    assert "plan" not in findings.foot(found)


def test_equal_differences_are_said_once_with_their_clusters():
    (found,) = findings.differences(plan(changed("eu-1"), changed("us-1")))

    assert found.clusters == ("eu-1", "us-1")
    assert found.lines == (
        "@@",
        "   template:",
        "     spec:",
        "       containers:",
        "-      - image: nginx:1",
        "+      - image: nginx:2",
    )


def test_differences_that_read_alike_are_one_although_the_objects_differ():
    body = {**OLD.body, "spec": {**OLD.body["spec"], "replicas": 5}}
    fuller = type(OLD)(OLD.key, "v1", body, "before-us", OLD.origin)
    after = type(NEW)(
        NEW.key, "v1", {**body, "spec": NEW.body["spec"] | {"replicas": 5}}, "x", NEW.origin
    )
    found = plan(
        changed("eu-1"), Change("us-1", fleet.WEB, ActionKind.CONFIGURE, "before-us", after)
    )
    before = {"eu-1": {fleet.WEB: OLD}, "us-1": {fleet.WEB: fuller}}

    (one,) = findings.differences(Changes(found.changes, (), "f", "", before=before))

    assert one.clusters == ("eu-1", "us-1")


def test_what_destroys_comes_first():
    create = Change("eu-1", fleet.WEB, ActionKind.CREATE, "", NEW)
    delete = Change("eu-1", GONE, ActionKind.PRUNE, "h")

    actions = [each.action for each in findings.differences(plan(create, changed("us-1"), delete))]

    assert actions == ["delete", "change", "create"]


def test_a_held_deletion_says_by_what():
    held = Change("eu-1", GONE, ActionKind.PRUNE, "h", held="TooMany")

    assert "delete ConfigMap shop/gone  on eu-1  (held: TooMany)" in text(Preview(plan(held)))


def test_objects_that_move_alike_for_the_same_reason_are_one_line():
    steps = ((Share("eu-1", 3),), (Share("eu-1", 2), Share("us-1", 1)))
    reasons = (Reason(("eu-1", "us-1"), "divide", "by static weight"),)
    moves = tuple(Move(key, *steps, "by a policy", reasons) for key in (API, fleet.WEB))

    (said,) = findings.moved(moves)

    assert said.keys == (API, fleet.WEB)
    assert said.steps == (("eu-1", "3", "2"), ("us-1", "–", "1"))
    assert (
        "  Deployment.apps shop/api, Deployment.apps shop/web: eu-1 3 → 2, us-1 – → 1\n"
        "      by a policy\n"
        "      eu-1, us-1: by static weight  (divide)\n"
    ) in text(Preview(plan(moves=moves)))


def test_of_many_clusters_equal_figures_are_one_row():
    deletes = [Change(f"c-{n:02}", GONE, ActionKind.PRUNE, "h") for n in range(30)]

    few, many = findings.rows(plan(*deletes[:20])), findings.rows(plan(*deletes))

    assert len(few) == 20
    assert many == (("c-00, c-01, c-02, c-03, c-04 and 25 more", (0, 0, 0, 1)),)


def test_of_a_secret_only_the_names_of_its_keys_are_said():
    before = fleet.manifest(fleet.secret())
    body = {**before.body, "data": {"password": "b3RoZXI=", "new": "eA=="}, "stringData": {}}
    after = type(before)(before.key, "v1", body, "other", before.origin)
    change = Change("eu-1", fleet.PASSWORD, ActionKind.CONFIGURE, before.hash, after)
    found = Changes((change,), (), "f" * 64, "", before={"eu-1": {fleet.PASSWORD: before}})

    (difference,) = findings.differences(found)

    assert difference.lines == (
        "+key new added",
        " key password changed",
        "-key user removed",
    )
    seen = Preview(found)
    for said in (text(seen), comment(seen, Terms()), str(value(seen))):
        assert fleet.CANARY not in said
        assert "b3RoZXI=" not in said


def test_a_secret_of_another_file_with_the_same_keys_says_so():
    before = fleet.manifest(fleet.secret())
    change = Change("eu-1", fleet.PASSWORD, ActionKind.CONFIGURE, before.hash, before)
    found = Changes((change,), (), "f" * 64, "", before={"eu-1": {fleet.PASSWORD: before}})

    (difference,) = findings.differences(found)

    assert difference.lines == (
        " every key is as it was; its file or that of an override is another one",
    )


def test_many_objects_are_counted_by_kind_and_place():
    web, pod = fleet.WEB, ResourceKey("", "Pod", "", "p")
    kinds = [pod._replace(kind=f"K{n}", name=f"n{n}") for n in range(7)]

    assert findings.named([web, pod]) == "Deployment.apps shop/web, Pod p"
    assert findings.summed([web, web, pod]) == "2 Deployment.apps, 1 Pod in shop"
    assert findings.named(kinds) == "7 objects of 7 kinds"


def test_the_value_for_programs_has_hashes_ids_and_the_time():
    found = value(Preview(plan(changed("eu-1")), at=fleet.NOW))

    assert found["summary"] == {"create": 0, "change": 1, "recreate": 0, "delete": 0}
    assert found["changes"][0]["object"] == "apps/Deployment/shop/web"
    assert (found["planHash"], found["exact"]) == ("f" * 64, True)
    assert found["time"] == "2026-01-02T03:04:05Z"


def test_the_value_for_programs_has_every_part_of_a_problem():
    wrong = Problem("a.yaml", 3, "/spec", "no such field", key=fleet.WEB.id)

    assert value(Preview(Changes((), (), "f" * 64, "", (wrong,))))["problems"] == [
        {
            "severity": "error",
            "reason": "Invalid",
            "path": "a.yaml",
            "line": 3,
            "pointer": "/spec",
            "message": "no such field",
            "object": "apps/Deployment/shop/web",
        }
    ]


def test_nothing_to_do_is_said_so():
    assert text(Preview(plan())).splitlines()[0] == (
        "Plan: 0 create, 0 change, 0 recreate, 0 delete on 0 clusters; guards: none tripped"
    )


def test_a_guard_that_holds_is_an_obstacle_for_programs():
    (found,) = findings.obstacles(Preview(plan(), guards=("EmptySet on eu-1: all would go",)))

    assert (found.severity, found.reason) == (Severity.ERROR, "GuardTripped")


def test_a_plan_that_a_guard_holds_says_what_allows_it():
    held = plan(Change("eu-1", GONE, ActionKind.PRUNE, "h", held="EmptySet"))
    seen = Preview(held, guards=("EmptySet on eu-1: all would go",))

    assert (
        "Needs approval\n"
        "  EmptySet on eu-1: all would go\n"
        "  Whoever allows this commits what `gitopsd plan --approval` prints.\n"
    ) in text(seen)
    assert value(seen)["approval"] == findings.approval(held)
    assert "approval" not in value(Preview(held))


def test_an_approval_names_the_deletions_and_their_hash():
    delete = Change("eu-1", GONE, ActionKind.PRUNE, "h")

    assert findings.approval(plan(delete, changed("us-1"))) == {
        "apiVersion": "gitopsd.io/v1alpha1",
        "kind": "Approval",
        "metadata": {"name": "d" * 64},
        "spec": {"covers": ["eu-1//ConfigMap/shop/gone"]},
    }
