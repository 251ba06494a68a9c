from gitopsd.core.schedule.prepare import Attempt, prepare
from gitopsd.core.schedule.scores import SCORES, locality
from gitopsd.model.cluster import Cluster
from gitopsd.model.decision import Need, Request
from gitopsd.model.policy import Placement
from gitopsd.model.resource import ResourceKey


def test_a_cluster_that_has_the_template_is_preferred():
    prepared = prepare(Placement())
    asked = Request(ResourceKey("", "ConfigMap", "a", "b"), "v1", "", Need(), Placement())
    attempt = Attempt(asked, prepared, prepared.groups[0], {"held": 0})

    assert [locality.rate(attempt, Cluster(name)) for name in ("held", "other")] == [100, 0]
    assert locality.SCORE in SCORES
