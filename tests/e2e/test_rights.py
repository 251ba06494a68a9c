"""The daemon needs no more rights than `gitopsd rbac` prints, and a plan says which are lacking."""

import yaml

from servers.objects import config_map, deployment, everywhere, image_of, policy
from servers.repository import cluster, manifests
from servers.waiting import wait_until

APP = "/apis/apps/v1/namespaces/shop/deployments/app"
HOOK = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {
        "name": "before",
        "namespace": "shop",
        "annotations": {
            "gitopsd.io/hook": "pre-sync",
            "gitopsd.io/hook-delete-policy": "on-success",
        },
    },
}


def test_what_rbac_prints_is_enough_and_what_is_lacking_is_said(
    new_member, repository, daemons, tmp_path
) -> None:
    member = new_member("eu")
    kubeconfig = member.kubeconfig_of("gitopsd", tmp_path / "fleet.yaml")
    files = {
        "clusters.yaml": manifests(cluster("eu")),
        "apps.yaml": manifests(
            HOOK,
            everywhere("shop", ["eu"]),
            policy("shop", "hooks", [{"apiVersion": "v1", "kind": "Secret"}], ["eu"]),
        ),
        "app.yaml": manifests(deployment("shop", "app", "app:1")),
        "map.yaml": manifests(config_map("shop", "web", word="ours")),
    }
    repository.push(files)
    about = (f"--repo={repository.url}", f"--kubeconfig={kubeconfig}")

    printed = daemons.call("rbac", "--account=default/gitopsd", "--cluster=eu", *about)
    member.kubectl("apply", "-f", "-", stdin=printed.out)
    member.kubectl("delete", "role", "gitopsd", "-n", "shop")
    before = daemons.call("plan", "--live", *about)
    member.kubectl("apply", "-f", "-", stdin=printed.out)
    after = daemons.call("plan", "--live", *about)
    daemon = daemons.run(*(each.partition("=")[2] for each in about))
    wait_until(lambda: member.get("/api/v1/namespaces/shop/configmaps/web"))
    wait_until(lambda: member.get(APP))
    wait_until(lambda: "hook=pre-sync" in daemon.tail(200))
    member.kubectl("autoscale", "deployment", "app", "--max=9", "--cpu=50%", "-n", "shop")
    member.kubectl("scale", "deployment", "app", "--replicas=7", "-n", "shop")
    repository.push({"map.yaml": None, "app.yaml": manifests(deployment("shop", "app", "app:2"))})
    wait_until(lambda: _is_gone(member.get("/api/v1/namespaces/shop/configmaps/web")))

    wait_until(lambda: image_of(member.get(APP)) == "app:2")
    assert member.get(APP)["spec"]["replicas"] == 7
    wait_until(lambda: _is_gone(member.get("/api/v1/namespaces/shop/secrets/before")))
    assert "forbidden" not in daemon.tail(1000).lower()

    words = "may not create, delete, get, patch configmaps in namespace shop"
    assert words in before.out
    assert before.code == 1
    assert "may not" not in after.out
    assert "cluster-admin" not in printed.out
    assert {each["kind"] for each in yaml.safe_load_all(printed.out)} == {
        "Namespace",
        "ClusterRole",
        "ClusterRoleBinding",
        "Role",
        "RoleBinding",
    }


def _is_gone(body) -> bool:
    """On a server without controllers nothing that waits for its dependents ever ends."""
    return body is None or "deletionTimestamp" in body["metadata"]
