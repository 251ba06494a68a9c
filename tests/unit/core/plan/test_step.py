"""What is next for one object, whatever is wanted of it and whatever is there."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fakes.fleet import NOW
from gitopsd.core.health import Finding
from gitopsd.core.plan import Deed, Found, Live, Observed, Try, backoff, changed, step
from gitopsd.core.plan.drift import owned
from gitopsd.core.plan.observed import Accepted, Compared, Repair, Repairs
from gitopsd.core.plan.owners import Owned
from gitopsd.kube.fields import owned_by
from gitopsd.model.api import Discovery, Served
from gitopsd.model.claims import NO_CLAIMS, Claims, Mode
from gitopsd.model.decision import Manifest, Wanted
from gitopsd.model.delivery import ActionKind, Entry, Health
from gitopsd.model.resource import Origin, ResourceKey

MAP, SPACE, CLAIM = ("", "ConfigMap"), ("", "Namespace"), ("", "PersistentVolumeClaim")
CAKE = ("shop.example", "Cake")
KEY = ResourceKey(*MAP, "shop", "web")
SHOP = ResourceKey(*SPACE, "", "shop")
DATA = ResourceKey(*CLAIM, "shop", "data")
BODY = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "web", "namespace": "shop"},
    "data": {"word": "ours"},
}


def served(group: str, kind: str) -> Served:
    is_namespaced = kind != "Namespace"
    return Served(group, "v1", kind, f"{kind.lower()}s", is_namespaced, frozenset(), ("v1",))


def discovery(*kinds: tuple[str, str], partial: frozenset[str] = frozenset()) -> Discovery:
    return Discovery({kind: served(*kind) for kind in kinds}, partial, ())


ALL = discovery(MAP, SPACE, CLAIM)


def manifest(key: ResourceKey = KEY, **more) -> Manifest:
    return Manifest(key, "v1", BODY, "h1", Origin("web.yaml", 0, 1, "b0"), **more)


def fields(*words: str) -> bytes:
    """What is ours of the object: these keys of its data, by an apply."""
    managed = {
        "manager": "gitopsd",
        "operation": "Apply",
        "fieldsV1": {"f:data": {f"f:{word}": {} for word in words}},
    }
    assert owned_by([managed], "gitopsd")
    found = owned({"metadata": {"managedFields": [managed]}}, "gitopsd")
    assert found is not None
    return found


def live(**more) -> Live:
    standard = {
        "uid": "u1",
        "version": "7",
        "generation": 0,
        "fields": fields("word"),
        "is_terminating": False,
        "keep": "",
        "has_controller": False,
        "allows_loss": False,
        "finding": Finding(Health.CURRENT),
        "since": None,
        "status": None,
    }
    return Live(**{**standard, **more})


def entry(key: ResourceKey = KEY, uid: str = "u1", digest: str = "h1", **more) -> Entry:
    return Entry(key, "v1", uid, digest, **more)


def seen(**more) -> Observed:
    standard = {"discovery": ALL, "listed": {MAP, SPACE, CLAIM}, "namespaces": {"shop"}}
    return Observed(**{**standard, **more})


def wanted(*manifests: Manifest, **more) -> Wanted:
    return Wanted("eu", "c1", {each.key: each for each in manifests}, **more)


def next_of(what: Wanted, saw: Observed, key: ResourceKey = KEY):
    return step(key, what, saw, NOW)


KUBECTL = b'{"kubectl-edit":{"f:data":{"f:word":{}}}}'
CREATE_ONLY = Claims(mode=Mode.CREATE_ONLY)
HELD = {"live": {KEY: live()}, "entries": {KEY: entry()}}
GONE = wanted(deletions=frozenset({KEY}))


# Wanted, and nothing of ours there


def test_what_was_not_looked_up_is_looked_up_first() -> None:
    assert next_of(wanted(manifest()), seen()).deed is Deed.LOOK


def test_what_is_absent_is_created() -> None:
    assert next_of(wanted(manifest()), seen(looked={KEY: None})).deed is Deed.CREATE


def test_in_a_namespace_that_we_made_just_now_nothing_is_looked_up() -> None:
    assert next_of(wanted(manifest()), seen(fresh={"shop"})).deed is Deed.CREATE


def test_before_its_kind_was_listed_nothing_is_done() -> None:
    found = next_of(wanted(manifest()), seen(listed=set()))

    assert (found.deed, found.is_open, found.outcome) == (None, True, None)


def test_a_kind_that_may_not_be_listed_is_said() -> None:
    found = next_of(wanted(manifest()), seen(listed=set(), refused={MAP: "no rights"}))

    assert (found.deed, found.is_open) == (None, False)
    assert (found.outcome.action, found.outcome.reason) == (ActionKind.FAIL, "Forbidden")
    assert found.wake_at == NOW + timedelta(minutes=1)


def test_a_foreign_object_is_left_alone() -> None:
    found = next_of(wanted(manifest()), seen(looked={KEY: Found("u9", "")}))

    assert (found.deed, found.outcome.reason) == (None, "NotOwned")
    assert "conflictResolution: Overwrite" in found.outcome.message


def test_overwrite_adopts_what_nobody_claims() -> None:
    found = next_of(wanted(manifest(conflict="Overwrite")), seen(looked={KEY: Found("u9", "")}))

    assert found.deed is Deed.ADOPT


def test_overwrite_leaves_what_somebody_claims() -> None:
    looked = {KEY: Found("u9", "app.kubernetes.io/managed-by=Helm")}

    found = next_of(wanted(manifest(conflict="Overwrite")), seen(looked=looked))

    assert (found.deed, found.outcome.reason) == (None, "OwnershipConflict")
    assert "Helm" in found.outcome.message and "gitopsd.io/adopt: always" in found.outcome.message


def test_an_object_of_ours_without_our_label_gets_it_back() -> None:
    saw = seen(looked={KEY: Found("u1", "")}, entries={KEY: entry()})

    assert next_of(wanted(manifest()), saw).deed is Deed.CHANGE


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (Found("u2", ""), "NotOwned"),
        (Found("u1", "kapp.k14s.io/app=x"), "OwnershipConflict"),
        (Found("u1", "its controller Shop web", is_controlled=True), "NotOwned"),
    ],
)
def test_an_object_that_replaced_ours_or_was_taken_from_us_is_foreign(found, reason) -> None:
    saw = seen(looked={KEY: found}, entries={KEY: entry()})

    assert next_of(wanted(manifest()), saw).outcome.reason == reason


@pytest.mark.parametrize(
    ("found", "conflict", "deed"),
    [
        (Found("u9", "kapp.k14s.io/app=x"), "Overwrite", Deed.ADOPT),
        (Found("u9", "kapp.k14s.io/app=x"), "Abort", None),
        (Found("u9", "its controller Shop web", is_controlled=True), "Overwrite", None),
    ],
)
def test_an_object_may_say_that_it_is_adopted_from_another_tool(found, conflict, deed) -> None:
    adopts = manifest(conflict=conflict, claims=Claims(adopts=True))

    assert next_of(wanted(adopts), seen(looked={KEY: found})).deed is deed


def test_an_object_announced_and_never_made_is_foreign_when_somebody_else_made_it() -> None:
    saw = seen(
        looked={KEY: Found("u2", "")}, entries={KEY: entry(uid="", digest="", flags=("pending",))}
    )

    assert next_of(wanted(manifest()), saw).outcome.reason == "NotOwned"


def test_a_namespace_that_was_there_is_used_as_it_is() -> None:
    found = next_of(wanted(manifest(SHOP)), seen(looked={SHOP: Found("u9", "")}), SHOP)

    assert (found.deed, found.outcome.reason) == (None, "NotOwned")
    assert "used as it is" in found.outcome.message


# Wanted, and ours


def test_what_is_as_it_should_be_is_left_alone() -> None:
    found = next_of(wanted(manifest()), seen(**HELD))

    assert (found.deed, found.outcome.action) == (None, ActionKind.UNCHANGED)
    assert (found.outcome.health, found.outcome.hash) == (Health.CURRENT, "h1")
    assert found.accepts == fields("word")


@pytest.mark.parametrize(
    "recorded",
    [
        {},
        {KEY: entry(digest="h0")},
        {KEY: entry(flags=("pending",))},
        {KEY: entry(uid="u0")},
    ],
    ids=["not recorded", "another manifest", "announced", "another object"],
)
def test_what_is_not_recorded_just_so_is_applied(recorded) -> None:
    saw = seen(live={KEY: live()}, entries=recorded)

    assert next_of(wanted(manifest()), saw).deed is Deed.CHANGE


@pytest.mark.parametrize("ours", [fields("other"), None], ids=["one field", "all fields"])
def test_what_others_took_is_taken_back(ours) -> None:
    saw = seen(live={KEY: live(fields=ours)}, entries={KEY: entry()})

    assert next_of(wanted(manifest()), saw).deed is Deed.CHANGE


def test_fields_that_an_apply_of_this_manifest_left_us_are_right() -> None:
    saw = seen(
        live={KEY: live(fields=fields("other"))},
        entries={KEY: entry()},
        accepted={KEY: Accepted("h1", NO_CLAIMS, fields("other"))},
    )

    assert next_of(wanted(manifest()), saw).outcome.action is ActionKind.UNCHANGED


def test_what_was_repaired_just_now_waits_a_little() -> None:
    later = NOW + timedelta(seconds=5)
    saw = seen(
        live={KEY: live(fields=None)},
        entries={KEY: entry()},
        tries={KEY: Try("h1", ActionKind.CONFIGURE, failures=1, again_at=later, at=NOW)},
    )

    found = next_of(wanted(manifest()), saw)
    then = step(KEY, wanted(manifest()), saw, later)

    assert (found.deed, found.wake_at, then.deed) == (None, later, Deed.CHANGE)


def test_what_is_being_deleted_is_waited_for() -> None:
    saw = seen(live={KEY: live(is_terminating=True)}, entries={KEY: entry()})

    found = next_of(wanted(manifest()), saw)

    assert (found.deed, found.is_open, found.outcome.action) == (None, True, ActionKind.SKIP)


def test_a_namespace_that_is_being_deleted_is_said_to_be() -> None:
    saw = seen(live={SHOP: live(is_terminating=True)}, entries={SHOP: entry(SHOP)})

    assert next_of(wanted(manifest(SHOP)), saw, SHOP).outcome.reason == "NamespaceTerminating"


def test_what_its_policy_suspends_is_left_as_it_is() -> None:
    found = [next_of(wanted(manifest(suspended=True)), saw) for saw in (seen(), seen(**HELD))]

    assert [(each.deed, each.outcome.reason) for each in found] == [(None, "Suspended")] * 2
    assert [(each.outcome.health, each.outcome.hash) for each in found] == [
        (Health.UNKNOWN, ""),
        (Health.CURRENT, "h1"),
    ]


def test_a_failure_waits_for_its_time_and_for_another_manifest() -> None:
    later = NOW + timedelta(minutes=10)
    tried = Try("h1", ActionKind.FAIL, "Invalid", "no such field", 1, later, NOW)
    saw = seen(**HELD, tries={KEY: tried})

    found = next_of(wanted(manifest()), saw)
    newer = next_of(wanted(replace(manifest(), hash="h2")), saw)

    assert (found.deed, found.wake_at, found.is_open) == (None, later, False)
    assert (found.outcome.reason, found.outcome.message) == ("Invalid", "no such field")
    assert newer.deed is Deed.CHANGE
    assert step(KEY, wanted(manifest()), saw, later).deed is None
    assert step(KEY, wanted(manifest()), saw, later).outcome.action is ActionKind.UNCHANGED


def test_a_race_is_not_the_end() -> None:
    soon = NOW + timedelta(milliseconds=100)
    tried = Try("h1", ActionKind.FAIL, "FieldConflict", "", 1, soon, NOW)

    assert next_of(wanted(manifest()), seen(**HELD, tries={KEY: tried})).is_open


def test_progress_that_takes_five_minutes_is_a_failure() -> None:
    since = NOW - timedelta(minutes=5)
    moving = live(finding=Finding(Health.IN_PROGRESS, "2 of 3"), since=since)
    saw = seen(live={KEY: moving}, entries={KEY: entry()})

    found = next_of(wanted(manifest()), saw)
    before = step(KEY, wanted(manifest()), saw, NOW - timedelta(seconds=1))

    assert (found.outcome.health, found.outcome.message) == (Health.FAILED, "Timeout: 2 of 3")
    assert (before.outcome.health, before.wake_at) == (Health.IN_PROGRESS, NOW)


def test_a_job_that_runs_is_on_its_way_for_as_long_as_it_takes() -> None:
    at_work = Finding(Health.CURRENT, note="running: 1 active, 0 succeeded", runs=True)
    saw = seen(live={KEY: live(finding=at_work)}, entries={KEY: entry()})

    found = step(KEY, wanted(manifest()), saw, NOW + timedelta(days=1))

    assert (found.outcome.health, found.outcome.message) == (Health.IN_PROGRESS, at_work.note)


# Wanted, and others have a say


def test_what_others_took_is_named_with_who_did() -> None:
    saw = seen(live={KEY: live(fields=fields("x"), others=KUBECTL)}, entries={KEY: entry()})

    assert list(map(str, next_of(wanted(manifest()), saw).drift)) == [".data.word (kubectl-edit)"]


def test_what_is_yielded_is_no_drift_and_is_told() -> None:
    saw = seen(live={KEY: live(fields=fields("x"), others=KUBECTL)}, entries={KEY: entry()})

    found = next_of(wanted(manifest(claims=Claims(yielded=("/data/word",)))), saw)

    assert (found.deed, found.outcome.action) == (None, ActionKind.UNCHANGED)
    assert found.outcome.note == "OwnershipLost: .data.word (kubectl-edit)"


def test_what_is_ignored_is_no_drift_and_is_not_told() -> None:
    saw = seen(live={KEY: live(fields=fields("x"), others=KUBECTL)}, entries={KEY: entry()})

    found = next_of(wanted(manifest(claims=Claims(ignored=("/data",)))), saw)

    assert (found.deed, found.outcome.note) == (None, "")


def test_drift_is_only_told_where_nothing_is_healed() -> None:
    saw = seen(live={KEY: live(fields=fields("x"), others=KUBECTL)}, entries={KEY: entry()})

    found = next_of(wanted(manifest(claims=Claims(is_healed=False))), saw)

    assert (found.deed, found.outcome.action, found.accepts) == (None, ActionKind.UNCHANGED, None)
    assert found.outcome.note == "Drift: .data.word (kubectl-edit); it is not put back"


def test_a_fight_over_a_field_is_given_up_and_both_are_named() -> None:
    field = Owned("/data/word", ".data.word", ("kubectl-edit",))
    done = tuple(Repair(NOW + timedelta(minutes=n), field) for n in range(3))
    saw = seen(
        live={KEY: live(fields=fields("x"), others=KUBECTL)},
        entries={KEY: entry()},
        repairs={KEY: Repairs("h1", done)},
        manager="gitopsd",
    )

    found = next_of(wanted(manifest()), saw)
    newer = next_of(wanted(replace(manifest(), hash="h2")), saw)

    assert (found.deed, found.outcome.action) == (None, ActionKind.FAIL)
    assert found.outcome.reason == "FieldFight"
    assert found.outcome.message.startswith(".data.word (kubectl-edit): gitopsd put it back")
    assert newer.deed is Deed.CHANGE


def test_what_was_put_back_and_what_a_member_warned_of_is_noted() -> None:
    saw = seen(
        live={KEY: live()},
        entries={KEY: entry(warnings=("v1 is old",))},
        tries={KEY: Try("h1", ActionKind.CONFIGURE, message="put back: x (kubectl-edit)", at=NOW)},
    )
    later = NOW + timedelta(minutes=10)

    found = next_of(wanted(manifest()), saw)
    then = step(KEY, wanted(manifest()), saw, later)

    assert found.outcome.note == "put back: x (kubectl-edit); Warning: v1 is old"
    assert (found.wake_at, then.outcome.note) == (later, "Warning: v1 is old")


# Modes


def test_create_only_creates() -> None:
    found = next_of(wanted(manifest(claims=CREATE_ONLY)), seen(looked={KEY: None}))

    assert found.deed is Deed.CREATE


def test_create_only_changes_nothing_that_is_ours_and_records_what_is_wanted() -> None:
    drifted = {KEY: live(fields=fields("x"), others=KUBECTL)}
    made = wanted(manifest(claims=CREATE_ONLY))

    other = next_of(made, seen(live=drifted, entries={KEY: entry(digest="h0")}))
    same = next_of(made, seen(live=drifted, entries={KEY: entry()}))

    assert (other.deed, same.deed, same.outcome.action) == (Deed.KEEP, None, ActionKind.UNCHANGED)


def test_create_only_does_not_take_a_copy_for_its_own() -> None:
    copy = {KEY: live(uid="u2", fields=None)}

    found = next_of(wanted(manifest(claims=CREATE_ONLY)), seen(live=copy, entries={KEY: entry()}))

    assert (found.deed, found.outcome.reason) == (None, "Ignored")


def test_create_only_leaves_what_was_there() -> None:
    only = manifest(claims=CREATE_ONLY, conflict="Overwrite")

    found = next_of(wanted(only), seen(looked={KEY: Found("u9", "")}))

    assert (found.deed, found.outcome.reason) == (None, "Ignored")


@pytest.mark.parametrize("mode", [Mode.IGNORE, Mode.OBSERVE])
def test_what_is_never_written_is_only_looked_at(mode) -> None:
    made = wanted(manifest(claims=Claims(mode=mode)))
    saw = seen(compared={KEY: Compared("h1", "", "it is not there")})

    assert next_of(made, seen()).deed is Deed.COMPARE
    assert (next_of(made, saw).deed, next_of(made, saw).outcome.reason) == (None, "Ignored")
    assert next_of(made, saw).outcome.message == f"{mode}: it is not there"


def test_what_is_looked_at_is_looked_at_again_when_it_changed() -> None:
    made = wanted(manifest(claims=Claims(mode=Mode.OBSERVE)))
    kept = {KEY: entry(digest="", flags=("kept",))}
    compared = {KEY: Compared("h1", "u1 7", "it is as declared")}

    same = next_of(made, seen(live={KEY: live()}, entries=kept, compared=compared))
    other = next_of(made, seen(live={KEY: live(version="8")}, entries=kept, compared=compared))

    assert (same.deed, other.deed) == (None, Deed.COMPARE)


def test_what_is_not_written_any_more_is_recorded_as_kept() -> None:
    made = wanted(manifest(claims=Claims(mode=Mode.IGNORE)))

    assert next_of(made, seen(**HELD)).deed is Deed.KEEP


# Not wanted


def test_what_is_named_is_deleted() -> None:
    assert next_of(GONE, seen(**HELD)).deed is Deed.DELETE


@pytest.mark.parametrize(
    "what",
    [wanted(), wanted(guarded={KEY: "TooMany"})],
    ids=["not named", "guarded"],
)
def test_what_is_not_named_is_left_alone(what) -> None:
    found = next_of(what, seen(**HELD))

    assert (found.deed, found.outcome) == (None, None)


def test_what_is_held_is_left_alone_and_told_with_how_it_does() -> None:
    ill = live(finding=Finding(Health.IN_PROGRESS, "ready: 1/2"))
    held = wanted(kept={KEY: "web.yaml:4 cannot be read"})

    found = next_of(held, seen(live={KEY: ill}, entries={KEY: entry()}))
    gone = next_of(held, seen(entries={KEY: entry()}))

    assert (found.deed, gone.deed) == (None, None)
    assert (found.outcome.action, found.outcome.reason) == (ActionKind.SKIP, "Held")
    assert found.outcome.message == "web.yaml:4 cannot be read"
    assert (found.outcome.health, found.outcome.note) == (Health.IN_PROGRESS, "ready: 1/2")
    assert gone.outcome.health is Health.NOT_FOUND


def test_another_reason_to_hold_is_told() -> None:
    before, now = wanted(kept={KEY: "a.yaml:4"}), wanted(kept={KEY: "a.yaml:5"})

    assert changed(before, now, seen(**HELD)) == {KEY}
    assert changed(now, wanted(), seen(**HELD)) == {KEY}


def test_what_is_not_recorded_is_never_deleted() -> None:
    assert next_of(GONE, seen(live={KEY: live()})).deed is None


def test_what_is_wanted_is_not_deleted_though_it_is_named() -> None:
    assert next_of(wanted(manifest(), deletions=frozenset({KEY})), seen(**HELD)).deed is None


@pytest.mark.parametrize(
    "protected",
    [
        live(keep="gitopsd.io/prune: disabled"),
        live(has_controller=True),
        live(uid="u2", fields=None),
    ],
    ids=["annotation", "controller", "another object"],
)
def test_what_is_protected_is_released(protected) -> None:
    found = next_of(GONE, seen(live={KEY: protected}, entries={KEY: entry()}))

    assert (found.deed, found.outcome.reason) == (Deed.RELEASE, "KeptByAnnotation")


def test_a_namespace_of_the_system_is_released() -> None:
    key = ResourceKey(*SPACE, "", "kube-system")
    saw = seen(live={key: live()}, entries={key: entry(key)})

    assert next_of(wanted(deletions=frozenset({key})), saw, key).deed is Deed.RELEASE


def test_a_namespace_that_nobody_declared_is_left_alone() -> None:
    saw = seen(live={SHOP: live()}, entries={SHOP: entry(SHOP, flags=("createdNamespace",))})

    assert next_of(wanted(deletions=frozenset({SHOP})), saw, SHOP).deed is None


def test_what_holds_data_waits_for_a_word() -> None:
    what = wanted(deletions=frozenset({DATA}))
    saw = seen(live={DATA: live()}, entries={DATA: entry(DATA)})
    allowed = seen(live={DATA: live(allows_loss=True)}, entries={DATA: entry(DATA)})

    found = next_of(what, saw, DATA)

    assert (found.deed, found.outcome.reason) == (None, "AwaitingApproval")
    assert next_of(what, allowed, DATA).deed is Deed.DELETE


def test_an_object_whose_kind_moved_to_another_group_is_not_deleted_under_the_old_one() -> None:
    moved = KEY._replace(group="new.example")
    what = wanted(manifest(moved), deletions=frozenset({KEY}))
    known = discovery(MAP, ("new.example", "ConfigMap"))

    found = [
        next_of(
            what,
            seen(
                discovery=known,
                live={KEY: live(), moved: live()},
                entries={KEY: entry(), moved: entry(moved, uid)},
            ),
        ).deed
        for uid in ("u1", "u2")
    ]

    assert found == [Deed.FORGET, Deed.DELETE]


def test_what_the_commit_keeps_loses_our_label() -> None:
    found = next_of(replace(GONE, protected={KEY: "gitopsd.io/prune: disabled"}), seen(**HELD))

    assert (found.deed, found.outcome.reason) == (Deed.RELEASE, "KeptByAnnotation")
    assert found.outcome.message == "gitopsd.io/prune: disabled"


def test_the_commit_may_say_the_word_too() -> None:
    saw = seen(live={DATA: live()}, entries={DATA: entry(DATA)})
    gone = frozenset({DATA})

    found = next_of(wanted(deletions=gone, expendable=gone), saw, DATA)

    assert (found.deed, found.may_lose) == (Deed.DELETE, True)


def test_a_word_that_data_may_be_lost_ends_a_wait_at_once() -> None:
    later = NOW + timedelta(minutes=10)
    tried = Try("", ActionKind.SKIP, "AwaitingApproval", "holds others", 1, later, NOW)
    saw = seen(live={SHOP: live()}, entries={SHOP: entry(SHOP)}, tries={SHOP: tried})
    gone = frozenset({SHOP})

    asked = next_of(wanted(deletions=gone), saw, SHOP)
    allowed = next_of(wanted(deletions=gone, expendable=gone), saw, SHOP)

    assert (asked.deed, asked.outcome.message) == (None, "holds others")
    assert allowed.deed is Deed.DELETE


def test_what_keeps_an_end_for_five_minutes_is_named() -> None:
    since = NOW - timedelta(minutes=5)
    kept = live(is_terminating=True, finalizers=("shop.example/a", "b"), ends_since=since)
    young = live(is_terminating=True, finalizers=("b",), ends_since=since + timedelta(seconds=1))

    old = next_of(GONE, seen(live={KEY: kept}, entries={KEY: entry()}))
    new = next_of(GONE, seen(live={KEY: young}, entries={KEY: entry()}))

    assert old.outcome.message.endswith("its finalizers keep it: shop.example/a, b")
    assert (old.wake_at, new.wake_at) == (None, NOW + timedelta(seconds=1))
    assert "shop.example" not in new.outcome.message


def test_what_is_being_deleted_is_not_deleted_again() -> None:
    saw = seen(live={KEY: live(is_terminating=True)}, entries={KEY: entry()})

    found = next_of(GONE, saw)

    assert (found.deed, found.is_open, found.outcome.action) == (None, True, ActionKind.PRUNE)


def test_what_is_gone_is_forgotten_once_that_is_certain() -> None:
    recorded = {"entries": {KEY: entry()}}

    deeds = [
        next_of(GONE, seen(**recorded, **more)).deed
        for more in (
            {"listed": set()},
            {},
            {"looked": {KEY: None}},
            {"looked": {KEY: Found("u1", "")}},
            {"discovery": discovery(SPACE)},
        )
    ]

    assert deeds == [None, Deed.LOOK, Deed.FORGET, Deed.FORGET, Deed.FORGET]


@pytest.mark.parametrize("more", [HELD, {"entries": {KEY: entry()}}], ids=["there", "gone"])
def test_nothing_is_pruned_of_a_group_that_was_not_told_whole(more) -> None:
    saw = seen(**{**more, "discovery": discovery(MAP, partial=frozenset({""}))})

    found = next_of(GONE, saw)

    assert (found.deed, found.outcome.reason) == (None, "DependencyNotReady")


def test_a_deletion_that_was_refused_waits_for_its_time() -> None:
    later = NOW + timedelta(minutes=10)
    tried = Try("", ActionKind.FAIL, "Forbidden", "no", 1, later, NOW)

    found = next_of(GONE, seen(**HELD, tries={KEY: tried}))

    assert (found.deed, found.outcome.reason, found.wake_at) == (None, "Forbidden", later)


def test_what_is_preserved_is_released_when_that_is_named_and_never_deleted() -> None:
    saw = seen(live={KEY: live()}, entries={KEY: entry(flags=("kept",))})
    absent = seen(entries={KEY: entry(flags=("kept",))}, looked={KEY: None})
    unmarked = seen(**HELD)
    named = wanted(releases=frozenset({KEY}))

    deeds = [
        next_of(what, found).deed
        for what, found in (
            (named, saw),
            (named, absent),
            (named, unmarked),
            (GONE, saw),
            (wanted(), saw),
        )
    ]

    assert deeds == [Deed.RELEASE, Deed.FORGET, Deed.RELEASE, None, None]


# Namespaces that something needs and nobody declares


def test_a_needed_namespace_is_looked_up_and_then_made() -> None:
    needed = {"needed": {"shop"}, "namespaces": set()}

    deeds = [
        next_of(wanted(), seen(**needed, **more), SHOP).deed
        for more in ({}, {"looked": {SHOP: None}})
    ]

    assert deeds == [Deed.LOOK, Deed.MAKE]


def test_a_needed_namespace_that_is_there_needs_nothing() -> None:
    assert next_of(wanted(), seen(needed={"shop"}), SHOP).deed is None


def test_backoff_doubles_up_to_five_minutes() -> None:
    assert [backoff(n).total_seconds() for n in (0, 1, 2, 3, 8, 9, 99)] == [
        2,
        2,
        4,
        8,
        256,
        300,
        300,
    ]


# Made anew


ANEW = frozenset({KEY})


def recreated_since(seconds: float) -> Observed:
    """It was deleted to be made anew so long ago, and is still there."""
    tried = Try("h1", ActionKind.RECREATE, at=NOW - timedelta(seconds=seconds))
    return seen(live={KEY: live(is_terminating=True)}, entries={KEY: entry()}, tries={KEY: tried})


def test_only_what_was_allowed_by_name_may_be_made_anew() -> None:
    other = seen(live={KEY: live()}, entries={KEY: entry(digest="h0")})

    assert next_of(wanted(manifest(), recreations=ANEW), other).may_recreate
    assert not next_of(wanted(manifest()), other).may_recreate


@pytest.mark.parametrize(
    ("guard", "reason"), [("Stateful", "GuardTripped"), ("Canary", "DependencyNotReady")]
)
def test_what_may_not_be_made_anew_yet_is_left_as_it_is(guard: str, reason: str) -> None:
    found = next_of(
        wanted(manifest(), guarded={KEY: guard}),
        seen(live={KEY: live()}, entries={KEY: entry(digest="h0")}),
    )

    assert (found.deed, found.outcome.reason) == (None, reason)


def test_what_waits_for_an_approval_goes_at_once_when_it_comes() -> None:
    tried = Try("h1", ActionKind.SKIP, "AwaitingApproval", "no", 1, NOW + timedelta(minutes=10))
    waiting = seen(live={KEY: live()}, entries={KEY: entry(digest="h0")}, tries={KEY: tried})

    assert next_of(wanted(manifest()), waiting).outcome.reason == "AwaitingApproval"
    assert next_of(wanted(manifest(), recreations=ANEW), waiting).deed is Deed.CHANGE


def test_it_may_take_two_minutes_to_go() -> None:
    going = next_of(wanted(manifest()), recreated_since(119))
    stuck = next_of(wanted(manifest()), recreated_since(120))

    assert (going.outcome.action, going.is_open) == (ActionKind.SKIP, True)
    assert (stuck.outcome.action, stuck.outcome.reason) == (ActionKind.FAIL, "Timeout")
    assert not stuck.is_open
