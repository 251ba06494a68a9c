"""What the annotations of a hook say, and what one run of it is called."""

from datetime import timedelta

import pytest

from gitopsd.core.hooks import (
    Phase,
    Policy,
    name_of_run,
    of_run,
    phase_of,
    policies_of,
    timeout_of,
    with_prefix_as_name,
)
from gitopsd.kube.body import Body
from gitopsd.kube.names import name_of_kind

RUN = "0123456789abcdef"


def hook(name: str = "", prefix: str = "", **notes: str) -> Body:
    written = {"generateName": prefix} if prefix else {}
    named = {"name": name} if name else {}
    annotations = {f"gitopsd.io/{key.replace('_', '-')}": value for key, value in notes.items()}
    return {"kind": "Job", "metadata": {**named, **written, "annotations": annotations}}


def test_what_has_no_annotation_is_no_hook() -> None:
    assert phase_of(hook("a")) is None
    assert phase_of(hook("a", hook="post-sync")) is Phase.POST_SYNC


def test_what_it_does_not_say_is_as_usual() -> None:
    assert policies_of(hook("a", hook="sync")) == {Policy.BEFORE_CREATION}
    assert timeout_of(hook("a", hook="sync")) == timedelta(minutes=10)


def test_what_it_says_counts() -> None:
    body = hook("a", hook="sync", hook_delete_policy="on-success, on-failure", hook_timeout="90s")

    assert policies_of(body) == {Policy.ON_SUCCESS, Policy.ON_FAILURE}
    assert timeout_of(body) == timedelta(seconds=90)


def test_a_prefix_becomes_the_name_of_hooks_alone() -> None:
    assert with_prefix_as_name(hook(prefix="a-", hook="sync"))["metadata"]["name"] == "a-"
    assert "name" not in with_prefix_as_name(hook(prefix="a-"))["metadata"]
    assert with_prefix_as_name("no object") == "no object"


def test_a_run_of_a_generated_name_has_one_of_its_own() -> None:
    body = with_prefix_as_name(hook(prefix="migrate-", hook="pre-sync"))

    assert name_of_run(body, RUN) == "migrate-0123456-pre-sync"
    assert of_run(body, RUN)["metadata"]["name"] == "migrate-0123456-pre-sync"
    assert "generateName" not in of_run(body, RUN)["metadata"]
    assert name_of_run(hook("fixed", hook="sync"), RUN) == "fixed"


@pytest.mark.parametrize("phase", Phase)
def test_every_moment_makes_a_name(phase: Phase) -> None:
    body = with_prefix_as_name(hook(prefix="a-", hook=phase))

    assert not name_of_kind("batch", "Job", name_of_run(body, RUN))
