"""Which hooks a plan names: those of every member of which anything changes."""

from dataclasses import replace

from fakes.fleet import decision
from gitopsd.core.review.hooked import hooked
from gitopsd.model.changes import Change, Changes
from gitopsd.model.decision import Decision, Manifest
from gitopsd.model.delivery import ActionKind
from gitopsd.model.resource import Origin, ResourceKey

MAP = ResourceKey("", "ConfigMap", "shop", "web")


def hook(name: str, phase: str, digest: str = "h") -> Manifest:
    key = ResourceKey("batch", "Job", "shop", name)
    return Manifest(key, "v1", {}, digest, Origin("a.yaml"), hook=phase)


def decided(*hooks: Manifest, clusters: tuple[str, ...] = ("eu", "us")) -> Decision:
    own = {each.key: each for each in hooks}
    return replace(decision(clusters=clusters), hooks=dict.fromkeys(clusters, own))


def changes(*clusters: str) -> Changes:
    found = tuple(Change(name, MAP, ActionKind.PRUNE, "h") for name in clusters)
    return Changes(found, (), "", "")


NOW = decided(hook("tell", "post-sync"), hook("migrate", "pre-sync"))


def test_hooks_are_named_in_the_order_of_their_moments_where_something_changes() -> None:
    assert hooked(changes("us", "eu"), NOW, NOW) == (
        "pre-sync Job.batch shop/migrate on eu, us",
        "post-sync Job.batch shop/tell on eu, us",
    )
    assert hooked(changes("us"), NOW, NOW) == (
        "pre-sync Job.batch shop/migrate on us",
        "post-sync Job.batch shop/tell on us",
    )


def test_where_nothing_changes_none_runs() -> None:
    assert hooked(changes(), NOW, NOW) == ()
    assert hooked(changes(), None, NOW) == ()


def test_a_hook_that_changes_is_a_change() -> None:
    was = decided(hook("migrate", "pre-sync", "before"), clusters=("eu",))
    now = decided(hook("migrate", "pre-sync", "after"), clusters=("eu",))

    assert hooked(changes(), was, now) == ("pre-sync Job.batch shop/migrate on eu",)
