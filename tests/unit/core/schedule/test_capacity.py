import pytest

from gitopsd.core.schedule.capacity import UNBOUNDED, Room, request_of
from gitopsd.model.cluster import (
    Cluster,
    Facts,
    ModelCount,
    ResourceModel,
    ResourceRange,
    ResourceSummary,
)
from gitopsd.model.decision import Requirements

BOUNDS = ((0, 0), (1, 4), (2, 16), (4, 32), (8, 64), (16, 128), (32, 256), (64, 512), (128, 1024))
DEFAULT_MODELS = tuple(
    ResourceModel(
        grade, (ResourceRange("cpu", cpu, 10**9), ResourceRange("memory", f"{gi}Gi", "1Ei"))
    )
    for grade, (cpu, gi) in enumerate(BOUNDS)
)


def room(request, counts=None, models=(), **summary):
    counted = tuple(ModelCount(grade, count) for grade, count in (counts or {}).items())
    facts = Facts(resource_summary=ResourceSummary(allocatable_modelings=counted, **summary))
    requirements = None if request is None else Requirements(resource_request=request)
    (replicas,) = Room([Cluster("a", models=models, facts=facts)]).replicas(
        request_of(requirements)
    )
    return replicas


@pytest.mark.parametrize(
    ("allocated", "expected"),
    [
        ({"cpu": "950m", "pods": 11}, 6),
        ({"cpu": 2, "pods": "11"}, 4),
        ({"cpu": "2", "pods": "110"}, 0),
    ],
)
def test_room_is_what_is_left_of_the_sums(allocated, expected):
    allocatable = {"cpu": "4", "memory": "16265856Ki", "pods": "110"}

    assert room({"cpu": "500m"}, allocatable=allocatable, allocated=allocated) == expected


def test_pods_that_wait_for_a_node_take_room_too():
    allocatable, allocating = {"cpu": 4, "pods": 10}, {"cpu": "1500m", "pods": 8}

    assert room({"cpu": 1}, allocatable=allocatable, allocating=allocating) == 2
    assert room(None, allocatable=allocatable, allocating=allocating) == 2


def test_a_resource_that_is_not_there_leaves_no_room_and_one_not_asked_for_does_not_count():
    assert room({"gpu.example/one": 1}, allocatable={"pods": 9, "cpu": 9}) == 0
    assert room({"gpu.example/one": 0, "cpu": 1}, allocatable={"pods": 9, "cpu": 3}) == 3


@pytest.mark.parametrize(
    ("counts", "request_", "expected"),
    [
        ({2: 1, 3: 6}, {"cpu": 3, "memory": "20Gi"}, 6),
        ({2: 4, 3: 4}, {"cpu": 3, "memory": "20Gi"}, 4),
        ({6: 1}, {"cpu": 5, "memory": "60Gi"}, 4),
        ({0: 50}, {"cpu": "100m"}, 0),
        ({8: 1}, {"cpu": "1m"}, 110),
        ({8: 1}, {"cpu": 1, "gpu.example/one": 1}, 0),
    ],
)
def test_nodes_counted_by_grade_have_what_the_least_of_the_grade_has(counts, request_, expected):
    plenty = {"pods": 100000, "cpu": 100000, "memory": "100Ti", "gpu.example/one": 9}

    assert room(request_, counts, DEFAULT_MODELS, allocatable=plenty) == expected


def test_counts_without_models_are_left_aside():
    assert room({"cpu": 1}, {0: 5}, allocatable={"pods": 9, "cpu": 3}) == 3


def test_models_never_promise_more_pods_than_are_left():
    assert room({"cpu": 1}, {8: 1}, DEFAULT_MODELS, allocatable={"pods": 2, "cpu": 1}) == 2


def test_nothing_known_is_no_room_and_nothing_ever_observed_is_room_without_bound():
    found = Room([Cluster("a"), Cluster("b", facts=Facts(assumed=True))]).replicas(None)

    assert found == [0, UNBOUNDED]
