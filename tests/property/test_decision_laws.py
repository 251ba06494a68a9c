"""Laws of deciding, over repositories that are edited at random and members that come and go."""

from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.commits import (
    World,
    campaign,
    cluster,
    cluster_policy,
    config_map,
    crd,
    deployment,
    divided,
    key,
    namespace,
    on,
    override,
    places,
    policy,
    room,
)
from gitopsd.core.decide import Cache, decide
from gitopsd.model.cluster import Condition

CLUSTERS = ("ap", "eu", "us")
NAMES = ("api", "orders", "web")
BROKEN = "kind: [\n"


def tag(name, where):
    overrider = {"component": "Tag", "operator": "replace", "value": name}
    rule = {"overriders": {"imageOverrider": [overrider]}}
    return {**rule, "targetCluster": where} if where else rule


placements = st.sampled_from(
    [
        {},
        on("eu"),
        on("ap", "us"),
        divided(),
        divided(eu=2, us=1),
        {**on("eu", "us"), **divided()},
        {"clusterTolerations": [{"operator": "Exists"}]},
        {"spreadConstraints": [{"spreadByField": "cluster", "minGroups": 1, "maxGroups": 2}]},
        {
            "clusterAffinities": [
                {"affinityName": "first", "clusterNames": ["eu"]},
                {"affinityName": "second", "clusterNames": ["us", "ap"]},
            ]
        },
    ]
)
policies = st.builds(
    lambda kind, placement, draws, priority, conflict: policy(
        "p",
        kind,
        placement=placement,
        propagateDeps=draws,
        priority=priority,
        conflictResolution=conflict,
    ),
    st.sampled_from(
        ["apps/v1 Deployment", "apps/v1 Deployment web", "v1 ConfigMap", "v1 ConfigMap pages"]
    ),
    placements,
    st.booleans(),
    st.integers(0, 1),
    st.sampled_from(["Abort", "Overwrite"]),
)


def deployments(name):
    return st.builds(
        lambda replicas, mounts: deployment(
            name,
            replicas,
            volumes=[{"name": "c", "configMap": {"name": "pages"}}] if mounts else [],
        ),
        st.integers(0, 7),
        st.booleans(),
    )


overrides = st.builds(
    lambda kind, name, where: override("o", *kind, tag(name, where)),
    st.sampled_from([("apps/v1", "Deployment"), ("v1", "ConfigMap")]),
    st.sampled_from(["1", "2"]),
    st.sampled_from(
        [{}, {"clusterNames": ["eu"]}, {"labelSelector": {"matchLabels": {"env": "test"}}}]
    ),
)
files = {
    **{f"{name}.yaml": deployments(name) for name in NAMES},
    "pages.yaml": st.sampled_from([config_map("pages", a="1"), config_map("pages", a="2")]),
    "ns.yaml": st.just(namespace()),
    "p1.yaml": policies.map(lambda text: text.replace("name: p\n", "name: p1\n")),
    "p2.yaml": policies.map(lambda text: text.replace("name: p\n", "name: p2\n")),
    "o.yaml": overrides,
    "crd.yaml": st.just(crd()),
    "c.yaml": st.just(campaign("summer")),
    "c-policy.yaml": placements.map(
        lambda placement: policy("c", "shop.example.com/v1 Campaign", placement=placement)
    ),
    "crd-policy.yaml": st.sampled_from([on("eu"), on("eu", "us"), {}]).map(
        lambda placement: cluster_policy(
            "k", "apiextensions.k8s.io/v1 CustomResourceDefinition", placement=placement
        )
    ),
    **{
        f"{name}-cluster.yaml": st.sampled_from([cluster(name), cluster(name, env="test")])
        for name in CLUSTERS
    },
}
START = {f"{name}-cluster.yaml": cluster(name) for name in CLUSTERS} | {
    "web.yaml": deployment("web", 3),
    "api.yaml": deployment("api", 5, volumes=[{"name": "c", "configMap": {"name": "pages"}}]),
    "pages.yaml": config_map("pages", a="1"),
    "p1.yaml": policy("p1", "apps/v1 Deployment", placement=divided(), propagateDeps=True),
    "ns.yaml": namespace(),
    "o.yaml": override(
        "o", "apps/v1", "Deployment", tag("2", {"labelSelector": {"matchLabels": {"env": "test"}}})
    ),
    "crd.yaml": crd(),
    "c.yaml": campaign("summer"),
    "c-policy.yaml": policy("c", "shop.example.com/v1 Campaign"),
    "crd-policy.yaml": cluster_policy(
        "k", "apiextensions.k8s.io/v1 CustomResourceDefinition", placement=on("eu", "us")
    ),
}


def edits():
    """One edit: a file written (or removed, with None)."""
    return st.sampled_from(sorted(files)).flatmap(
        lambda path: st.tuples(st.just(path), st.one_of(st.none(), files[path], files[path]))
    )


events = st.one_of(
    st.tuples(st.just("room"), st.sampled_from(CLUSTERS), st.sampled_from(["2", "50", "900"])),
    st.tuples(st.just("ready"), st.sampled_from(CLUSTERS), st.sampled_from(["True", "False"])),
    st.tuples(st.just("reachable"), st.sampled_from(CLUSTERS), st.booleans()),
)
steps = st.lists(
    st.tuples(st.lists(edits(), max_size=3), st.lists(events, max_size=2)), min_size=1, max_size=6
)


