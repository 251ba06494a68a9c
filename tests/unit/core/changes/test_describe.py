"""A plan in words: what it says first, what it says once, what it never says."""

from fakes import fleet
from gitopsd.core.changes import describe
from gitopsd.model.changes import Change, Changes, Move, Preview
from gitopsd.model.decision import Share
from gitopsd.model.delivery import ActionKind
from gitopsd.model.resource import ResourceKey

OLD, NEW = fleet.manifest(fleet.web("nginx:1")), fleet.manifest(fleet.web("nginx:2"))
GONE = ResourceKey("", "ConfigMap", "shop", "gone")


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

    assert describe.verdict(Preview(found)) == (
        "0 create, 1 change, 0 recreate, 1 delete on 2 clusters; guards: none tripped"
    )


def test_equal_differences_are_said_once_with_their_clusters():
    (found,) = describe.differences(plan(changed("eu-1"), changed("us-1")))

    assert found.clusters == ("eu-1", "us-1")
    assert found.lines == (
        "@@",
        "   template:",
        "     spec:",
        "       containers:",
        "-      - image: nginx:1",
        "+      - image: nginx:2",
    )


def test_what_destroys_comes_first():
    create = Change("eu-1", fleet.WEB, ActionKind.CREATE, "", NEW)
    delete = Change("eu-1", GONE, ActionKind.PRUNE, "h")

    actions = [each.action for each in describe.differences(plan(create, changed("us-1"), delete))]

    assert actions == ["delete", "change", "create"]


def test_a_held_deletion_says_by_what():
    held = Change("eu-1", GONE, ActionKind.PRUNE, "h", held="TooMany")

    text = describe.text(Preview(plan(held)))

    assert "delete ConfigMap shop/gone  on eu-1  (held: TooMany)" in text


def test_a_move_says_from_where_to_where_and_why():
    move = Move(fleet.WEB, (Share("eu-1", 3),), (Share("eu-1", 2), Share("us-1", 1)), "weights")

    text = describe.text(Preview(plan(moves=(move,))))

    assert "Deployment.apps shop/web: eu-1 3 → 2, us-1 – → 1  (weights)" in text


def test_of_a_secret_only_the_names_of_its_keys_are_said():
    before = fleet.manifest(fleet.secret())
    body = {**before.body, "data": {"password": "b3RoZXI=", "new": "eA=="}, "stringData": {}}
    after = type(before)(before.key, "v1", body, "other", before.origin)
    change = Change("eu-1", fleet.PASSWORD, ActionKind.CONFIGURE, before.hash, after)
    found = Changes((change,), (), "f" * 64, "", before={"eu-1": {fleet.PASSWORD: before}})

    (difference,) = describe.differences(found)

    assert difference.lines == (
        "+key new added",
        " key password changed",
        "-key user removed",
    )
    for said in (describe.text(Preview(found)), describe.markdown(Preview(found))):
        assert fleet.CANARY not in said
        assert "b3RoZXI=" not in said


def test_markdown_pings_nobody_and_fences_what_has_fences():
    body = {**NEW.body, "note": "```\n@everyone"}
    after = type(NEW)(NEW.key, "v1", body, "other", NEW.origin)
    change = Change("eu-1", fleet.WEB, ActionKind.CONFIGURE, OLD.hash, after)

    said = describe.markdown(Preview(plan(change), warnings=("ask @ann about #3",)))

    assert "ask @\u200bann about #\u200b3" in said
    assert "\n````diff\n" in said


def test_the_value_for_programs_has_hashes_and_ids():
    found = describe.value(Preview(plan(changed("eu-1"))))

    assert found["summary"] == {"create": 0, "change": 1, "recreate": 0, "delete": 0}
    assert found["changes"][0]["object"] == "apps/Deployment/shop/web"
    assert (found["planHash"], found["exact"]) == ("f" * 64, True)


def test_nothing_to_do_is_said_so():
    assert describe.text(Preview(plan())).splitlines()[0] == (
        "Plan: 0 create, 0 change, 0 recreate, 0 delete on 0 clusters; guards: none tripped"
    )


def test_an_approval_names_the_deletions_and_their_hash():
    delete = Change("eu-1", GONE, ActionKind.PRUNE, "h")

    assert describe.approval(plan(delete, changed("us-1"))) == {
        "apiVersion": "gitopsd.io/v1alpha1",
        "kind": "Approval",
        "metadata": {"name": "d" * 64},
        "spec": {"covers": ["eu-1//ConfigMap/shop/gone"]},
    }
