import pytest

from gitopsd.core.schedule.groups import Candidate, Demand, choose


def chosen(demand, **groups):
    candidates = [Candidate(name, *numbers) for name, numbers in groups.items()]
    return [each.name for each in choose(candidates, Demand(*demand))]


@pytest.mark.parametrize(
    ("demand", "groups", "expected"),
    [
        ((2, 2, 7), {"a": (2, 90), "b": (3, 80), "c": (6, 70), "d": (7, 60)}, ["a", "c"]),
        ((1, 3, 3), {"a": (5, 90), "b": (1, 10), "c": (1, 5)}, ["a"]),
        ((1, 3, 3), {"a": (5, 10), "b": (1, 90), "c": (1, 80)}, ["b", "c", "a"]),
    ],
)
def test_the_best_combination_that_has_enough_clusters_wins(demand, groups, expected):
    assert chosen(demand, **groups) == expected


def test_no_more_groups_than_the_least_where_these_will_do():
    assert chosen((1, 3, 1), a=(1, 10), b=(1, 20), c=(1, 30)) == ["c"]


def test_among_equal_scores_more_clusters_win_then_the_name():
    assert chosen((1, 1, 1), a=(1, 10), b=(2, 10)) == ["b"]
    assert chosen((1, 1, 1), b=(1, 10), a=(1, 10)) == ["a"]


@pytest.mark.parametrize("demand", [(3, 3, 1), (1, 2, 4), (1, 0, 1), (2, 1, 1)])
def test_nothing_is_chosen_where_nothing_will_do(demand):
    assert chosen(demand, a=(1, 10), b=(2, 10)) == []


def test_a_hundred_groups_are_no_trouble():
    groups = {f"g{n:03}": (n % 9 + 1, 1000 * (n % 7)) for n in range(100)}

    assert len(chosen((8, 12, 90), **groups)) == 12
