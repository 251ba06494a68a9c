from gitopsd.core.schedule.fleet import Fleet, bits_of
from gitopsd.model.cluster import Cluster
from gitopsd.model.policy import ClusterAffinity, LabelSelector, Placement


def test_clusters_are_numbered_by_name_however_they_come():
    one = Fleet([Cluster("b"), Cluster("a")])
    other = Fleet({"x": Cluster("a"), "y": Cluster("b")})

    assert one.names == other.names == ("a", "b")
    assert one.number == {"a": 0, "b": 1}


def test_leaving_clusters_are_no_candidates():
    members = Fleet([Cluster("a"), Cluster("b", leaving=True), Cluster("c")])

    assert members.members(members.candidates) == (0, 2)
    assert bits_of((0, 2)) == members.candidates


def test_what_was_found_is_not_asked_again():
    members, asked = Fleet([]), []
    find = lambda: asked.append(1) or "found"  # noqa: E731

    assert [members.remember("key", find), members.remember("key", find)] == ["found", "found"]
    assert asked == [1]


def test_equal_placements_are_prepared_once():
    members = Fleet([])
    one = Placement(ClusterAffinity(LabelSelector({"a": "b", "c": "d"})))
    other = Placement(ClusterAffinity(LabelSelector({"c": "d", "a": "b"})))

    assert members.prepared(one) is members.prepared(other)
