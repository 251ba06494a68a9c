import msgspec
import pytest

from gitopsd.model.policy import (
    ClusterAffinity,
    Overriders,
    OverrideRule,
    ResourceSelector,
    read_override_policy,
    read_propagation_policy,
)

SELECTOR = {"apiVersion": "apps/v1", "kind": "Deployment"}


def test_a_propagation_policy_is_read_as_karmada_writes_it():
    policy = read_propagation_policy(
        {
            "metadata": {
                "name": "web",
                "namespace": "shop",
                "annotations": {"gitopsd.io/failback": "true"},
            },
            "spec": {
                "resourceSelectors": [SELECTOR],
                "placement": {"clusterAffinity": {"clusterNames": ["eu-1"]}},
                "conflictResolution": "Overwrite",
            },
        }
    )

    assert str(policy) == "PropagationPolicy shop/web"
    assert policy.annotations == {"gitopsd.io/failback": "true"}
    assert policy.spec.resource_selectors == (ResourceSelector("apps/v1", "Deployment"),)
    assert policy.spec.placement.cluster_affinity == ClusterAffinity(cluster_names=("eu-1",))
    assert policy.spec.conflict_resolution == "Overwrite"
    assert not policy.deleting


def test_one_exported_while_it_was_deleted_is_known_as_such():
    deleted = {"metadata": {"name": "a", "deletionTimestamp": "2026-01-01T00:00:00Z"}, "spec": {}}

    assert read_propagation_policy(deleted).deleting
    assert str(read_propagation_policy(deleted)) == "ClusterPropagationPolicy a"


def test_an_override_policy_is_read_as_karmada_writes_it():
    policy = read_override_policy(
        {
            "metadata": {"name": "a"},
            "spec": {
                "resourceSelectors": [SELECTOR],
                "overrideRules": [{"overriders": {}, "targetCluster": {"exclude": ["eu-1"]}}],
            },
        }
    )

    assert str(policy) == "ClusterOverridePolicy a"
    assert policy.spec.override_rules == (
        OverrideRule(Overriders(), ClusterAffinity(exclude=("eu-1",))),
    )


def test_what_the_schema_would_refuse_is_refused():
    wrong = {"metadata": {"name": "a"}, "spec": {"priority": "high"}}

    with pytest.raises(msgspec.ValidationError):
        read_propagation_policy(wrong)
