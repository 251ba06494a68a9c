"""What a webhook of the same set refuses because it does not answer yet, waits."""

from dataclasses import replace
from datetime import timedelta

from fakes.fleet import NOW
from gitopsd.core.plan.failure import failed
from gitopsd.core.plan.webhooks import names_of, patient
from gitopsd.model.decision import Manifest
from gitopsd.model.delivery import ActionKind
from gitopsd.model.errors import ObjectError
from gitopsd.model.resource import Origin, ResourceKey

REGISTERED = Manifest(
    ResourceKey("admissionregistration.k8s.io", "ValidatingWebhookConfiguration", "", "cakes"),
    "v1",
    {"webhooks": [{"name": "cakes.shop.example"}, {"name": "pies.shop.example"}]},
    "h",
    Origin("a.yaml"),
)
REFUSED = ObjectError(
    "eu",
    'Internal error occurred: failed calling webhook "cakes.shop.example": failed to call webhook: '
    'Post "https://cakes.shop.svc:443/check?timeout=10s": no endpoints available for service "c"',
    retry=True,
    status=500,
)
OURS = names_of([REGISTERED])


def test_the_webhooks_of_a_set_are_known_by_name() -> None:
    assert {"cakes.shop.example", "pies.shop.example"} == OURS


def test_an_object_waits_for_a_webhook_of_its_set() -> None:
    tried = patient(failed(REFUSED, "h1", None, NOW), REFUSED, OURS)

    assert (tried.action, tried.reason) == (ActionKind.SKIP, "DependencyNotReady")
    assert tried.message == "webhook cakes.shop.example does not answer yet"
    assert tried.again_at <= NOW + timedelta(seconds=2)


def test_a_webhook_of_others_fails_it() -> None:
    tried = failed(REFUSED, "h1", None, NOW)

    assert patient(tried, REFUSED, frozenset({"pies.shop.example"})) is tried


def test_a_denial_fails_it() -> None:
    denied = ObjectError(
        "eu", 'admission webhook "cakes.shop.example" denied the request: no', status=403
    )
    tried = failed(denied, "h1", None, NOW)

    assert patient(tried, denied, OURS) is tried


def test_after_five_minutes_it_is_a_failure() -> None:
    first = patient(failed(REFUSED, "h1", None, NOW), REFUSED, OURS)
    later = NOW + timedelta(minutes=5)

    tried = patient(failed(REFUSED, "h1", replace(first, failures=6), later), REFUSED, OURS)

    assert (tried.action, tried.reason) == (ActionKind.FAIL, "Timeout")
    assert tried.again_at >= later + timedelta(seconds=64)
