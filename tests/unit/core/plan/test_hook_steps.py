"""What is next for one run of a hook."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fakes.fleet import NOW
from gitopsd.core.health import Finding
from gitopsd.core.plan import Deed, Hook, Live, Observed, Step, Try, entry_of_hook, hooks_of
from gitopsd.core.plan.hooks import end_of, hook_step
from gitopsd.model.api import Discovery, Served
from gitopsd.model.decision import Manifest, Wanted
from gitopsd.model.delivery import ActionKind, Entry, Health
from gitopsd.model.resource import Origin, ResourceKey

JOB, POD, MAP = ("batch", "Job"), ("", "Pod"), ("", "ConfigMap")
COMPLETE = {"conditions": [{"type": "Complete", "status": "True"}]}
FAILED = Finding(Health.FAILED, "BackoffLimitExceeded")
WELL = Finding(Health.CURRENT)


def hook(kind: tuple[str, str] = JOB, **notes: str) -> Hook:
    annotations = {f"gitopsd.io/{key.replace('_', '-')}": value for key, value in notes.items()}
    annotations["gitopsd.io/hook"] = "pre-sync"
    key = ResourceKey(*kind, "shop", "migrate")
    body = {"kind": kind[1], "metadata": {"name": "migrate", "annotations": annotations}}
    manifest = Manifest(key, "v1", body, "h", Origin("a.yaml"), hook="pre-sync")
    return hooks_of(Wanted("eu", "c1", {}, hooks={key: manifest}))[key]


def live(hook: Hook, **more: object) -> Live:
    standard = {
        "uid": "u1",
        "version": "1",
        "generation": 1,
        "fields": None,
        "is_terminating": False,
        "keep": "",
        "has_controller": False,
        "allows_loss": False,
        "finding": WELL,
        "since": None,
        "status": None,
        "run": hook.run,
        "created": NOW,
    }
    return Live(**{**standard, **more})  # type: ignore[arg-type]


def seen(run: Hook, there: Live | None = None, flags: tuple[str, ...] | None = None, **more):
    kind = run.key[:2]
    served = Served(*kind[:1], "v1", kind[1], "x", True, frozenset(), ("v1",))
    entry = entry_of_hook(run, "u1", *flags) if flags is not None else None
    return Observed(
        Discovery({kind: served}, frozenset(), ()),
        live={run.key: there} if there else {},
        entries={run.key: entry} if entry else {},
        listed={kind},
        **more,
    )


def next_of(run: Hook, saw: Observed, after: timedelta = timedelta()) -> Step:
    return hook_step(run, saw, NOW + after)


def test_a_run_that_has_not_begun_is_due() -> None:
    run = hook()

    assert next_of(run, seen(run)).deed is Deed.RUN
    assert end_of(run, seen(run)) == ""


@pytest.mark.parametrize(
    ("kind", "shows", "action"),
    [
        (JOB, {"status": COMPLETE}, ActionKind.CREATE),
        (JOB, {"finding": FAILED}, ActionKind.FAIL),
        (POD, {"status": {"phase": "Succeeded"}}, ActionKind.CREATE),
        (MAP, {}, ActionKind.CREATE),
    ],
    ids=["complete", "failed", "succeeded", "there"],
)
def test_a_run_that_is_over_is_recorded(kind, shows, action: ActionKind) -> None:
    run = hook(kind)

    found = next_of(run, seen(run, live(run, **shows), ()))

    assert (found.deed, found.outcome.action) == (Deed.END, action)


@pytest.mark.parametrize("kind", [JOB, POD])
def test_a_run_that_goes_on_is_waited_for(kind) -> None:
    run = hook(kind)

    found = next_of(run, seen(run, live(run, status={"active": 1, "phase": "Running"}), ()))

    assert (found.deed, found.is_open) == (None, True)
    assert found.wake_at == NOW + timedelta(minutes=10)


def test_a_run_tells_what_its_object_says_while_it_is_there() -> None:
    run = hook()
    done = seen(run, live(run, status=COMPLETE), ("done",))

    assert next_of(run, done).outcome.status == COMPLETE
    assert (
        next_of(run, seen(run, live(run, status=COMPLETE, run="old"), ("done",))).outcome.status
        is None
    )
    assert next_of(run, seen(run, None, ("done",))).outcome.status is None


def test_a_run_that_takes_too_long_has_failed() -> None:
    run = hook(hook_timeout="90s")
    running = seen(run, live(run), ())

    assert next_of(run, running, timedelta(seconds=89)).deed is None
    late = next_of(run, running, timedelta(seconds=90))
    assert (late.deed, late.outcome.message) == (Deed.END, "it did not end in time")


def test_a_run_that_somebody_deleted_has_failed_and_one_that_was_never_made_has_not() -> None:
    run = hook()
    recorded = entry_of_hook(run, "")

    gone = next_of(run, seen(run, None, ()))
    unmade = next_of(run, replace(seen(run), entries={run.key: recorded}))

    assert (gone.deed, gone.outcome.action) == (Deed.END, ActionKind.FAIL)
    assert unmade.deed is Deed.RUN


def test_what_an_earlier_run_left_is_deleted_first() -> None:
    run = hook()
    left = live(run, run="earlier")
    recorded = seen(run, left, ())

    assert next_of(run, recorded).deed is Deed.SWEEP


@pytest.mark.parametrize(
    "more", [{}, {"flags": ()}], ids=["not recorded", "recorded of another object"]
)
def test_what_is_not_left_by_a_run_of_ours_is_not_deleted(more) -> None:
    run = hook()

    found = next_of(run, seen(run, live(run, run="", uid="other"), **more))

    assert (found.deed, found.outcome.reason) == (None, "HookFailed")


def test_what_a_policy_keeps_is_not_deleted() -> None:
    run = hook(hook_delete_policy="on-success")

    found = next_of(run, seen(run, live(run, run="earlier"), ()))

    assert (found.deed, found.outcome.reason) == (None, "HookFailed")


@pytest.mark.parametrize(
    ("policy", "end", "deed"),
    [
        ("on-success", "done", Deed.SWEEP),
        ("on-success", "failed", None),
        ("on-failure", "failed", Deed.SWEEP),
        ("before-creation", "done", None),
    ],
)
def test_what_a_run_leaves_goes_as_its_policy_says(policy: str, end: str, deed) -> None:
    run = hook(hook_delete_policy=policy)

    found = next_of(run, seen(run, live(run), (end,)))

    assert (found.deed, end_of(run, seen(run, None, (end,)))) == (deed, end)


def test_a_run_that_cannot_be_made_has_failed_until_it_can() -> None:
    run = hook()
    refused = Try(run.manifest.hash, ActionKind.FAIL, "Invalid", "no", 1, NOW + timedelta(1))

    assert end_of(run, seen(run, tries={run.key: refused})) == "failed"
    assert next_of(run, seen(run, tries={run.key: refused})).outcome.reason == "Invalid"


def test_another_set_is_another_run() -> None:
    one = hook()
    other = replace(one.template, hash="h2")

    again = hooks_of(Wanted("eu", "c2", {}, hooks={one.key: other}))[one.key]

    assert again.run != one.run
    assert end_of(again, seen(one, None, ("done",))) == ""
    assert hooks_of(Wanted("us", "c3", {}, hooks={one.key: one.template}))[one.key].run == one.run


def test_what_a_mistake_holds_is_no_other_set() -> None:
    one = hook()
    web = ResourceKey("apps", "Deployment", "shop", "web")
    manifest = Manifest(web, "v1", {}, "h1", Origin("web.yaml"))
    hooks = {one.key: one.template}
    entries = {web: Entry(web, "v1", hash="h1")}

    whole = hooks_of(Wanted("eu", "c1", {web: manifest}, hooks=hooks))
    held = hooks_of(Wanted("eu", "c2", {}, hooks=hooks, kept={web: "web.yaml:4"}), entries)

    assert held[one.key].run == whole[one.key].run


def test_a_run_that_nobody_recorded_is_known_by_what_it_bears() -> None:
    run = hook()

    assert next_of(run, seen(run, live(run, run="earlier"))).deed is Deed.SWEEP
