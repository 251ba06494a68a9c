"""A field that cannot be changed: told, let be, or the object is made anew; never by mistake."""

from dataclasses import replace

import pytest

from fakes.delivery import annotated, key_of, manifest
from gitopsd.apiserver.errors import ApiError
from gitopsd.core.fixed import is_flagged, marked
from gitopsd.kube.body import Body, dig, laid
from gitopsd.kube.wire import hash_of
from gitopsd.model.decision import Manifest
from gitopsd.model.delivery import ActionKind
from servers.objects import deployment
from servers.waiting import until

APP = deployment("shop", "app")
LABELS = {"app": "app", "tier": "web"}
KEY = key_of(APP)


def moved(body: Body = APP, **notes: str) -> Manifest:
    """The Deployment with another selector."""
    body = laid(body, {"matchLabels": LABELS}, "spec", "selector")
    body = laid(body, LABELS, "spec", "template", "metadata", "labels")
    return of(annotated(body, **notes))


def of(body: Body) -> Manifest:
    return replace(manifest(body), hash=marked(hash_of(body), body, key_of(body)[:2]))


def asking(what: str) -> Manifest:
    return moved(**{"gitopsd.io/on-immutable": what})


async def first(eu) -> str:
    """The Deployment is there; its uid."""
    eu.want(of(APP))
    await eu.finished()
    return uid(eu)


def uid(eu) -> str:
    return dig(eu.live(APP) or {}, "metadata", "uid", default="")


def selector(eu) -> object:
    return dig(eu.live(APP), "spec", "selector", "matchLabels")


async def test_it_is_told_as_what_it_is_and_what_would_help(eu) -> None:
    before = await first(eu)

    eu.want(moved())
    await eu.finished()

    told = eu.outcome(KEY)
    assert (told.action, told.reason) == (ActionKind.FAIL, "Immutable")
    assert told.message.endswith(
        "gitopsd.io/on-immutable: recreate on it would have it deleted and made anew"
    )
    assert uid(eu) == before


@pytest.mark.parametrize("asks", ["recreate", "recreate-orphan"])
async def test_it_is_made_anew_where_it_asks_and_may(eu, asks: str) -> None:
    before = await first(eu)

    wanted = asking(asks)
    eu.want(wanted, recreations=frozenset({KEY}))
    await eu.finished()

    assert uid(eu) not in ("", before)
    assert selector(eu) == LABELS
    assert eu.outcome(KEY).action is ActionKind.RECREATE
    assert (eu.entry(KEY).uid, eu.entry(KEY).hash) == (uid(eu), wanted.hash)


async def test_it_waits_for_a_person_where_only_the_member_knows(eu) -> None:
    before = await first(eu)

    wanted = asking("recreate")
    eu.want(wanted)
    await eu.finished()
    waiting = eu.outcome(KEY)
    is_recorded, still = is_flagged(eu.recorded()[KEY], wanted), uid(eu)
    eu.want(wanted, recreations=frozenset({KEY}))
    await eu.finished()

    assert (waiting.action, waiting.reason) == (ActionKind.SKIP, "AwaitingApproval")
    assert "an Approval that covers eu/apps/Deployment/shop/app" in waiting.message
    assert (is_recorded, still) == (True, before)
    assert uid(eu) not in ("", before)
    assert eu.recorded()[KEY].flags == ()


async def test_a_typo_deletes_nothing(eu) -> None:
    before = await first(eu)

    wrong = laid(
        asking("recreate").body, {"app": "other"}, "spec", "template", "metadata", "labels"
    )
    eu.want(of(wrong), recreations=frozenset({KEY}))
    await eu.finished()

    assert (eu.outcome(KEY).action, eu.outcome(KEY).reason) == (ActionKind.FAIL, "Invalid")
    assert uid(eu) == before


async def test_what_would_be_refused_anew_too_is_not_deleted(eu) -> None:
    before = await first(eu)
    eu.member.faults.fail(
        ApiError(403, "Forbidden", "no"), 9, lambda request: "gitopsd-probe" in request.path
    )

    eu.want(asking("recreate"), recreations=frozenset({KEY}))
    await eu.finished()

    assert (eu.outcome(KEY).action, eu.outcome(KEY).reason) == (ActionKind.FAIL, "Invalid")
    assert uid(eu) == before


async def test_what_a_person_deletes_is_made_anew_at_once(eu) -> None:
    before = await first(eu)
    wanted = moved()
    eu.want(wanted)
    await eu.finished()
    told = eu.outcome(KEY).reason

    await eu.removed(APP)

    await until(lambda: uid(eu) not in ("", before), 5)
    await eu.finished()
    assert told == "Immutable"
    assert (selector(eu), eu.entry(KEY).hash) == (LABELS, wanted.hash)
    assert eu.outcome(KEY).reason == ""


async def test_what_is_kept_on_the_member_is_not_deleted(eu) -> None:
    before = await first(eu)
    await eu.patched(APP, {"metadata": {"annotations": {"gitopsd.io/prune": "disabled"}}})

    eu.want(asking("recreate"), recreations=frozenset({KEY}))
    await eu.finished()

    assert (eu.outcome(KEY).reason, uid(eu)) == ("Immutable", before)


async def test_it_is_let_be_where_it_asks_for_that(eu) -> None:
    before = await first(eu)
    body = laid(asking("ignore").body, 3, "spec", "replicas")

    eu.want(of(body))
    await eu.finished()

    assert (uid(eu), selector(eu)) == (before, {"app": "app"})
    assert dig(eu.live(APP), "spec", "replicas") == 3
    assert eu.outcome(KEY).action is ActionKind.CONFIGURE


async def test_what_a_guard_holds_is_neither_changed_nor_deleted(eu) -> None:
    before = await first(eu)

    eu.want(asking("recreate"), guarded={KEY: "Stateful"})
    await eu.finished()

    assert (eu.outcome(KEY).reason, uid(eu)) == ("GuardTripped", before)


async def test_a_daemon_that_ends_in_between_makes_it_after_all(eu) -> None:
    before = await first(eu)
    eu.member.faults.fail(
        ApiError(503, "ServiceUnavailable", "no"),
        999,
        lambda request: (
            request.method == "PATCH"
            and request.path.endswith("/deployments/app")
            and uid(eu) == ""
        ),
    )
    eu.want(asking("recreate"), recreations=frozenset({KEY}))
    await until(lambda: uid(eu) == "")
    await eu.stop()

    eu.member.faults.clear()
    eu.start()
    eu.want(asking("recreate"))
    await eu.finished()

    assert uid(eu) not in ("", before)
    assert selector(eu) == LABELS


async def test_a_job_that_runs_is_not_interrupted(eu) -> None:
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "once", "namespace": "shop"},
        "spec": {
            "template": {
                "spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "a:1"}]}
            }
        },
    }
    eu.want(of(job))
    await eu.finished()
    before = dig(eu.live(job), "metadata", "uid")
    again = laid(job, [{"name": "a", "image": "a:2"}], "spec", "template", "spec", "containers")
    again = annotated(again, **{"gitopsd.io/on-immutable": "recreate"})

    eu.want(of(again), recreations=frozenset({key_of(job)}))
    await until(lambda: eu.outcome(key_of(job)).reason == "DependencyNotReady")

    assert dig(eu.live(job), "metadata", "uid") == before
