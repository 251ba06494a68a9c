"""Door 1: from files and what is known of the members to what every member must hold."""

from fakes.commits import (
    World,
    campaign,
    cluster,
    cluster_policy,
    config_map,
    crd,
    deployment,
    divided,
    job,
    key,
    namespace,
    on,
    override,
    places,
    policy,
)
from gitopsd.model.problem import Severity

CLUSTERS = {"eu.yaml": cluster("eu"), "us.yaml": cluster("us")}
EVERYWHERE = {**CLUSTERS, "policy.yaml": policy("all", "apps/v1 Deployment", "v1 ConfigMap")}
WEB = {**EVERYWHERE, "web.yaml": deployment("web")}
WEB_KEY = key("Deployment", "web")


def reasons(decision):
    return [(each.reason, each.severity.value, each.key) for each in decision.problems]


def test_a_template_goes_where_its_policy_says():
    found = World({**WEB, "policy.yaml": policy("web", "apps/v1 Deployment", placement=on("us"))})

    assert places(found.turn()) == {"Deployment.apps shop/web": {"us": None}}


def test_every_cluster_of_the_commit_has_an_entry():
    decision = World(CLUSTERS).turn()

    assert decision.manifests == {"eu": {}, "us": {}}
    assert decision.held == {"eu": {}, "us": {}}
    assert list(decision.clusters) == ["eu", "us"]


def test_clusters_that_get_the_same_get_the_very_same_manifest():
    decision = World(WEB).turn()

    assert decision.manifests["eu"][WEB_KEY] is decision.manifests["us"][WEB_KEY]


def test_what_no_policy_claims_is_a_notice_and_goes_nowhere():
    decision = World({**CLUSTERS, "web.yaml": deployment("web")}).turn()

    assert places(decision) == {}
    assert decision.bindings == {}
    [problem] = decision.problems
    assert (problem.reason, problem.severity, problem.path, problem.line) == (
        "Unclaimed",
        Severity.NOTICE,
        "web.yaml",
        1,
    )
    assert problem.message == "no policy claims Deployment.apps shop/web, so it goes nowhere"


def test_replicas_are_divided_and_written_into_each_share():
    divides = policy("web", "apps/v1 Deployment", placement=divided(eu=2, us=1))

    decision = World({**WEB, "policy.yaml": divides, "web.yaml": deployment("web", 6)}).turn()

    assert places(decision) == {"Deployment.apps shop/web": {"eu": 4, "us": 2}}
    assert decision.manifests["eu"][WEB_KEY].body["spec"]["replicas"] == 4
    assert decision.bindings[WEB_KEY].need.replicas == 6


def test_completions_of_a_job_are_divided_like_its_pods():
    divides = policy("sales", "batch/v1 Job", placement=divided(eu=2, us=1))

    decision = World({**CLUSTERS, "p.yaml": divides, "j.yaml": job("sales", 3, 9)}).turn()

    specs = {
        name: own[key("Job", "sales")].body["spec"] for name, own in decision.manifests.items()
    }
    assert {name: (spec["parallelism"], spec["completions"]) for name, spec in specs.items()} == {
        "eu": (2, 6),
        "us": (1, 3),
    }


def test_an_override_changes_one_cluster_alone():
    tag = {"component": "Tag", "operator": "replace", "value": "2"}
    rule = {"targetCluster": {"clusterNames": ["us"]}, "overriders": {"imageOverrider": [tag]}}

    decision = World({**WEB, "o.yaml": override("tag", "apps/v1", "Deployment", rule)}).turn()

    images = {
        name: own[WEB_KEY].body["spec"]["template"]["spec"]["containers"][0]["image"]
        for name, own in decision.manifests.items()
    }
    assert images == {"eu": "nginx:1", "us": "nginx:2"}


