from gitopsd.core.override import Overrides, Subject, override
from gitopsd.model.cluster import Cluster
from gitopsd.model.policy import read_override_policy
from gitopsd.model.resource import Origin, ResourceKey

WEB = ResourceKey("apps", "Deployment", "shop", "web")
M1, M2, M3 = (Cluster(name, labels={"env": "prod"}) for name in ("m1", "m2", "m3"))
ALL_OF_KIND = [{"apiVersion": "apps/v1", "kind": "Deployment"}]
BY_NAME = [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}]


def body(**labels):
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"namespace": "shop", "name": "web", "labels": labels},
        "spec": {"replicas": 1},
    }


def tier(value):
    return {"labelsOverrider": [{"operator": "add", "value": {"tier": value}}]}


def replicas(number, *clusters):
    change = {"path": "/spec/replicas", "operator": "replace", "value": number}
    target = {"clusterNames": list(clusters)} if clusters else None
    return {"targetCluster": target, "overriders": {"plaintext": [change]}}


def policy(name, rules, selectors=None, namespace=""):
    spec = {"overrideRules": rules, "resourceSelectors": selectors}
    metadata = {"name": name, "namespace": namespace}
    return read_override_policy({"metadata": metadata, "spec": spec}, Origin(f"{name}.yaml", 0, 3))


def overridden(cluster, *policies, given=None):
    return override(given or body(), Subject("apps/v1", WEB), cluster, Overrides(policies))


def names(done):
    return [(each.policy.name, each.rule) for each in done.applied]


def test_no_rules_change_nothing():
    given = body()
    other = policy("other", [replicas(9)], [{"apiVersion": "v1", "kind": "Service"}])

    done = overridden(M1, other, given=given)

    assert done.body is given
    assert done.applied == ()


def test_the_most_specific_policy_of_the_namespace_has_the_last_word():
    done = overridden(
        M1,
        policy("b-kind", [{"overriders": tier("3")}], ALL_OF_KIND, "shop"),
        policy("a-name", [{"overriders": tier("2")}], BY_NAME),
        policy("a-kind", [{"overriders": tier("4")}], ALL_OF_KIND, "shop"),
        policy("z-all", [{"overriders": tier("1")}]),
        policy("elsewhere", [{"overriders": tier("5")}], None, "other"),
    )

    assert names(done) == [("z-all", 0), ("a-name", 0), ("a-kind", 0), ("b-kind", 0)]
    assert done.body["metadata"]["labels"] == {"tier": "3"}


def test_every_rule_that_means_the_cluster_is_applied():
    both = policy("both", [replicas(2, "m1", "m2"), replicas(5, "m2")])

    assert [overridden(each, both).body["spec"]["replicas"] for each in (M1, M2, M3)] == [2, 5, 1]
    assert names(overridden(M2, both)) == [("both", 0), ("both", 1)]


def test_policies_of_the_namespace_see_the_labels_that_cluster_wide_ones_leave():
    by_tier = [{**ALL_OF_KIND[0], "labelSelector": {"matchLabels": {"tier": "gold"}}}]
    own = policy("own", [replicas(7)], by_tier, "shop")

    assert overridden(M1, own).applied == ()
    assert names(overridden(M1, policy("wide", [{"overriders": tier("gold")}]), own)) == [
        ("wide", 0),
        ("own", 0),
    ]


def test_the_deprecated_form_is_one_rule():
    old = read_override_policy(
        {
            "metadata": {"name": "old"},
            "spec": {"targetCluster": {"exclude": ["m1"]}, "overriders": tier("1")},
        }
    )

    assert names(overridden(M1, old)) == []
    assert names(overridden(M2, old)) == [("old", -1)]


def test_a_rule_that_does_not_fit_is_a_problem_with_its_place():
    change = {"path": "/metadata/annotations/x", "operator": "replace", "value": "1"}
    broken = policy("broken", [replicas(2), {"overriders": {"plaintext": [change]}}])

    problem = overridden(M1, broken).problem

    assert (problem.path, problem.line, problem.key) == (
        "broken.yaml",
        3,
        "apps/Deployment/shop/web",
    )
    assert problem.pointer == "/spec/overrideRules/1/overriders/plaintext/0"
    assert problem.message == (
        "ClusterOverridePolicy broken does not fit Deployment.apps shop/web: "
        "/metadata/annotations/x: there is no 'annotations'"
    )


def test_an_image_is_not_looked_for_in_an_object_that_is_none_any_more():
    text = {"path": "/spec/replicas", "operator": "replace", "value": "many"}
    tag = {"imageOverrider": [{"component": "Tag", "operator": "remove"}]}
    edited = policy("edited", [{"overriders": {"plaintext": [text]}}, {"overriders": tag}])

    assert "/spec/replicas is a string of the wrong sort" in overridden(M1, edited).problem.message


def test_rules_of_the_same_policy_are_equal_in_every_index():
    both = policy("both", [replicas(2), replicas(3)])
    one, other = (Overrides([both]).rules("", "apps/v1", WEB, {}) for _ in range(2))

    assert one == other
    assert hash(one) == hash(other)
    assert one[0] != one[1]
