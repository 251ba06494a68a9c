"""Laws of stages, over fleets in which members fail, are away and come back as a change goes on."""

from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.rolling import Fleet, order

NAMES = ("a1", "a2", "a3", "b1", "b2", "b3")
FIRST, SECOND = NAMES[:3], NAMES[3:]
moments = st.lists(
    st.tuples(
        st.sampled_from(["one", "one", "one", "two"]),
        st.sampled_from([0, 1, 30, 60, 700]),
        st.sets(st.sampled_from(NAMES), max_size=2),
        st.sets(st.sampled_from(NAMES), max_size=2),
        st.booleans(),
    ),
    min_size=1,
    max_size=20,
)


def fleet(most: int) -> Fleet:
    found = Fleet(**{name: {} for name in NAMES})
    found.said = order(
        {"name": "first", "clusters": {"clusterNames": list(FIRST)}, "maxConcurrency": most},
        {"name": "second", "maxConcurrency": most, "maxUnavailable": "100%"},
    )
    for _ in range(20):
        found.turn("zero", 60)
    return found


@settings(deadline=None, max_examples=60)
@given(moments, st.integers(1, 3))
def test_no_more_clusters_than_allowed_are_on_their_way_and_the_second_stage_is_second(
    told, most
) -> None:
    found = fleet(most)
    assert set(found.holding().values()) == {"zero"}
    for image, seconds, ill, away, restarts in told:
        before = found.gating.rolling
        found.ill, found.away = ill, away
        if restarts:
            found.restart()
        had = found.holding()
        rolling = found.turn(image, seconds).gating.rolling

        opened = {} if rolling.is_over else rolling.opened
        for stage in (FIRST, SECOND):
            assert sum(not opened[name].passed for name in stage if name in opened) <= most
        is_same = before.intent == rolling.intent
        former = set(before.opened) if is_same else set()
        # One that was away and answers again closes no stage that has begun.
        if set(opened) & set(SECOND) and not former & set(SECOND):
            answering = [name for name in FIRST if name not in away]
            assert all(
                had[name] == image or (name in opened and opened[name].passed) for name in answering
            )
        changed = {name for name in NAMES if found.holding()[name] != had[name]}
        assert rolling.is_over or changed <= set(opened)


@settings(deadline=None, max_examples=30)
@given(moments)
def test_once_all_is_well_again_every_cluster_gets_the_change(told) -> None:
    found = fleet(1)
    for image, seconds, ill, away, _ in told:
        found.ill, found.away = ill, away
        found.turn(image, seconds)
    found.ill = found.away = set()

    for _ in range(30):
        found.turn("last", 60)

    assert set(found.holding().values()) == {"last"}
    assert found.gating.rolling.is_over