def test_an_override_that_does_not_fit_holds_that_cluster_and_no_other():
    wrong = {"path": "/spec/nowhere/at/all", "operator": "replace", "value": 1}
    rule = {"targetCluster": {"clusterNames": ["us"]}, "overriders": {"plaintext": [wrong]}}
    world = World(WEB)
    world.turn()
    world.deliver()

    world.files["o.yaml"] = override("wrong", "apps/v1", "Deployment", rule)
    decision = world.turn()

    assert places(decision) == {"Deployment.apps shop/web": {"eu": None}}
    assert list(decision.held["us"]) == [WEB_KEY]
    assert decision.held["us"][WEB_KEY].startswith("it could not be rendered: ")
    assert reasons(decision) == [("OverrideFailed", "error", WEB_KEY.id)]
    assert [each.cluster for each in decision.bindings[WEB_KEY].problems] == ["us"]


def test_a_deployment_draws_along_what_it_mounts():
    mounts = deployment("web", volumes=[{"name": "c", "configMap": {"name": "pages"}}])
    draws = policy("web", "apps/v1 Deployment", propagateDeps=True, placement=on("us"))

    world = World(
        {**CLUSTERS, "p.yaml": draws, "web.yaml": mounts, "pages.yaml": config_map("pages")}
    )
    decision = world.turn()

    binding = decision.bindings[key("ConfigMap", "pages")]
    assert places(decision) == {
        "ConfigMap shop/pages": {"us": None},
        "Deployment.apps shop/web": {"us": None},
    }
    assert binding.policy is None
    assert binding.required_by == {WEB_KEY: ("us",)}
    assert binding.assignment.shares == ()
    assert decision.problems == ()


def test_what_has_a_policy_of_its_own_goes_where_it_is_needed_besides():
    mounts = deployment("web", volumes=[{"name": "c", "configMap": {"name": "pages"}}])
    draws = policy("web", "apps/v1 Deployment", propagateDeps=True, placement=on("us"))
    own = policy("pages", "v1 ConfigMap", placement=on("eu"))

    world = World(
        {
            **CLUSTERS,
            "p.yaml": draws,
            "q.yaml": own,
            "web.yaml": mounts,
            "pages.yaml": config_map("pages"),
        }
    )

    assert places(world.turn())["ConfigMap shop/pages"] == {"eu": None, "us": None}


def test_what_several_draw_along_overwrites_when_one_of_them_may():
    volumes = [{"name": "c", "configMap": {"name": "pages"}}]
    files = {
        **CLUSTERS,
        "a.yaml": deployment("a", volumes=volumes),
        "b.yaml": deployment("b", volumes=volumes),
        "pages.yaml": config_map("pages"),
        "p.yaml": policy("a", "apps/v1 Deployment a", propagateDeps=True),
        "q.yaml": policy(
            "b",
            "apps/v1 Deployment b",
            propagateDeps=True,
            conflictResolution="Overwrite",
            preserveResourcesOnDeletion=True,
        ),
    }

    manifest = World(files).turn().manifests["eu"][key("ConfigMap", "pages")]

    assert (manifest.conflict, manifest.preserve) == ("Overwrite", True)


def test_a_dependency_is_found_as_soon_as_it_is_there_and_let_go_with_the_last_need():
    mounts = deployment("web", volumes=[{"name": "c", "configMap": {"name": "pages"}}])
    draws = policy("web", "apps/v1 Deployment", propagateDeps=True)
    world = World({**CLUSTERS, "p.yaml": draws, "web.yaml": mounts})
    before = places(world.turn())

    world.files["pages.yaml"] = config_map("pages")
    there = places(world.turn())
    world.files["web.yaml"] = deployment("web")
    after = places(world.turn())

    assert "ConfigMap shop/pages" not in before
    assert there["ConfigMap shop/pages"] == {"eu": None, "us": None}
    assert "ConfigMap shop/pages" not in after


def test_a_declared_namespace_goes_wherever_something_of_it_goes():
    world = World(
        {
            **WEB,
            "ns.yaml": namespace(),
            "policy.yaml": policy("web", "apps/v1 Deployment", placement=on("us")),
        }
    )
    decision = world.turn()

    binding = decision.bindings[key("Namespace", "shop", "")]
    assert places(decision)["Namespace shop"] == {"us": None}
    assert binding.policy is None
    assert [(each.cluster, each.accepted, each.reason) for each in binding.assignment.verdicts] == [
        ("eu", False, "nothing of this namespace goes here"),
        ("us", True, "something of this namespace goes here"),
    ]


