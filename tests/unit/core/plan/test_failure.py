"""What a refusal is called, and when it is tried again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fakes.fleet import NOW
from gitopsd.core.plan.failure import failed
from gitopsd.model.delivery import ActionKind
from gitopsd.model.errors import (
    AlreadyThere,
    Conflict,
    FieldConflict,
    Forbidden,
    Immutable,
    NotThere,
    ObjectError,
    Rejected,
    TooLarge,
)

IMMUTABLE = {"reason": "FieldValueInvalid", "message": "Invalid value: field is immutable"}
INVALID = {"reason": "FieldValueInvalid", "message": "Invalid value: must be positive"}
ENDING = {"reason": "NamespaceTerminating", "message": "namespace shop is being terminated"}


@pytest.mark.parametrize(
    ("error", "action", "reason", "wait_s"),
    [
        (Rejected("eu", "bad"), "Fail", "Invalid", 600),
        (Rejected("eu", "bad", causes=(INVALID,)), "Fail", "Invalid", 600),
        (Rejected("eu", "bad", causes=(IMMUTABLE,)), "Fail", "Invalid", 600),
        (Immutable("eu", "bad", causes=(IMMUTABLE,)), "Fail", "Immutable", 600),
        (Forbidden("eu", "no rights"), "Fail", "Forbidden", 2),
        (Forbidden("eu", "exceeded quota: q"), "Fail", "QuotaExceeded", 60),
        (Forbidden("eu", "no", causes=(ENDING,)), "Skip", "NamespaceTerminating", 2),
        (TooLarge("eu", "too large"), "Fail", "TooLarge", 600),
        (ObjectError("eu", 'webhook "w" denied the request: no'), "Fail", "WebhookDenied", 2),
        (ObjectError("eu", "failed calling webhook"), "Fail", "Internal", 2),
        (FieldConflict("eu", "others own .spec.x"), "Fail", "FieldConflict", 2),
        (NotThere("eu", "no such kind"), "Fail", "UnknownKind", 0.1),
        (Conflict("eu", "modified"), "Fail", "Conflict", 0.1),
        (AlreadyThere("eu", "exists"), "Fail", "Internal", 0.1),
    ],
)
def test_each_refusal_has_its_name_and_its_time(error, action, reason, wait_s) -> None:
    found = failed(error, "h1", None, NOW)

    assert (found.action, found.reason) == (ActionKind(action), reason)
    assert wait_s / 2 <= (found.again_at - NOW).total_seconds() <= wait_s * 1.1
    assert (found.failures, found.message, found.hash) == (1, error.reason, "h1")


def waits(error, count: int) -> list[float]:
    """How long an object waits after each of so many refusals in a row."""
    found, tried = [], None
    for _ in range(count):
        tried = failed(error, "h1", tried, NOW)
        found.append((tried.again_at - NOW).total_seconds())
    return found


def test_a_race_is_run_again_five_times_and_then_waits_longer_each_time() -> None:
    found = waits(Conflict("eu", "modified"), 7)

    assert found[:5] == [0.1, 0.2, 0.4, 0.8, 0.8]
    assert 1 <= found[5] <= 2 <= found[6] <= 4


def test_what_may_pass_waits_longer_each_time() -> None:
    most = [2, 4, 8, 16, 32, 64, 128, 256, 300]

    found = waits(ObjectError("eu", "failed calling webhook"), 9)

    assert all(limit / 2 <= each <= limit for each, limit in zip(found, most, strict=True))


def test_not_everything_is_tried_again_at_once() -> None:
    found = {waits(ObjectError(f"eu web-{n}", "no"), 1)[0] for n in range(100)}

    assert len(found) > 90
    assert min(found) < 1.1
    assert max(found) > 1.9


def test_a_webhook_that_cannot_be_called_is_named() -> None:
    error = ObjectError("eu", 'failed calling webhook "w.example": refused', status=500)

    assert failed(error, "h1", None, NOW).webhook == "w.example"


def test_another_manifest_begins_anew() -> None:
    before = failed(ObjectError("eu", "no"), "h1", None, NOW)
    before = failed(ObjectError("eu", "no"), "h1", before, NOW)

    assert failed(ObjectError("eu", "no"), "h2", before, NOW).failures == 1


def test_a_path_that_is_not_served_yet_is_asked_for_again_for_ten_seconds() -> None:
    lagging = NotThere("eu", "the server could not find the requested resource", status=404)
    first = failed(lagging, "h1", None, NOW)

    late = failed(lagging, "h1", replace(first, failures=8), NOW + timedelta(seconds=9))
    too_late = failed(lagging, "h1", replace(first, failures=8), NOW + timedelta(seconds=10))

    assert late.again_at == NOW + timedelta(seconds=9 + 0.8)
    assert too_late.again_at >= NOW + timedelta(seconds=10 + 4)
