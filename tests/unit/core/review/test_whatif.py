"""What would be if clusters failed: what moves, what stays down, what no longer fits."""

import pytest

from fakes.commits import World, cluster, config_map, deployment, divided, on, policy, room
from gitopsd.core.review import supposed
from gitopsd.core.review.compare import Compared
from gitopsd.core.review.whatif import Loss, Shortage, Supposed, chosen, suppose
from gitopsd.model.decision import Share
from gitopsd.model.resource import ResourceKey

WEB = ResourceKey("apps", "Deployment", "shop", "web")
SELECTS = ("apps/v1 Deployment", "v1 ConfigMap")
AP_EU_US = {f"{name}.yaml": cluster(name, tier="one") for name in ("ap", "eu", "us")}


def world(placement: dict[str, object], **files: str) -> World:
    """Three members, and what `files` say placed by one policy."""
    named = {f"{name}.yaml": text for name, text in files.items()}
    found = World(
        {**AP_EU_US, "policy.yaml": policy("all", *SELECTS, placement=placement), **named},
        ("ap", "eu", "us"),
    )
    found.turn()
    found.deliver()
    found.remember()
    return found


def without(found: World, *down: str) -> Supposed:
    return suppose(Compared(None, found.snapshot, found.known, False), frozenset(down))


def test_replicas_of_a_cluster_that_failed_go_to_those_that_are_left():
    found = world(on("eu", "us") | divided(eu=1, us=1), web=deployment("web", 4))

    seen = without(found, "eu")

    (move,) = seen.moved
    assert (move.before, move.after) == ((Share("eu", 2), Share("us", 2)), (Share("us", 4),))
    assert (seen.waiting, seen.placeless, seen.short, seen.unmeasured) == ((), (), (), ())


def test_where_room_is_not_known_nothing_is_said_to_be_short():
    found = world(on("eu", "us") | divided(eu=1, us=1), web=deployment("web", 4))
    found.observe("us", resource_summary=None)

    seen = without(found, "eu")

    assert (seen.short, seen.unmeasured) == ((), ("us",))
    assert "how much room there is on us is not known" in supposed.text(seen)


def test_a_cluster_that_holds_nothing_changes_nothing():
    found = world(on("eu"), web=deployment("web"))

    assert without(found, "ap").moved == ()


def test_copies_go_on_where_they_are_and_other_objects_are_counted():
    found = world(on("eu", "us"), web=deployment("web", 3), a=config_map("a"))

    seen = without(found, "eu")

    assert seen.fewer == (Loss(WEB, (Share("eu", 3),), "every cluster has its own copy"),)
    assert (seen.moved, seen.others) == ((), 1)


def test_what_only_that_cluster_may_have_finds_no_place():
    found = world(on("eu"), web=deployment("web", 3))

    (loss,) = without(found, "eu").placeless

    assert loss.lost == (Share("eu", 3),)
    assert loss.reason.startswith("0/3 clusters are available")


def test_volumes_do_not_move_unasked():
    volume = {"name": "v", "persistentVolumeClaim": {"claimName": "v"}}
    found = world(on("eu", "us") | divided(eu=1, us=1), web=deployment("web", 4, volumes=[volume]))

    (loss,) = without(found, "eu").waiting

    assert loss == Loss(
        WEB,
        (Share("eu", 2),),
        "it has volumes, and PropagationPolicy shop/all does not ask to move it "
        "(spec.failover.cluster)",
    )


def test_who_tolerates_a_cluster_that_is_away_stays_there():
    endures = {"clusterTolerations": [{"operator": "Exists", "effect": "NoExecute"}]}
    found = world(on("eu", "us") | divided(eu=1, us=1) | endures, web=deployment("web", 4))

    (loss,) = without(found, "eu").waiting

    assert loss.reason == (
        "PropagationPolicy shop/all tolerates a cluster that is not ready, for ever"
    )


def test_what_moves_together_may_not_fit_together():
    """Alone each fits into the six CPUs that are left; together they ask for eight."""
    found = world(
        on("eu", "us") | divided(eu=1, us=1),
        web=deployment("web", 8),
        api=deployment("api", 8),
    )
    found.observe("us", resource_summary=room("6"))

    (short,) = without(found, "eu").short

    assert short == Shortage(WEB, "us", 4, 2)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("eu", {"eu"}),
        ("eu,us", {"eu", "us"}),
        ("region=eu", {"eu"}),
        ("tier=one", {"ap", "eu", "us"}),
        ("eu, region=us", {"eu", "us"}),
    ],
)
def test_clusters_are_chosen_by_name_field_or_label(words, names):
    assert chosen(words, World(AP_EU_US).snapshot.loaded.clusters) == names


@pytest.mark.parametrize("words", ["nobody", "tier=two", "", "eu,nobody", "region="])
def test_a_choice_of_nothing_is_a_mistake(words):
    with pytest.raises(ValueError, match="no cluster"):
        chosen(words, World(AP_EU_US).snapshot.loaded.clusters)


def test_all_that_would_be_is_said_worst_first():
    found = world(on("eu", "us") | divided(eu=1, us=1), web=deployment("web", 8), a=config_map("a"))
    found.observe("us", resource_summary=room("3"))
    seen = without(found, "eu")

    assert supposed.text(seen) == (
        "If eu failed (1 cluster of 3): of the workloads 1 would move, 0 go on with fewer copies, "
        "0 stay down, 0 find no place; 1 short of capacity\n"
        "\n"
        "Short of capacity\n"
        "  Deployment.apps shop/web on us: 3 of 4 more fit\n"
        "\n"
        "Moves\n"
        "  Deployment.apps shop/web: eu 4 → –, us 4 → 8\n"
        "      us: gets 8 of 8 replicas, by static weight  (divide)\n"
        "\n"
        "Besides\n"
        "  1 object of other kinds there, gone with it"
    )
    assert supposed.markdown(seen).startswith("**If eu failed (1 cluster of 3)")
    assert supposed.value(seen)["shortOfCapacity"] == [
        {"object": WEB.id, "cluster": "us", "more": 4, "fit": 3}
    ]


def test_what_is_short_alike_is_said_once():
    short = tuple(Shortage(WEB._replace(name=f"web-{n}"), "us", 4, 2) for n in range(7))

    said = supposed.text(supposed.Supposed(("eu",), 3, short=short))

    assert "Short of capacity\n  7 Deployment.apps in shop on us: 2 of 4 more fit each" in said
