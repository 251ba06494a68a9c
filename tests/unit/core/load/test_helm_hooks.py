"""Hooks of helm become ours only where they are one moment of a sync, and somebody says so."""

import pytest

from gitopsd.core.load.helm_hooks import kept
from gitopsd.model.resource import Origin, Resource, ResourceKey


def job(**annotations):
    named = {name.replace("_", "-").replace("helm-", "helm.sh/"): each
             for name, each in annotations.items()}  # fmt: skip
    key = ResourceKey("batch", "Job", "shop", "migrate")
    return Resource(key, "v1", {"metadata": {"name": "migrate", "annotations": named}}, Origin("a"))


def ours(resource):
    """The annotations of ours that it has then."""
    found, words = kept(resource, are_run=True)
    assert words == ""
    return {
        name.removeprefix("gitopsd.io/"): each
        for name, each in found.annotations.items()
        if name.startswith("gitopsd.io/")
    }


@pytest.mark.parametrize(
    ("moments", "phase"),
    [
        ("pre-install", "pre-sync"),
        ("pre-upgrade, pre-install", "pre-sync"),
        ("post-install,post-upgrade", "post-sync"),
        ("post-upgrade", "post-sync"),
    ],
)
def test_moments_before_and_after_are_moments_of_a_sync(moments, phase):
    assert ours(job(helm_hook=moments)) == {"hook": phase}


def test_weight_and_delete_policy_are_taken_along():
    found = ours(
        job(
            helm_hook="pre-install",
            helm_hook_weight="-5",
            helm_hook_delete_policy="before-hook-creation, hook-succeeded,hook-failed",
        )
    )

    assert found == {
        "hook": "pre-sync",
        "wave": "-5",
        "hook-delete-policy": "before-creation,on-success,on-failure",
    }


@pytest.mark.parametrize(
    "moments", ["pre-delete", "post-delete", "pre-rollback", "post-install,pre-delete",
                "pre-install,post-install", "test"]
)  # fmt: skip
def test_what_is_not_one_of_these_moments_is_left_out(moments):
    found, words = kept(job(helm_hook=moments), are_run=True)

    assert found is None
    assert "which is not one moment of a sync; left out" in words


def test_nothing_is_run_unless_the_chart_says_so():
    found, words = kept(job(helm_hook="pre-install"), are_run=False)

    assert found is None
    assert words == (
        "is a hook of helm (pre-install), which nobody runs here; left out (spec.hooks: run in its "
        "Chart, or gitopsd.io/hook, would have it run)"
    )


@pytest.mark.parametrize("are_run", [False, True])
def test_what_is_no_hook_or_says_itself_what_it_is_stays_as_it_is(are_run):
    own = job(helm_hook="pre-delete", **{"gitopsd.io/hook": "post-sync"})

    for each in (job(), job(helm_hook="crd-install"), own):
        assert kept(each, are_run=are_run) == (each, "")
