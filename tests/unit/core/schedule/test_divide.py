import pytest

from gitopsd.core.schedule.divide import Division, Unmet, dispense, divide
from gitopsd.core.schedule.prepare import Strategy


def shares(replicas, *weights, descending=False):
    given = dispense(replicas, list(enumerate(weights)), descending=descending)
    return [given.get(n, 0) for n in range(len(weights))]


@pytest.mark.parametrize(
    ("replicas", "expected"),
    [
        (1, [1, 0, 0]),
        (2, [1, 1, 0]),
        (3, [1, 1, 1]),
        (4, [2, 1, 1]),
        (5, [2, 2, 1]),
        (9, [4, 3, 2]),
        (12, [6, 4, 2]),
        (13, [7, 4, 2]),
        (14, [7, 5, 2]),
    ],
)
def test_shares_follow_the_weights(replicas, expected):
    assert shares(replicas, 3, 2, 1) == expected


def test_equal_claims_go_by_name_from_either_end():
    assert shares(4, 1, 1, 1) == [2, 1, 1]
    assert shares(4, 1, 1, 1, descending=True) == [1, 1, 2]
    assert shares(5, 1, 1, 1, descending=True) == [1, 2, 2]


def test_without_weights_there_are_no_shares():
    assert shares(5, 0, 0) == [0, 0]
    assert dispense(5, []) == {}
    assert shares(0, 1, 1) == [0, 0]


def test_many_replicas_are_dealt_as_exactly_as_few():
    assert shares(1_000_003, 3, 2, 1) == [500_002, 333_334, 166_667]
    assert shares(1_000_000, *[1] * 7) == [142_858] + [142_857] * 6


def division(replicas, room, held=None, strategy=Strategy.DYNAMIC, fresh=False, **more):
    return Division(
        replicas=replicas,
        strategy=strategy,
        candidates=range(len(room)),
        room=room,
        held=held or {},
        fresh=fresh,
        descending=more.get("descending", False),
        counts_in_int32=more.get("counts_in_int32", False),
    )


def divided(*arguments, **more):
    found = divide(division(*arguments, **more))
    return {n: share for n, share in sorted(found.items()) if share}


@pytest.mark.parametrize(
    ("replicas", "room", "expected"),
    [
        (12, [6, 12, 18], {0: 2, 1: 4, 2: 6}),
        (5, [7, 2, 1], {0: 3, 1: 1, 2: 1}),
        (3, [10, 10, 1], {0: 2, 1: 1}),
        (4, [100, 50, 0], {0: 3, 1: 1}),
    ],
)
def test_the_first_division_follows_the_room(replicas, room, expected):
    assert divided(replicas, room) == expected


@pytest.mark.parametrize(
    ("replicas", "room", "held", "expected"),
    [
        (24, [10, 10, 10], {0: 2, 1: 4, 2: 6}, {0: 6, 1: 8, 2: 10}),
        (18, [4, 8, 0], {0: 6, 1: 6}, {0: 8, 1: 10}),
        (13, [2, 20, 20], {0: 10}, {0: 10, 1: 2, 2: 1}),
        (12, [3, 3], {0: 6, 9: 6}, {0: 9, 1: 3}),
    ],
)
def test_growing_adds_to_what_is_held(replicas, room, held, expected):
    assert divided(replicas, room, held) == expected


@pytest.mark.parametrize(
    ("replicas", "held", "descending", "expected"),
    [
        (6, {0: 2, 1: 4, 2: 6}, False, {0: 1, 1: 2, 2: 3}),
        (4, {0: 5, 1: 3, 2: 2}, False, {0: 2, 1: 1, 2: 1}),
        (2, {0: 1, 1: 1, 2: 1}, False, {0: 1, 1: 1}),
        (2, {0: 1, 1: 1, 2: 1}, True, {1: 1, 2: 1}),
    ],
)
def test_shrinking_takes_in_proportion_whatever_the_room(replicas, held, descending, expected):
    assert divided(replicas, [0, 0, 0], held, descending=descending) == expected


def test_an_unchanged_sum_changes_nothing():
    assert divided(12, [10, 2, 100], {0: 6, 1: 6}) == {0: 6, 1: 6}


@pytest.mark.parametrize(
    ("replicas", "room", "held", "expected"),
    [
        (12, [12, 8, 10], {}, {0: 12}),
        (12, [6, 8, 10], {}, {1: 5, 2: 7}),
        (12, [10, 6], {}, {0: 7, 1: 5}),
        (15, [9, 5, 5], {}, {0: 7, 1: 4, 2: 4}),
        (24, [4, 6, 8], {0: 4, 1: 8}, {0: 7, 1: 12, 2: 5}),
        (4, [1, 50], {0: 2}, {0: 2, 1: 2}),
        (6, [0, 0], {0: 4, 1: 8}, {1: 6}),
        (9, [0, 0, 0], {0: 4, 1: 5, 2: 3}, {0: 4, 1: 5}),
        (11, [0, 0, 0], {0: 4, 1: 5, 2: 3}, {0: 4, 1: 4, 2: 3}),
    ],
)
def test_aggregated_takes_the_fewest_clusters_that_have_room(replicas, room, held, expected):
    assert divided(replicas, room, held, Strategy.AGGREGATED) == expected


def test_among_equals_aggregated_keeps_the_order_of_the_previous_result():
    assert divided(2, [0, 0, 0], {2: 2, 0: 2}, Strategy.AGGREGATED) == {2: 2}


@pytest.mark.parametrize(
    ("strategy", "replicas", "room", "held", "expected"),
    [
        (Strategy.AGGREGATED, 6, [10, 1], {0: 3, 1: 3}, {0: 6}),
        (Strategy.DYNAMIC, 6, [9, 3], {1: 6}, {0: 3, 1: 3}),
    ],
)
def test_a_fresh_division_forgets_what_is_held(strategy, replicas, room, held, expected):
    assert divided(replicas, room, held, strategy, fresh=True) == expected


def test_too_little_room_divides_nothing_and_says_what_is_missing():
    with pytest.raises(Unmet) as unmet:
        divide(division(12, [3, 3, 3]))

    assert unmet.value.reason == "Unschedulable"
    assert unmet.value.message == "room for 9 of 12 more replicas"


def test_sums_overflow_only_where_asked_for():
    boundless = [2**31 - 1] * 2

    assert divided(0, boundless, fresh=True) == {}
    with pytest.raises(Unmet):
        divide(division(0, boundless, fresh=True, counts_in_int32=True))
