from gitopsd.core.schedule import split
from gitopsd.model.decision import Share


def test_completions_follow_the_replicas():
    assert split(10, (Share("b", 2), Share("a", 3)), "") == {"a": 6, "b": 4}


def test_a_cluster_without_replicas_completes_nothing():
    assert split(3, (Share("a", 0), Share("b", 1)), "") == {"a": 0, "b": 3}


def test_equal_claims_go_by_name_in_the_order_of_the_uid():
    assert split(1, (Share("a", 1), Share("b", 1)), "uid-2") == {"a": 1, "b": 0}
    assert split(1, (Share("a", 1), Share("b", 1)), "uid-1") == {"a": 0, "b": 1}