def happen(world, step):
    """The files are edited, the members change; one that is back catches up first.

    (An inventory that lags behind what was decided would mislead a process that starts now.)
    """
    written, happened = step
    for path, text in written:
        if text is None:
            world.files.pop(path, None)
        else:
            world.files[path] = text
    for what, name, value in happened:
        match what:
            case "room":
                world.observe(name, resource_summary=room(value))
            case "ready":
                world.observe(name, conditions=(Condition("Ready", value),))
            case _:
                world.say(name, reachable=value)
                world.deliver(name)


def told(decision):
    """All of a decision but the words on room, rank and history, which are of their own turn."""
    return {
        "places": places(decision),
        "hashes": {
            name: {str(each): (one.hash, one.wave, one.conflict) for each, one in own.items()}
            for name, own in decision.manifests.items()
        },
        "order": [[str(each) for each in own] for own in decision.manifests.values()],
        "bindings": [
            (
                str(each),
                str(binding.policy),
                binding.refused and [str(other.policy) for other in binding.refused],
                binding.need,
                binding.assignment.shares,
                binding.assignment.reason,
                binding.assignment.affinity,
                {str(who): where for who, where in binding.required_by.items()},
                binding.problems,
                binding.placement,
            )
            for each, binding in decision.bindings.items()
        ],
        "problems": [(each.path, each.reason, each.key) for each in decision.problems],
        "held": decision.held,
        "clusters": {name: each.taints for name, each in decision.clusters.items()},
    }


def members():
    return World(START, CLUSTERS)


@settings(deadline=None, max_examples=120)
@given(steps)
def test_a_process_that_went_on_decides_as_one_that_starts_now(course):
    world = members()
    world.turn()
    for step in course:
        world.deliver(*CLUSTERS)
        world.remember()
        happen(world, step)
        fresh = world.afresh()

        assert told(world.turn()) == told(fresh)


@settings(deadline=None, max_examples=60)
@given(steps)
def test_deciding_again_gives_the_very_same(course):
    world = members()
    for step in course:
        happen(world, step)
        decided = world.turn()

        assert world.turn() is decided


@settings(deadline=None, max_examples=60)
@given(steps)
def test_deciding_twice_from_nothing_gives_the_same_bytes(course):
    world = members()
    for step in course:
        happen(world, step)
    first, second = world.afresh(), world.afresh()

    assert told(first) == told(second)
    assert [[one.encoded for one in own.values()] for own in first.manifests.values()] == [
        [one.encoded for one in own.values()] for own in second.manifests.values()
    ]
    assert [tuple(each.assignment.verdicts) for each in first.bindings.values()] == [
        tuple(each.assignment.verdicts) for each in second.bindings.values()
    ]


@settings(deadline=None, max_examples=60)
@given(steps, st.randoms(use_true_random=False))
def test_the_order_of_what_comes_in_does_not_matter(course, chance):
    world = members()
    for step in course:
        happen(world, step)
    before = told(world.afresh())

    names = list(world.files)
    chance.shuffle(names)
    world.files = {path: world.files[path] for path in names}
    reports = list(world.reports.items())
    chance.shuffle(reports)
    world.reports = dict(reports)

    assert told(world.afresh()) == before


@settings(deadline=None, max_examples=60)
@given(steps)
def test_a_member_that_nothing_tolerates_changes_nothing(course):
    taint = {"key": "keep", "value": "out", "effect": "NoSchedule"}
    tainted = cluster("zz").replace(
        "spec:\n", "spec:\n  taints: [{key: keep, value: out, effect: NoSchedule}]\n"
    )
    world = members()
    for step in course:
        happen(world, step)
    world.files = {
        path: text for path, text in world.files.items() if "operator: Exists" not in text
    }
    before = places(world.afresh())

    world.files["zz-cluster.yaml"] = tainted
    world.say_anew("zz")
    after = world.afresh()

    assert taint["key"] in after.clusters["zz"].taints[0].key
    assert places(after) == before
    assert after.manifests["zz"] == {}


@settings(deadline=None, max_examples=80)
@given(steps, st.sampled_from(sorted(files)))
def test_a_file_that_breaks_takes_nothing_away(course, path):
    world = members()
    for step in course:
        happen(world, step)
    world.files[path] = world.files.get(path) or START.get(path) or namespace("other")
    before = world.turn()
    world.deliver(*CLUSTERS)

    world.files[path] = BROKEN
    after = world.turn()

    assert places(after) == places(before)
    assert {name: set(own) for name, own in after.held.items()} == {
        name: set(own) for name, own in before.held.items()
    }


@settings(deadline=None, max_examples=80)
@given(steps, st.sampled_from(sorted(files)))
def test_a_new_process_takes_nothing_away_for_a_file_that_it_cannot_read(course, path):
    world = members()
    for step in course:
        happen(world, step)
    world.files[path] = world.files.get(path) or START.get(path) or namespace("other")
    world.turn()
    world.deliver(*CLUSTERS)
    world.remember()
    was = {name: set(world.memory.applied[name]) for name in CLUSTERS}

    world.files[path] = BROKEN
    world.restart()
    after = world.turn()

    assert {
        name: sorted(was[name] - set(own) - set(after.held[name]))
        for name, own in after.manifests.items()
    } == {name: [] for name in after.manifests}


def test_every_law_has_something_to_say():
    world = members()
    world.files |= {
        "pages.yaml": config_map("pages", a="1"),
        "p1.yaml": policy("p1", "apps/v1 Deployment", propagateDeps=True),
    }

    decision, _ = decide(world.snapshot, world.known, Cache())

    assert key("Deployment", "web") in decision.bindings
