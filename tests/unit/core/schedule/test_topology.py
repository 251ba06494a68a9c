import pytest

from gitopsd.core.schedule.topology import groups_of
from gitopsd.model.cluster import Cluster
from gitopsd.model.policy import SpreadConstraint

EU = Cluster("eu-1", {"rack": "7"}, provider="aws", region="eu", zones=("a", "b"))


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        (SpreadConstraint("cluster"), ("eu-1",)),
        (SpreadConstraint(), ("eu-1",)),
        (SpreadConstraint("region"), ("eu",)),
        (SpreadConstraint("provider"), ("aws",)),
        (SpreadConstraint("zone"), ("a", "b")),
        (SpreadConstraint(spread_by_label="rack"), ("7",)),
        (SpreadConstraint(spread_by_label="row"), ()),
    ],
)
def test_a_constraint_counts_a_cluster_to_its_groups(constraint, expected):
    assert groups_of(EU, constraint) == expected
