from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from gitopsd.core.facts import Observation, facts, slim
from gitopsd.model.cluster import ApiEnablement, ApiResource, ResourceModel, ResourceRange

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
QUANTITIES = st.sampled_from(("0", "1", "250m", "1.5", "64Mi", "1Gi", "1e3", "7k", 3, None, "much"))
AMOUNTS = st.dictionaries(
    st.sampled_from(("cpu", "memory", "pods", "ephemeral-storage", "a.example/b", "storage")),
    QUANTITIES,
)
CONTAINERS = st.lists(
    st.builds(
        lambda requests, policy: {"resources": {"requests": requests}, **policy},
        AMOUNTS,
        st.sampled_from(({}, {"restartPolicy": "Always"})),
    ),
    max_size=3,
)
PODS = st.builds(
    lambda node, phase, containers, first, overhead: {
        "spec": {
            "nodeName": node,
            "containers": containers,
            "initContainers": first,
            "overhead": overhead,
        },
        "status": {"phase": phase},
    },
    st.sampled_from(("", "a", "b")),
    st.sampled_from(("Pending", "Running", "Succeeded", "Failed")),
    CONTAINERS,
    CONTAINERS,
    AMOUNTS,
)
NODES = st.builds(
    lambda name, allocatable: {"metadata": {"name": name}, "status": {"allocatable": allocatable}},
    st.sampled_from(("a", "b", "c")),
    AMOUNTS,
)
MODELS = tuple(
    ResourceModel(grade, (ResourceRange("cpu", grade, grade + 1),)) for grade in range(3)
)
OBSERVATIONS = st.builds(
    Observation,
    is_ready=st.sampled_from((True, True, True, False, None)),
    message=st.sampled_from(("", "down")),
    api=st.lists(st.sampled_from("abc"), unique=True).map(
        lambda groups: tuple(
            ApiEnablement(f"{each}/v1", (ApiResource("x", "X"),)) for each in sorted(groups)
        )
    ),
    partial=st.frozensets(st.sampled_from("abc")),
    nodes=st.none() | st.lists(NODES, max_size=4).map(tuple),
    pods=st.none() | st.lists(PODS, max_size=6).map(tuple),
    models=st.sampled_from(((), MODELS)),
)


@given(st.lists(OBSERVATIONS, min_size=1, max_size=4))
@settings(deadline=None)
def test_seeing_the_same_again_later_gives_the_very_same_facts(looks):
    known, now = None, NOW
    for look in looks:
        known, now = facts(look, known, now), now + timedelta(minutes=1)

    assert facts(looks[-1], known, now) is known


@given(OBSERVATIONS, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_pods_does_not_matter(look, random):
    pods = list(look.pods or ())
    random.shuffle(pods)

    shuffled = Observation(True, nodes=look.nodes, pods=tuple(pods), models=look.models)
    ordered = Observation(True, nodes=look.nodes, pods=look.pods or (), models=look.models)

    assert facts(shuffled, None, NOW) == facts(ordered, None, NOW)


@given(OBSERVATIONS)
@settings(deadline=None)
def test_slim_pods_say_the_same(look):
    pods = look.pods or ()
    whole = Observation(True, nodes=(), pods=pods)
    slimmed = Observation(True, nodes=(), pods=tuple(slim(each) for each in pods))

    assert facts(slimmed, None, NOW) == facts(whole, None, NOW)
