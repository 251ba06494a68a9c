"""Kustomizations and charts of a repository, rendered by the real programs."""

import os
from base64 import b64decode
from pathlib import Path

import pytest
import yaml
from pyrage.x25519 import Identity

from gitopsd.daemon.building import Building
from gitopsd.model.build import Build, Program, Release
from servers import binaries, helm, sops
from servers.objects import deployment, policy
from servers.repository import manifests
from servers.waiting import wait_until

pytestmark = pytest.mark.e2e

CHART = "apiVersion: v2\nname: shop\nversion: 1.0.0\n"
TEMPLATE = """
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-settings}
data: {colour: {{ .Values.colour | quote }}, size: {{ .Values.size | quote }}}
"""


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The daemon finds kubectl, which has kustomize in it, and helm."""
    found = (binaries.kubectl(), helm.find())
    assert all(found), "no helm: run `make kubernetes`"
    folders = [str(Path(each).parent) for each in found]
    monkeypatch.setenv("PATH", os.pathsep.join([*folders, os.environ["PATH"]]))


def test_an_overlay_and_a_chart_arrive_and_an_edit_changes_what_it_changes(story) -> None:
    namespace = story.namespace
    reference = {
        "apiVersion": "gitopsd.io/v1alpha1",
        "kind": "Chart",
        "metadata": {"name": "shop", "namespace": namespace},
        "spec": {
            "path": "../charts/shop",
            "valuesFiles": ["values.yaml"],
            "values": {"size": "xl"},
        },
    }
    story.repository.push(
        {
            **story.fleet(),
            "base/kustomization.yaml": "resources: [web.yaml]\n"
            "configMapGenerator: [{name: app, files: [app.properties]}]\n",
            "base/web.yaml": manifests(deployment("", "web", "nginx:1.28")),
            "base/app.properties": "greeting=hello\n",
            "overlay/kustomization.yaml": f"namespace: {namespace}\nresources: [../base]\n"
            "images: [{name: nginx, newTag: '1.29'}]\n",
            "charts/shop/Chart.yaml": CHART,
            "charts/shop/values.yaml": "colour: red\nsize: s\n",
            "charts/shop/templates/settings.yaml": TEMPLATE,
            "apps/values.yaml": "colour: blue\n",
            "apps/shop.yaml": manifests(reference),
        }
    )
    story.run()
    story.everywhere(lambda member: image(story.get(member, "deployments", "web")) == "nginx:1.29")
    story.everywhere(
        lambda member: (
            story.get(member, "configmaps", "shop-settings")["data"]
            == {"colour": "blue", "size": "xl"}
        )
    )
    before = {member.name: versions(story, member) for member in story.members}

    story.repository.push({"base/web.yaml": manifests(deployment("", "web", "nginx:1.28", 2))})

    story.everywhere(
        lambda member: story.get(member, "deployments", "web")["spec"]["replicas"] == 2
    )
    after = {member.name: versions(story, member) for member in story.members}
    assert after == before


def test_encrypted_files_are_rendered_and_no_program_sees_what_is_in_them(story, tmp_path) -> None:
    identity, keys = Identity.generate(), tmp_path / "keys.txt"
    keys.write_text(f"{identity}\n")
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "db"},
        "stringData": {"password": "canary-1"},
    }
    chart = {
        "apiVersion": "gitopsd.io/v1alpha1",
        "kind": "Chart",
        "metadata": {"name": "shop", "namespace": story.namespace},
        "spec": {"path": "../charts/shop", "valuesFiles": ["values.yaml"]},
    }
    template = (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: shop}\n"
        "data: {url: {{ printf `https://a:%s@b` .Values.data.password | b64enc }}}\n"
    )
    kinds = policy(
        story.namespace, "secrets", [{"apiVersion": "v1", "kind": "Secret"}],
        [member.name for member in story.members],
    )  # fmt: skip
    story.repository.push(
        {
            **story.fleet(kinds),
            "overlay/kustomization.yaml": f"namespace: {story.namespace}\nresources: [db.yaml]\n"
            "secretGenerator: [{name: made, files: [whole=db.yaml]}]\n",
            "overlay/db.yaml": sops.encrypted(secret, identity),
            "charts/shop/Chart.yaml": CHART,
            "charts/shop/templates/secret.yaml": template,
            "apps/values.yaml": sops.encrypted({"data": {"password": "canary-2"}}, identity),
            "apps/shop.yaml": manifests(chart),
        }
    )

    daemon = story.run(f"--age-key-file={keys}")

    story.everywhere(lambda member: value(story, member, "db", "password") == "canary-1")
    story.everywhere(lambda member: value(story, member, "shop", "url") == "https://a:canary-2@b")
    made = next(name for name in story.names(story.members[0], "secrets") if "made-" in name)
    assert "password: canary-1" in value(story, story.members[0], made, "whole")
    wait_until(lambda: story.repository.head() in story.status().get("status.yaml", ""))
    told = [daemon.says(), *story.status().values(), *story.rendered().values()]
    assert not [each for each in told if "canary" in each or "gitopsdVeil" in each]


def value(story, member, name, key) -> str:
    """One value of a Secret of the story's namespace; empty where there is none."""
    found = story.get(member, "secrets", name)
    return b64decode(found["data"][key]).decode() if found else ""


