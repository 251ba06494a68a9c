"""Hooks on a member: once for every set, in their place, and never as part of what is kept."""

from dataclasses import replace
from typing import Any

import pytest

from fakes.delivery import Delivery, annotated, key_of, list_path, manifest, place
from gitopsd.core.plan import hooks_of
from gitopsd.kube.body import Body, dig, laid
from gitopsd.kube.wire import encode
from gitopsd.model.decision import Manifest, Wanted
from gitopsd.model.delivery import ActionKind
from servers.objects import config_map
from servers.waiting import until

WEB = config_map("shop", "web", word="ours")
OLD = config_map("shop", "old", word="ours")


def hook(phase: str, name: str = "", kind: str = "ConfigMap", **more: str) -> Manifest:
    """A hook; a ConfigMap is done when it is there, a Job when somebody says so."""
    body: Body = config_map("shop", name or phase, word="hook")
    if kind == "Job":
        pod = {"restartPolicy": "Never", "containers": [{"name": "a", "image": "a:1"}]}
        body = {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": body["metadata"],
            "spec": {"template": {"spec": pod}},
        }
    notes = {f"gitopsd.io/{key.replace('_', '-')}": value for key, value in more.items()}
    return replace(manifest(annotated(body, **{"gitopsd.io/hook": phase, **notes})), hook=phase)


def want(eu: Delivery, *manifests: Manifest, **more: Any) -> Wanted:
    """The member is to hold these, and to run those of them that are hooks."""
    kept = [each for each in manifests if not each.hook]
    return eu.want(*kept, hooks={each.key: each for each in manifests if each.hook}, **more)


async def ends(eu: Delivery, job: Manifest, condition: str) -> None:
    """Somebody's controller says how a Job ended."""
    path = f"{list_path(job.body)}/{job.key.name}/status"
    since = "2026-01-01T00:00:00Z"
    said = [{"type": condition, "status": "True", "reason": condition, "message": "so it is"}]
    if condition == "Complete":
        said.insert(0, {**said[0], "type": "SuccessCriteriaMet"})
    else:
        said.insert(0, {**said[0], "type": "FailureTarget"})
    status = {"startTime": since, "conditions": said}
    if condition == "Complete":
        status |= {"completionTime": since, "succeeded": 1}
    member = eu.other("job-controller")
    await member.patch(path, encode({"status": status}), "application/merge-patch+json")


def uid(eu: Delivery, each: Manifest) -> str:
    return dig(eu.live(each.body) or {}, "metadata", "uid", default="")


async def test_nothing_changes_before_the_hooks_before_the_sync_are_done(eu) -> None:
    before = hook("pre-sync", kind="Job")
    want(eu, before, manifest(WEB))
    await until(lambda: eu.live(before.body))
    await until(lambda: key_of(WEB) in eu.report.outcomes)
    waiting, there = eu.outcome(key_of(WEB)), eu.live(WEB)

    await ends(eu, before, "Complete")
    await eu.finished()

    assert (waiting.reason, there) == ("DependencyNotReady", None)
    assert eu.value(WEB) == "ours"
    assert eu.outcome(before.key).health.value == "Current"


async def test_a_failed_hook_before_the_sync_stops_it(eu) -> None:
    eu.want(manifest(OLD))
    await eu.finished()
    before = hook("pre-sync", kind="Job")

    want(eu, before, manifest(WEB), deletions=frozenset({key_of(OLD)}))
    await until(lambda: eu.live(before.body))
    await ends(eu, before, "Failed")
    await eu.finished()

    told = eu.outcome(before.key)
    assert (told.action, told.reason, told.message) == (
        ActionKind.FAIL,
        "HookFailed",
        "so it is",
    )
    assert eu.outcome(key_of(WEB)).reason == "DependencyFailed"
    assert eu.live(WEB) is None
    assert eu.value(OLD) == "ours"


async def test_hooks_come_in_their_order(eu) -> None:
    phases = ("post-sync", "sync", "pre-sync")
    hooks = [hook(phase) for phase in phases]

    want(eu, manifest(WEB), *hooks)
    await eu.finished()

    made = {
        name: int(dig(eu.live(body), "metadata", "resourceVersion"))
        for name, body in (("web", WEB), *((each.hook, each.body) for each in hooks))
    }
    assert sorted(made, key=lambda name: made[name]) in (
        ["pre-sync", "web", "sync", "post-sync"],
        ["pre-sync", "sync", "web", "post-sync"],
    )


async def test_a_hook_runs_once_for_a_set_whoever_asks(eu) -> None:
    once = hook("pre-sync")
    want(eu, once, manifest(WEB))
    await eu.finished()
    first = uid(eu, once)
    await eu.stop()

    eu.start()
    want(eu, once, manifest(WEB))
    await eu.finished()
    again = uid(eu, once)
    want(eu, once, manifest(config_map("shop", "web", word="new")))
    await eu.finished()

    assert first == again
    assert uid(eu, once) not in ("", first)


