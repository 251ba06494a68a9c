"""A kind that does not come holds up its own objects alone, and only so long."""

from datetime import timedelta

from fakes.delivery import Delivery, key_of, manifest
from gitopsd.apiserver.errors import ApiError
from gitopsd.core.plan import patience
from gitopsd.daemon import follower
from gitopsd.kube.body import laid
from gitopsd.model.delivery import ActionKind
from servers.objects import config_map, definition
from servers.waiting import until

WEB = config_map("shop", "web", word="ours")
SERVED = definition(
    "shop.example",
    "Cake",
    {"type": "object", "properties": {"spec": {"type": "object"}}},
)
VERSION = {**SERVED["spec"]["versions"][0], "served": False}
DEFINITION = laid(SERVED, [VERSION], "spec", "versions")
CAKE = {
    "apiVersion": "shop.example/v1",
    "kind": "Cake",
    "metadata": {"name": "birthday", "namespace": "shop"},
}


async def test_what_waits_for_a_kind_that_is_late_is_told_and_others_proceed(
    eu, monkeypatch
) -> None:
    monkeypatch.setattr(patience, "LONGEST_BARRIER", timedelta(seconds=0.3))

    eu.want(manifest(DEFINITION), manifest(CAKE), manifest(WEB))
    await eu.finished()

    told = eu.outcome(key_of(CAKE))
    assert (told.action, told.reason) == (ActionKind.SKIP, "CRDNotEstablished")
    assert eu.value(WEB) == "ours"


async def test_it_goes_all_the_same_when_the_kind_comes(eu, monkeypatch) -> None:
    monkeypatch.setattr(patience, "LONGEST_BARRIER", timedelta(seconds=0.1))
    eu.want(manifest(DEFINITION), manifest(CAKE))
    await eu.finished()

    eu.want(manifest(SERVED), manifest(CAKE))

    await until(lambda: eu.live(CAKE))


async def test_a_kind_that_somebody_else_brings_is_seen_where_it_is_needed(
    idle, monkeypatch
) -> None:
    monkeypatch.setattr(follower, "PROBE_S", 0.02)
    monkeypatch.setattr(follower, "CAPACITY_S", 0.02)
    idle.start()
    idle.want(manifest(WEB))
    await idle.finished()
    await idle.made(SERVED)
    before = kinds(idle)

    idle.needs(("", "ConfigMap"), ("shop.example", "Cake"))

    await until(lambda: "Cake" in kinds(idle))
    assert "Cake" not in before


async def test_what_somebody_else_brings_the_kind_of_is_made(idle, monkeypatch) -> None:
    monkeypatch.setattr(follower, "PROBE_S", 0.02)
    monkeypatch.setattr(follower, "CAPACITY_S", 0.02)
    idle.start()
    idle.needs(("shop.example", "Cake"))
    idle.want(manifest(CAKE))
    await until(lambda: idle.outcome(key_of(CAKE)).reason == "UnknownKind", 5)

    await idle.made(SERVED)

    await until(lambda: idle.live(CAKE), 8)


def kinds(member: Delivery) -> set[str]:
    facts = member.report.facts
    assert facts is not None
    return {each.kind for group in facts.api_enablements for each in group.resources}


async def test_a_webhook_of_the_set_that_does_not_answer_yet_fails_nothing(eu) -> None:
    registered = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "maps"},
        "webhooks": [
            {
                "name": "maps.shop.example",
                "clientConfig": {"url": "https://127.0.0.1:9/"},
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
            }
        ],
    }
    words = 'Internal error occurred: failed calling webhook "maps.shop.example": refused'
    eu.member.faults.fail(
        ApiError(500, "InternalError", words),
        1,
        lambda request: request.method == "PATCH" and request.path.endswith("/configmaps/web"),
    )

    eu.want(manifest(registered), manifest(WEB))
    await until(lambda: eu.outcome(key_of(WEB)).message.startswith("webhook maps.shop.example"))
    told, is_finished = eu.outcome(key_of(WEB)), eu.report.is_finished
    await eu.finished()

    assert (told.action, told.reason) == (ActionKind.SKIP, "DependencyNotReady")
    assert not is_finished
    assert eu.value(WEB) == "ours"
