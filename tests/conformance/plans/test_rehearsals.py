"""A live plan asks the members what they would say to every change, and changes nothing there."""

from fakes.commits import campaign, crd, deployment
from gitopsd.core.review.findings import differences
from gitopsd.edge.credentials import of_cluster
from gitopsd.edge.member import Member
from gitopsd.kube import yaml
from gitopsd.kube.wire import encode
from gitopsd.model.cluster import Cluster
from gitopsd.model.problem import Severity
from servers.objects import policy
from servers.repository import manifests

WEB = "/apis/apps/v1/namespaces/shop/deployments/web"


async def sent(desk, manager: str, text: str, *, namespace: str = "shop") -> None:
    """Somebody else applies this to the member `eu`."""
    (document,) = yaml.documents(text.encode())
    member = Member("eu", of_cluster(desk.config, Cluster("eu")), manager)
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
    await member.apply(f"/api/v1/namespaces/{namespace}", encode(space))
    await member.apply(WEB, encode(document.body), force=True)
    await member.close()


async def test_what_is_new_is_tried_although_its_namespace_is_missing(desk) -> None:
    desk.repository.push(desk.fleet(web=deployment("web")))

    seen = await desk.plan(live=True)

    assert len(differences(seen.changes)) == 2
    assert not seen.changes.problems
    assert [len(each.items("apps", "deployments")) for each in desk.members.values()] == [0, 0]
    assert [each.get("", "namespaces", "", "shop") for each in desk.members.values()] == [None] * 2


async def test_what_a_member_would_refuse_is_a_problem_with_its_file(desk) -> None:
    text = deployment("web").replace(
        "name: app\n", "name: app\n        ports: [{containerPort: 0}]\n"
    )
    desk.repository.push(desk.fleet(web=text))

    seen = await desk.plan(live=True)

    (problem,) = [each for each in seen.changes.problems if each.reason == "Rejected"]
    assert (problem.path, problem.line, problem.severity) == ("web.yaml", 1, Severity.ERROR)
    assert problem.message.startswith("Deployment.apps shop/web would be refused on eu, us: ")
    assert "gitopsd-probe" not in problem.message


async def test_a_kind_that_comes_with_the_plan_cannot_be_tried(desk) -> None:
    files = desk.fleet(crd=crd(), campaign=campaign("spring"))
    selectors = [
        {"apiVersion": "shop.example.com/v1", "kind": "Campaign"},
    ]
    files["more.yaml"] = manifests(policy("shop", "more", selectors, ["eu"]))
    definition = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}
    body = policy("", "crds", [definition], ["eu"])
    body["kind"] = "ClusterPropagationPolicy"
    del body["metadata"]["namespace"]
    files["crds.yaml"] = manifests(body)
    desk.repository.push(files)

    seen = await desk.plan(live=True)

    assert not seen.changes.exact
    assert (
        "Campaign.shop.example.com shop/spring on eu: its kind comes with this plan, "
        "so only its schema could be checked"
    ) in seen.warnings


async def test_what_is_there_already_is_said_to_be_kept_or_adopted(desk) -> None:
    await sent(desk, "kubectl", deployment("web"))
    files = desk.fleet(web=deployment("web", 5))
    desk.repository.push(files)

    kept = await desk.plan(live=True)
    desk.repository.push(
        {
            "policy.yaml": files["policy.yaml"].replace(
                "spec:", "spec:\n  conflictResolution: Overwrite"
            )
        }
    )
    adopted = await desk.plan(live=True)

    assert (
        "Deployment.apps shop/web on eu: NotOwned: it was there before; "
        "conflictResolution: Overwrite in its policy would adopt it"
    ) in kept.warnings
    assert "Deployment.apps shop/web on eu: it is there already and would be adopted" in (
        adopted.warnings
    )


async def test_fields_that_are_left_to_others_are_named(desk) -> None:
    desk.repository.push(desk.fleet(web=deployment("web")))
    assert await desk.sync() == 0
    await sent(desk, "horizontal-pod-autoscaler", deployment("web", 9))
    desk.repository.push({"web.yaml": deployment("web", 4)})

    seen = await desk.plan(live=True)

    (said,) = [each for each in seen.warnings if "left to others" in each]
    assert said.startswith("Deployment.apps shop/web on eu: left to others: ")
    assert "horizontal-pod-autoscaler" in said
    found = desk.members["eu"].get("apps", "deployments", "shop", "web")
    assert found["spec"]["replicas"] == 9