async def test_a_run_that_a_daemon_left_is_taken_up(eu) -> None:
    before = hook("pre-sync", kind="Job")
    want(eu, before, manifest(WEB))
    await until(lambda: eu.live(before.body))
    first = uid(eu, before)
    await eu.stop()

    await ends(eu, before, "Complete")
    eu.start()
    want(eu, before, manifest(WEB))
    await eu.finished()

    assert uid(eu, before) == first
    assert eu.value(WEB) == "ours"


@pytest.mark.parametrize(
    ("policy", "condition", "is_there"),
    [
        ("on-success", "Complete", False),
        ("on-success", "Failed", True),
        ("on-failure", "Failed", False),
        ("before-creation", "Complete", True),
    ],
)
async def test_what_a_run_leaves_is_deleted_as_its_policy_says(
    eu, policy: str, condition: str, is_there: bool
) -> None:
    once = hook("post-sync", kind="Job", hook_delete_policy=policy)
    want(eu, once)
    await until(lambda: eu.live(once.body))

    await ends(eu, once, condition)
    await eu.finished()

    await until(lambda: (uid(eu, once) != "") is is_there)
    assert key_of(once.body) in eu.recorded()


async def test_a_failure_runs_the_hooks_for_it_and_success_does_not(eu) -> None:
    rescue = hook("sync-fail")
    want(eu, rescue, manifest(WEB))
    await eu.finished()
    fine = eu.live(rescue.body)

    wrong = manifest(laid(WEB, ["no"], "data"))
    want(eu, rescue, wrong)
    await eu.finished()

    assert fine is None
    assert eu.live(rescue.body)


async def test_deletions_have_hooks_around_them(eu) -> None:
    around = hook("pre-delete", kind="Job"), hook("post-delete")
    want(eu, manifest(OLD), manifest(WEB), *around)
    await eu.finished()
    unasked = [eu.live(each.body) for each in around]

    want(eu, manifest(WEB), *around, deletions=frozenset({key_of(OLD)}))
    await until(lambda: eu.live(around[0].body))
    still = eu.value(OLD), eu.live(around[1].body)
    await ends(eu, around[0], "Complete")
    await eu.finished()

    assert unasked == [None, None]
    assert still == ("ours", None)
    assert eu.live(OLD) is None
    assert eu.live(around[1].body)


async def test_every_run_of_a_generated_name_has_its_own_and_the_last_one_goes(eu) -> None:
    body = annotated(
        {**config_map("shop", "migrate-"), "metadata": {"name": "migrate-", "namespace": "shop"}},
        **{"gitopsd.io/hook": "pre-sync"},
    )
    body = laid(body, "migrate-", "metadata", "generateName")
    once = replace(manifest(body), hook="pre-sync")
    first = want(eu, once, manifest(WEB))
    await eu.finished()
    second = want(eu, once, manifest(config_map("shop", "web", word="new")))
    await eu.finished()

    (one,), (other,) = hooks_of(first), hooks_of(second)
    assert eu.outcome(once.key).health.value == "Current"
    assert one.name.startswith("migrate-") and one.name.endswith("-pre-sync")
    assert len(one.name) == len("migrate-0123456-pre-sync")
    assert eu.live({**body, "metadata": {"name": other.name, "namespace": "shop"}})
    await until(lambda: not eu.live({**body, "metadata": {"name": one.name, "namespace": "shop"}}))
    await until(lambda: one not in eu.recorded())


async def test_what_is_no_hooks_is_never_deleted_for_one(eu) -> None:
    taken = await eu.made(config_map("shop", "pre-sync", word="theirs"))

    want(eu, hook("pre-sync"), manifest(WEB))
    await until(lambda: eu.report.outcomes.get(hook("pre-sync").key) is not None)
    await until(lambda: eu.outcome(hook("pre-sync").key).action is ActionKind.FAIL)

    assert dig(eu.live(taken), "metadata", "uid") == taken["metadata"]["uid"]
    assert eu.live(WEB) is None


async def test_a_namespace_that_a_hook_needs_is_made_for_it(eu) -> None:
    elsewhere = laid(hook("pre-sync").body, "apart", "metadata", "namespace")
    before = replace(manifest(elsewhere), hook="pre-sync")

    want(eu, before, manifest(WEB))
    await eu.finished()

    assert eu.member.get(*place(elsewhere))
    assert eu.value(WEB) == "ours"


async def test_a_hook_that_is_none_any_more_stays_and_is_forgotten(eu) -> None:
    want(eu, hook("pre-sync"), manifest(WEB))
    await eu.finished()

    want(eu, manifest(WEB))
    await eu.finished()

    assert eu.live(hook("pre-sync").body)
    assert set(eu.recorded()) == {key_of(WEB)}
