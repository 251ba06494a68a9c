from gitopsd.core.match import Policies
from gitopsd.model.policy import (
    LabelSelector,
    PropagationPolicy,
    PropagationSpec,
    Requirement,
    ResourceSelector,
)
from gitopsd.model.resource import Origin, Resource, ResourceKey

WEB = Resource(
    ResourceKey("apps", "Deployment", "shop", "web"),
    "v1",
    {"metadata": {"labels": {"app": "web"}}},
    Origin("web.yaml"),
)


def levels(*selectors):
    policy = PropagationPolicy("shop", "p", PropagationSpec(selectors), {})
    return [level for _, level in Policies([policy]).matching(WEB)]


def test_a_policy_comes_once_for_each_selector_that_means_the_template():
    by_kind = ResourceSelector("apps/v1", "Deployment")
    by_name = ResourceSelector("apps/v1", "Deployment", "shop", "web")
    by_labels = ResourceSelector("apps/v1", "Deployment", label_selector=LabelSelector())
    other = ResourceSelector("apps/v1", "Deployment", "shop", "api")

    assert sorted(levels(by_kind, by_name, by_labels, other)) == [1, 2, 3]


def test_a_malformed_label_selector_means_nothing():
    malformed = LabelSelector(match_expressions=(Requirement("app", "In"),))

    assert levels(ResourceSelector("apps/v1", "Deployment", label_selector=malformed)) == []
