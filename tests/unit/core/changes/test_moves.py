"""Why a template is elsewhere than before: its policy, and the rule that spoke on each cluster."""

from fakes import commits
from fakes.commits import World, cluster, deployment, divided, on, policy
from gitopsd.core.changes.moves import Turning, moves
from gitopsd.core.changes.spaces import new_namespaces
from gitopsd.core.decide import Cache, decide
from gitopsd.model.changes import Move, Reason
from gitopsd.model.decision import Share
from gitopsd.model.resource import ResourceKey

WEB = ResourceKey("apps", "Deployment", "shop", "web")
SELECTS = "apps/v1 Deployment"
FILES = {
    "eu.yaml": cluster("eu"),
    "us.yaml": cluster("us", tier="two"),
    "web.yaml": deployment("web", 4),
    "policy.yaml": policy("all", SELECTS, placement=on("eu", "us") | divided(eu=1, us=1)),
}
POLICY = "by PropagationPolicy shop/all (policy.yaml:1)"


def turned(**files: str | None) -> tuple[Move, ...]:
    """The moves after these files changed; `policy` is policy.yaml."""
    world = World(FILES)
    before, cache = decide(world.snapshot, world.known, Cache())
    for name, text in files.items():
        if text is None:
            del world.files[f"{name}.yaml"]
        else:
            world.files[f"{name}.yaml"] = text
    snapshot = world.snapshot
    after, cache = decide(snapshot, world.known, cache)
    shares = {key: each.assignment.shares for key, each in before.bindings.items()}
    return moves(shares, Turning(before, after, snapshot.loaded))


def test_nothing_moves_where_nothing_changes():
    assert turned() == ()


def test_a_cluster_that_is_lost_says_which_rule_kept_it_out():
    (move,) = turned(policy=policy("all", SELECTS, placement=on("eu") | divided(eu=1)))

    assert move == Move(
        WEB,
        (Share("eu", 2), Share("us", 2)),
        (Share("eu", 4),),
        POLICY,
        (
            Reason(("eu",), "divide", "gets 4 of 4 replicas, by static weight"),
            Reason(
                ("us",),
                "filters/affinity",
                "did not match the placement cluster affinity: is not among clusterNames",
            ),
        ),
    )


def test_another_policy_says_why_the_former_is_not_it():
    higher = policy("high", SELECTS, placement=on("eu"), priority=3)

    (move,) = turned(high=higher)

    assert move.cause == (
        "by PropagationPolicy shop/high (high.yaml:1), no longer PropagationPolicy shop/all: "
        "priority 0, PropagationPolicy shop/high has 3"
    )


def test_what_is_gone_says_how():
    (removed,) = turned(web=None)
    (unclaimed,) = turned(policy=None)
    (unselected,) = turned(policy=policy("all", "v1 ConfigMap", placement=on("eu")))

    assert removed.cause == "it is not in the repository any more"
    assert unclaimed.cause == (
        "no policy claims it any more: PropagationPolicy shop/all is not in the repository any more"
    )
    assert unselected.cause == (
        "no policy claims it any more: PropagationPolicy shop/all does not select it"
    )


def test_what_a_broken_policy_holds_does_not_move():
    broken = FILES["policy.yaml"].replace("placement:", "placment:")

    assert turned(policy=broken) == ()


def test_a_cluster_that_is_gone_is_named():
    (move,) = turned(us=None)

    assert move.reasons[-1] == Reason(("us",), "", "is no cluster of the repository any more")


def test_a_namespace_that_nobody_declares_is_told_where_it_is_new():
    world = World(FILES)
    decision = world.turn()
    there = ResourceKey("", "ConfigMap", "shop", "other")

    assert new_namespaces({}, decision) == (("shop", ("eu", "us")),)
    assert new_namespaces({"eu": [there]}, decision) == (("shop", ("us",)),)


def test_a_namespace_that_is_declared_is_no_news():
    world = World({**FILES, "space.yaml": commits.namespace()})

    assert new_namespaces({}, world.turn()) == ()
