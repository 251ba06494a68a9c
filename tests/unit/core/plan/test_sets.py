"""Whether the set of another instance is ready, and what of ours waits for it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fakes.delivery import manifest
from gitopsd.core.plan import (
    CREATED_NAMESPACE,
    DONE,
    DUE,
    FAILED,
    HOOK,
    KEPT,
    PENDING,
    Barriers,
    Deed,
    Observed,
    Step,
    Wait,
    barriers,
    ready,
    sets,
)
from gitopsd.core.plan.inventory import Inventory
from gitopsd.kube.body import Body
from gitopsd.model.api import Discovery, Served
from gitopsd.model.decision import Wanted
from gitopsd.model.delivery import Entry
from gitopsd.model.resource import ResourceKey
from servers.objects import config_map, deployment, namespace

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DB = ResourceKey("apps", "Deployment", "shop", "db")
MAP = ResourceKey("", "ConfigMap", "shop", "web")
OTHER = ResourceKey("", "ConfigMap", "shop", "other")
RUN = ResourceKey("batch", "Job", "shop", "migrate")
BEHIND = Wait("DependencyNotReady", "instance platform has no set here yet")


def entry(key: ResourceKey, *flags: str, uid: str = "u1", digest: str = "h1") -> Entry:
    return Entry(key, "v1", uid, digest, flags=flags)


def holding(*entries: Entry) -> Inventory:
    return Inventory(entries={each.key: each for each in entries})


def live(body: Body, uid: str = "u1", **more: Any) -> Body:
    metadata = {**body["metadata"], "uid": uid, "generation": 1}
    return {**body, **more, "metadata": metadata}


def shown(*bodies: Body) -> dict[ResourceKey, sets.Shown]:
    return {manifest(each).key: sets.shown(each, None, NOW) for each in bodies}


WEB = live(config_map("shop", "web"))
STATUS = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1}
AVAILABLE = {"availableReplicas": 1, "conditions": [{"type": "Available", "status": "True"}]}
WELL = live(deployment("shop", "db"), status={**STATUS, **AVAILABLE})
COMING = live(deployment("shop", "db"), status={"observedGeneration": 1, "replicas": 1})
STALLED = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
BROKEN = {**COMING, "status": {**COMING["status"], "conditions": [STALLED]}}


def why(inventory: Inventory | None, *bodies: Body) -> tuple[str, str]:
    found = sets.unready("platform", inventory, shown(*bodies))
    return (found.reason, found.message) if found else ("", "")


def test_a_set_is_ready_when_all_it_names_is_there_and_well() -> None:
    assert sets.unready("platform", holding(entry(DB), entry(MAP)), shown(WELL, WEB)) is None


def test_without_an_inventory_there_is_no_set() -> None:
    assert why(None) == ("DependencyNotReady", "instance platform has no set here yet")


@pytest.mark.parametrize(
    ("held", "bodies", "words"),
    [
        (entry(MAP), (), "ConfigMap shop/web: it is not there"),
        (entry(MAP, PENDING, digest=""), (WEB,), "ConfigMap shop/web: it was not applied yet"),
        (entry(MAP, PENDING, uid=""), (), "ConfigMap shop/web: it was not applied yet"),
        (entry(MAP, uid="u0"), (WEB,), "ConfigMap shop/web: it is another object than was applied"),
        (entry(DB), (COMING,), "Deployment.apps shop/db: "),
        (entry(RUN, HOOK), (), "Job.batch shop/migrate: the hook runs"),
    ],
    ids=["gone", "pending", "never made", "made anew", "in progress", "a hook"],
)
def test_it_is_not_ready_while_something_of_it_is_not(held, bodies, words) -> None:
    reason, message = why(holding(held), *bodies)

    assert reason == "DependencyNotReady"
    assert message.startswith(f"instance platform is not ready here: {words}")


def test_what_is_being_deleted_is_not_ready() -> None:
    ending = {**WEB, "metadata": {**WEB["metadata"], "deletionTimestamp": "2026-03-01T00:00:00Z"}}

    assert why(holding(entry(MAP)), ending)[0] == "DependencyNotReady"


def test_a_job_that_runs_is_waited_for() -> None:
    metadata = {"name": "migrate", "namespace": "shop"}
    job = live({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": {}})
    running = {**job, "status": {"active": 1, "startTime": "2026-03-01T00:00:00Z"}}

    assert why(holding(entry(RUN)), running)[0] == "DependencyNotReady"


@pytest.mark.parametrize(
    ("held", "bodies"), [(entry(DB), (BROKEN,)), (entry(RUN, FAILED, HOOK), ())]
)
def test_what_failed_is_told_before_what_is_to_come(held, bodies) -> None:
    reason, message = why(holding(entry(OTHER), held), *bodies)

    assert reason == "DependencyFailed"
    assert str(held.key) in message


@pytest.mark.parametrize(
    "held",
    [
        entry(RUN, DONE, HOOK),
        entry(RUN, DUE, HOOK),
        entry(ResourceKey("", "Namespace", "", "shop"), CREATED_NAMESPACE, digest=""),
        entry(MAP, KEPT, digest=""),
        entry(MAP, uid=""),
    ],
    ids=["hook that ran", "hook to come", "namespace for others", "kept", "never seen"],
)
def test_what_is_no_object_that_was_applied_counts_for_nothing(held) -> None:
    assert sets.unready("platform", holding(held), {}) is None


def test_since_when_something_is_not_well_lasts_until_it_changes() -> None:
    later = NOW + timedelta(minutes=1)
    first = sets.shown(COMING, None, NOW)

    assert sets.shown(COMING, first, later).since == NOW
    changed = {**COMING, "metadata": {**COMING["metadata"], "generation": 2}}
    assert sets.shown(changed, first, later).since == later
    assert sets.shown(WELL, first, later).since is None


def test_a_kind_is_listed_in_its_namespace_where_it_has_but_one() -> None:
    keys = [MAP, OTHER, DB, DB._replace(namespace="bank"), ResourceKey("", "Namespace", "", "shop")]

    assert sets.places(keys) == [
        (("", "ConfigMap"), "shop"),
        (("", "Namespace"), ""),
        (("apps", "Deployment"), ""),
    ]


def test_a_wait_that_lasts_is_told_as_a_failure() -> None:
    assert sets.overdue(BEHIND, NOW, NOW + timedelta(minutes=4)) == BEHIND
    found = sets.overdue(BEHIND, NOW, NOW + timedelta(minutes=5))
    assert (found.reason, found.message, found.is_stuck) == (
        "DependencyFailed",
        BEHIND.message,
        True,
    )


def test_who_waits_for_whom_in_a_circle_is_told_as_its_path() -> None:
    assert sets.circle(("apps", "platform", "apps")) == Wait(
        "DependencyFailed", "instances wait for one another: apps → platform → apps", True
    )


def test_all_of_a_set_goes_after_the_sets_that_come_after_it() -> None:
    apps = replace(holding(entry(MAP)), after=("platform",))

    found = sets.needed("platform", {"apps": apps, "base": holding(entry(DB))})

    words = "instance apps comes after this one and still holds ConfigMap shop/web here"
    assert found == Wait("DependencyNotReady", words)


@pytest.mark.parametrize(
    ("apps", "own"),
    [
        (holding(entry(MAP)), ()),
        (replace(holding(entry(RUN, DONE, HOOK)), after=("platform",)), ()),
        (replace(holding(entry(MAP)), after=("platform",)), ("apps",)),
    ],
    ids=["it comes after others", "it holds nothing", "each after the other"],
)
def test_no_other_set_is_waited_for(apps, own) -> None:
    inventories = {"apps": apps, "platform": replace(holding(entry(DB)), after=own)}

    assert sets.needed("platform", inventories) is None


# What of ours waits

SERVED = {
    key[:2]: Served(key.group, "v1", key.kind, "x", True, frozenset(), ("v1",)) for key in (MAP, DB)
} | {("", "Namespace"): Served("", "v1", "Namespace", "namespaces", False, frozenset(), ("v1",))}
OURS = manifest(config_map("shop", "web"))


def seen(*entries: Entry, spaces: tuple[str, ...] = ("shop",)) -> Observed:
    return Observed(
        Discovery(SERVED, frozenset(), ()),
        entries={each.key: each for each in entries},
        namespaces=set(spaces),
        behind=BEHIND,
    )


def gone(steps: list[Step], saw: Observed, limits: Barriers | None = None) -> list[ResourceKey]:
    wanted = Wanted("eu", "c1", {each.key: each.manifest for each in steps if each.manifest})
    found = ready(steps, wanted, limits or barriers(wanted), saw, {})
    assert found.is_behind == bool(found.waiting)
    assert {each.message for each in found.waiting.values()} <= {BEHIND.message}
    return [each.key for each in found.go]


@pytest.mark.parametrize(
    ("step", "saw"),
    [
        (Step(MAP, Deed.CREATE, OURS), seen()),
        (Step(MAP, Deed.CREATE, OURS), seen(entry(MAP, PENDING, digest=""))),
        (Step(MAP, Deed.CHANGE, OURS), seen(entry(MAP, digest="another"))),
        (Step(MAP, Deed.ADOPT, OURS), seen()),
        (Step(MAP, Deed.DELETE), seen(entry(MAP))),
        (Step(MAP, Deed.RELEASE), seen(entry(MAP))),
        (Step(MAP, Deed.LOOK, OURS), seen(spaces=())),
        (Step(ResourceKey("", "Namespace", "", "shop"), Deed.MAKE), seen(spaces=())),
        (Step(ResourceKey("shop.example", "Cake", "shop", "a"), Deed.LOOK), seen()),
    ],
    ids=[
        "create",
        "recorded, not made",
        "change",
        "adopt",
        "delete",
        "release",
        "without its namespace",
        "a namespace for others",
        "of a kind that is not served",
    ],
)
def test_all_that_is_new_waits(step, saw) -> None:
    assert gone([step], saw) == []


@pytest.mark.parametrize(
    "step",
    [
        Step(MAP, Deed.CREATE, OURS),
        Step(MAP, Deed.CHANGE, OURS),
        Step(MAP, Deed.LOOK, OURS),
        Step(ResourceKey("", "Namespace", "", "made"), Deed.MAKE),
    ],
)
def test_what_was_applied_already_is_put_back_at_once(step) -> None:
    made = entry(ResourceKey("", "Namespace", "", "made"), CREATED_NAMESPACE, digest="")

    assert gone([step], seen(entry(MAP, digest=OURS.hash), made)) == [step.key]


def test_it_is_put_back_though_a_wave_or_a_need_of_it_waits() -> None:
    late = manifest(
        {
            **OURS.body,
            "metadata": {
                **OURS.body["metadata"],
                "annotations": {"config.kubernetes.io/depends-on": "/Namespace/shop"},
            },
        },
        wave=3,
    )
    first = manifest(namespace("shop"))
    saw = seen(entry(MAP, digest=late.hash))

    assert gone([Step(first.key, Deed.CHANGE, first), Step(MAP, Deed.CHANGE, late)], saw) == [MAP]


def test_looking_waits_for_nothing() -> None:
    assert gone([Step(MAP, Deed.LOOK, OURS)], seen()) == [MAP]


@pytest.mark.parametrize(
    ("phase", "reason", "is_behind"),
    [("pre-sync", "DependencyNotReady", True), ("sync-fail", "Ignored", False)],
)
def test_a_hook_of_every_sync_waits_and_one_of_a_failure_asks_for_nothing(
    phase, reason, is_behind
) -> None:
    template = manifest(config_map("shop", "hook"), hook=phase)
    wanted = Wanted("eu", "c1", {}, hooks={template.key: template})
    limits = barriers(wanted)
    (hook,) = limits.hooks
    saw = replace(seen(), hooks={hook.key: hook})

    found = ready([Step(hook.key, Deed.RUN, hook.manifest)], wanted, limits, saw, {})

    assert found.go == []
    assert [each.reason for each in found.waiting.values()] == [reason]
    assert found.is_behind is is_behind