def test_what_does_not_render_holds_what_is_there_and_says_why(story) -> None:
    overlay = f"namespace: {story.namespace}\nresources: [app.yaml]\n"
    app = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: app}\ndata: {word: old}\n"
    story.repository.push(
        {**story.fleet(), "overlay/kustomization.yaml": overlay, "overlay/app.yaml": app}
    )
    story.run()
    story.everywhere(lambda member: story.get(member, "configmaps", "app"))

    remote = "namespace: x\nresources: [https://example.com/base.yaml]\n"
    commit = story.repository.push({"overlay/kustomization.yaml": remote, "overlay/app.yaml": None})

    story.everywhere(lambda _: commit in story.status().get("status.yaml", ""))
    told = yaml.safe_load(story.status()["problems.yaml"])["problems"]
    [problem] = [each for each in told if each["reason"] == "NotRendered"]
    assert (problem["file"], problem["line"]) == ("overlay/kustomization.yaml", 2)
    assert "is remote, and nothing is fetched" in problem["message"]
    story.everywhere(lambda member: story.get(member, "configmaps", "app")["data"]["word"] == "old")

    good = {"overlay/kustomization.yaml": overlay, "overlay/app.yaml": app.replace("old", "new")}
    story.repository.push(good)

    story.everywhere(lambda member: story.get(member, "configmaps", "app")["data"]["word"] == "new")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"resources": ["https://example.com/a.yaml"]}, "proxyconnect"),
        ({"resources": ["https://github.com/a/b//c?ref=v1"]}, "proxyconnect"),
        ({"resources": ["git@github.com:a/b.git"]}, "no 'git' program on path"),
        ({"resources": ["../../../../../../../etc"]}, "unable to find one of"),
        ({"configMapGenerator": [{"name": "a", "files": ["/etc/hostname"]}]}, "security; file"),
        ({"helmCharts": [{"name": "a", "repo": "https://example.com"}]}, "--enable-helm"),
        ({"generators": ["{apiVersion: evil/v1, kind: G, metadata: {name: g}}"]}, "plugins"),
    ],
)
async def test_kustomize_fetches_and_runs_nothing_even_if_it_is_asked(files, words) -> None:
    text = yaml.safe_dump(files)

    [built] = await Building(str.encode).build([kustomization(text)])

    assert built.output == b""
    assert words in built.failure


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{{ env `HOME` }}", 'function "env" not defined'),
        ("{{ fail (print `no ` .Values.password) }}", "no ***"),
        ("{{ define `a` }}{{ include `a` . }}{{ end }}{{ include `a` . }}", "include"),
        ("{{ range until 100000000 }}x{{ end }}", "needs more than 4096 MiB of memory"),
        ("a: {{ repeat 100000000 `x` }}", "printed more than 16777216 bytes"),
    ],
)
async def test_helm_does_no_harm_whatever_a_template_says(template, words) -> None:
    [built] = await Building(str.encode).build([chart(template)])

    assert built.output == b""
    assert words in built.failure


async def test_helm_prints_hooks_but_no_tests() -> None:
    template = "".join(
        f"---\nkind: Job\nmetadata: {{name: {each}, annotations: {{helm.sh/hook: {each}}}}}\n"
        for each in ("pre-install", "post-upgrade", "test")
    )

    [built] = await Building(str.encode).build([chart(template)])

    names = {each["metadata"]["name"] for each in yaml.safe_load_all(built.output)}
    assert names == {"pre-install", "post-upgrade"}


async def test_a_template_sees_no_cluster_no_host_and_no_file_but_its_own() -> None:
    template = (
        "seen: '{{ lookup `v1` `Secret` `` `` }}{{ getHostByName `localhost` }}"
        "{{ .Files.Get `../../../etc/hostname` }}'"
    )

    [built] = await Building(str.encode).build([chart(template)])

    assert yaml.safe_load(built.output) == {"seen": "map[]"}


def kustomization(text: str) -> Build:
    return Build(Program.KUSTOMIZE, "k/kustomization.yaml", "k", {"k/kustomization.yaml": text})


def chart(template: str) -> Build:
    files = {"c/Chart.yaml": CHART, "c/templates/a.yaml": template}
    release = Release("", "a", "shop", values={"password": "hunter2"}, kube_version="1.37")
    return Build(Program.HELM, "a.yaml", "c", files, 1, release)


def image(body) -> str:
    return body["spec"]["template"]["spec"]["containers"][0]["image"]


def versions(story, member) -> dict[str, str]:
    """The resource version of each ConfigMap: a write would change it."""
    return {
        name: story.get(member, "configmaps", name)["metadata"]["resourceVersion"]
        for name in story.names(member, "configmaps")
    }
