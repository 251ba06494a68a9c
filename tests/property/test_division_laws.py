from hypothesis import given, settings
from hypothesis import strategies as st

from gitopsd.core.schedule.divide import Division, Unmet, dispense, divide
from gitopsd.core.schedule.groups import Candidate, Demand, choose
from gitopsd.core.schedule.prepare import Strategy

WEIGHTS = st.lists(st.integers(0, 40), min_size=1, max_size=9)
REPLICAS = st.integers(0, 60)


def one_by_one(replicas, weights, descending):
    """Webster as it is defined: every replica to the highest claim of that moment."""
    shares = dict.fromkeys((n for n, weight in weights if weight > 0), 0)
    by_number = dict(weights)
    for _ in range(replicas if shares else 0):
        best = min(
            shares,
            key=lambda n: (
                -by_number[n] / (2 * shares[n] + 1),
                shares[n],
                -n if descending else n,
            ),
        )
        shares[best] += 1
    return {n: share for n, share in shares.items() if share}


@given(REPLICAS, WEIGHTS, st.booleans())
@settings(deadline=None)
def test_shares_are_those_of_the_definition(replicas, weights, descending):
    numbered = list(enumerate(weights))

    found = dispense(replicas, numbered, descending=descending)

    assert found == one_by_one(replicas, numbered, descending)


@given(st.integers(200, 5000), WEIGHTS, st.booleans())
@settings(max_examples=30, deadline=None)
def test_many_replicas_too(replicas, weights, descending):
    numbered = list(enumerate(weights))

    found = dispense(replicas, numbered, descending=descending)

    assert found == one_by_one(replicas, numbered, descending)


@given(REPLICAS, WEIGHTS, st.booleans())
@settings(deadline=None)
def test_one_more_replica_never_takes_one_away(replicas, weights, descending):
    numbered = list(enumerate(weights))

    few = dispense(replicas, numbered, descending=descending)
    more = dispense(replicas + 1, numbered, descending=descending)

    assert all(more[n] >= share for n, share in few.items())


@given(REPLICAS, WEIGHTS, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_the_weights_does_not_matter(replicas, weights, chance):
    numbered = list(enumerate(weights))
    shuffled = list(numbered)
    chance.shuffle(shuffled)

    assert dispense(replicas, shuffled) == dispense(replicas, numbered)


@st.composite
def divisions(draw):
    room = draw(st.lists(st.integers(0, 20), min_size=1, max_size=8))
    held = draw(st.dictionaries(st.integers(0, 9), st.integers(0, 12), max_size=6))
    return Division(
        replicas=draw(REPLICAS),
        strategy=draw(st.sampled_from([Strategy.DYNAMIC, Strategy.AGGREGATED])),
        candidates=draw(st.permutations(range(len(room)))),
        room=room,
        held=held,
        fresh=draw(st.booleans()),
        descending=draw(st.booleans()),
        counts_in_int32=False,
    )


def shares_of(division):
    """The shares, or None where there is not room for all."""
    try:
        return divide(division)
    except Unmet:
        return None


@given(divisions())
@settings(deadline=None)
def test_shares_add_up_and_stay_in_the_room_that_was_there(division):
    shares = shares_of(division)

    assert shares is None or sum(shares.values()) == division.replicas
    assert all(
        share <= division.room[n] + division.held.get(n, 0) for n, share in (shares or {}).items()
    )


@given(divisions())
@settings(deadline=None)
def test_dividing_again_changes_nothing(division):
    shares = shares_of(division) or {}
    total = sum(shares.values())
    again = Division(
        replicas=total,
        strategy=division.strategy,
        candidates=division.candidates,
        room=[0] * len(division.room),
        held=shares,
        fresh=False,
        descending=division.descending,
        counts_in_int32=False,
    )

    assert divide(again) == shares


CANDIDATES = st.lists(
    st.tuples(st.integers(1, 5), st.sampled_from([0, 1000, 1100, 2000, 2050])),
    min_size=1,
    max_size=7,
).map(lambda each: [Candidate(f"g{n}", *numbers) for n, numbers in enumerate(each)])


def combinations(candidates, demand):
    """Every combination that is complete as soon as it will do, in the order they are met."""
    ordered = sorted(candidates, key=lambda each: (each.clusters, -each.score, each.name))
    found = []

    def extend(path, start):
        clusters = sum(each.clusters for each in path)
        if demand.least <= len(path) <= demand.most and clusters >= demand.clusters:
            found.append(sorted(path, key=lambda each: (-each.score, each.name)))
        elif len(path) < demand.most:
            for n in range(start, len(ordered)):
                extend([*path, ordered[n]], n + 1)

    extend([], 0)
    return found


def best_of(found):
    """The highest score, then clusters, then the first; then its shortest beginning."""
    ranked = sorted(
        found,
        key=lambda path: (
            -sum(each.score for each in path),
            -sum(each.clusters for each in path),
        ),
    )
    best = ranked[0] if ranked else []
    beginnings = [path for path in ranked if path == best[: len(path)]]
    return tuple(min(beginnings, key=len, default=[]))


@given(CANDIDATES, st.integers(1, 4), st.integers(-1, 5), st.integers(0, 12))
@settings(max_examples=300, deadline=None)
def test_groups_are_the_best_of_all_combinations(candidates, least, more, clusters):
    demand = Demand(least, least + more, clusters)

    assert choose(candidates, demand) == best_of(combinations(candidates, demand))