def test_a_namespace_that_a_policy_claims_goes_where_the_policy_says():
    claims = cluster_policy("spaces", "v1 Namespace", placement=on("eu", "us"))
    web = policy("web", "apps/v1 Deployment", placement=on("us"))

    decision = World({**WEB, "ns.yaml": namespace(), "p.yaml": claims, "policy.yaml": web}).turn()

    assert places(decision)["Namespace shop"] == {"eu": None, "us": None}


def test_a_namespace_of_which_nothing_goes_anywhere_is_a_notice():
    decision = World({**CLUSTERS, "ns.yaml": namespace()}).turn()

    assert places(decision) == {}
    assert reasons(decision) == [("Unclaimed", "notice", "/Namespace//shop")]


def test_an_api_that_the_same_commit_brings_counts_as_enabled():
    files = {
        **CLUSTERS,
        "crd.yaml": crd(),
        "c.yaml": campaign("summer"),
        "p.yaml": policy("campaigns", "shop.example.com/v1 Campaign"),
        "q.yaml": cluster_policy(
            "kinds", "apiextensions.k8s.io/v1 CustomResourceDefinition", placement=on("us")
        ),
    }
    world = World(files)

    decision = world.turn()
    world.files["q.yaml"] = cluster_policy(
        "kinds", "apiextensions.k8s.io/v1 CustomResourceDefinition"
    )
    later = world.turn()

    assert places(decision)["Campaign.shop.example.com shop/summer"] == {"us": None}
    assert places(later)["Campaign.shop.example.com shop/summer"] == {"eu": None, "us": None}


def test_what_fits_nowhere_is_a_problem_that_says_why():
    world = World({**WEB, "policy.yaml": policy("web", "apps/v1 Deployment", placement=on("ap"))})

    decision = world.turn()

    stranger = "policy.karmada.io/PropagationPolicy/shop/web"
    assert reasons(decision) == [
        ("NoSuchCluster", "notice", stranger),
        ("NoClusterFit", "error", WEB_KEY.id),
    ]
    assert decision.problems[1].message.startswith(
        "Deployment.apps shop/web by PropagationPolicy shop/web: 0/2 clusters are available"
    )
    assert decision.bindings[WEB_KEY].manifests == {}


def test_a_suspended_cluster_has_its_manifest_marked():
    suspended = {"dispatchingOnClusters": {"clusterNames": ["us"]}}
    world = World({**WEB, "policy.yaml": policy("web", "apps/v1 Deployment", suspension=suspended)})

    decision = world.turn()

    assert {name: own[WEB_KEY].suspended for name, own in decision.manifests.items()} == {
        "eu": False,
        "us": True,
    }


def test_policies_that_did_not_win_are_named():
    second = policy("zzz", "apps/v1 Deployment")

    binding = World({**WEB, "z.yaml": second}).turn().bindings[WEB_KEY]

    assert str(binding.policy) == "PropagationPolicy shop/all"
    assert [(str(each.policy), each.reason) for each in binding.refused] == [
        ("PropagationPolicy shop/zzz", "PropagationPolicy shop/all comes first in the alphabet")
    ]


def test_what_is_drawn_along_follows_a_policy_that_is_edited():
    mounts = deployment("web", volumes=[{"name": "c", "configMap": {"name": "pages"}}])
    pages = key("ConfigMap", "pages")
    world = World(
        {
            **CLUSTERS,
            "p.yaml": policy("web", "apps/v1 Deployment", propagateDeps=True),
            "web.yaml": mounts,
            "pages.yaml": config_map("pages"),
        }
    )
    before = world.turn().manifests["eu"][pages].conflict

    world.files["p.yaml"] = policy(
        "web", "apps/v1 Deployment", propagateDeps=True, conflictResolution="Overwrite"
    )
    after = world.turn().manifests["eu"][pages].conflict

    assert (before, after) == ("Abort", "Overwrite")
