import pytest

from gitopsd.core.match import Policies, choose
from gitopsd.model.policy import (
    LabelSelector,
    PropagationPolicy,
    PropagationSpec,
    ResourceSelector,
)
from gitopsd.model.resource import Origin, Resource, ResourceKey

ANY = ResourceSelector("apps/v1", "Deployment")
NAMED = ResourceSelector("apps/v1", "Deployment", name="web")
LABELLED = ResourceSelector(
    "apps/v1", "Deployment", label_selector=LabelSelector(match_labels={"app": "web"})
)


def policy(name, selector, namespace="shop", priority=0, deleting=False):
    spec = PropagationSpec((selector,), priority=priority)
    return PropagationPolicy(namespace, name, spec, {}, deleting=deleting)


def template(kind="Deployment", group="apps", namespace="shop", version="v1"):
    body = {"metadata": {"labels": {"app": "web"}}}
    return Resource(ResourceKey(group, kind, namespace, "web"), version, body, Origin("web.yaml"))


def chosen(*policies, of=None):
    policy = choose(of or template(), Policies(policies)).policy
    return policy and str(policy)


def test_a_policy_of_the_namespace_comes_before_any_cluster_policy():
    assert (
        chosen(
            policy("z", NAMED),
            policy("b", ANY, priority=1),
            policy("a", ANY, priority=1),
            policy("x", NAMED, namespace="", priority=100),
        )
        == "PropagationPolicy shop/a"
    )


def test_priority_counts_before_closeness_and_closeness_before_the_alphabet():
    assert chosen(policy("a", ANY), policy("b", NAMED)) == "PropagationPolicy shop/b"
    assert chosen(policy("a", ANY), policy("b", LABELLED)) == "PropagationPolicy shop/b"
    assert chosen(policy("a", LABELLED), policy("b", NAMED)) == "PropagationPolicy shop/b"
    assert chosen(policy("a", NAMED), policy("b", ANY, priority=1)) == "PropagationPolicy shop/b"
    assert chosen(policy("b", ANY), policy("a", ANY)) == "PropagationPolicy shop/a"


def test_a_policy_of_another_namespace_does_not_claim():
    foreign = ResourceSelector("apps/v1", "Deployment", namespace="shop")

    assert chosen(policy("a", ANY, namespace="other")) is None
    assert chosen(policy("a", foreign, namespace="other")) is None


def test_a_cluster_policy_may_name_a_namespace():
    here = ResourceSelector("apps/v1", "Deployment", namespace="shop")
    there = ResourceSelector("apps/v1", "Deployment", namespace="other")

    assert chosen(policy("a", there, namespace="")) is None
    assert chosen(policy("a", here, namespace="")) == "ClusterPropagationPolicy a"


def test_a_cluster_scoped_template_is_claimed_by_cluster_policies_only():
    role = ResourceSelector("rbac.authorization.k8s.io/v1", "ClusterRole")
    template_role = template("ClusterRole", "rbac.authorization.k8s.io", "")

    assert chosen(policy("a", role), policy("b", role, namespace=""), of=template_role) == (
        "ClusterPropagationPolicy b"
    )


def test_a_policy_that_is_being_deleted_claims_nothing():
    assert chosen(policy("a", NAMED, deleting=True), policy("b", ANY)) == (
        "PropagationPolicy shop/b"
    )


def test_another_version_is_another_kind():
    assert chosen(policy("a", ANY), of=template(version="v1beta1")) is None


@pytest.mark.parametrize(
    ("group", "kind"),
    [
        ("", "Event"),
        ("events.k8s.io", "Event"),
        ("coordination.k8s.io", "Lease"),
        ("work.karmada.io", "Work"),
    ],
)
def test_the_running_state_of_a_control_plane_is_claimed_by_nobody(group, kind):
    selector = ResourceSelector(f"{group}/v1" if group else "v1", kind)

    assert chosen(policy("a", selector), of=template(kind, group)) is None


def test_every_other_match_is_told_why_it_did_not_win():
    choice = choose(
        template(),
        Policies(
            [
                policy("best", NAMED, priority=5),
                policy("broad", ANY, priority=5),
                policy("low", NAMED),
                policy("next", NAMED, priority=5),
                policy("base", NAMED, namespace="", priority=9),
            ]
        ),
    )

    assert [(each.policy.name, each.reason) for each in choice.refused] == [
        ("next", "PropagationPolicy shop/best comes first in the alphabet"),
        ("broad", "matches by kind, PropagationPolicy shop/best by name"),
        ("low", "priority 0, PropagationPolicy shop/best has 5"),
        ("base", "a policy of the namespace comes first: PropagationPolicy shop/best"),
    ]
