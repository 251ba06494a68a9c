"""Secrets arrive at members, decrypted where git has them encrypted, and are seen nowhere else.

Every secret value holds the word `canary`; all that the product puts out is searched for it.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from pyrage.x25519 import Identity

from servers import sops
from servers.member import DAEMON, write_kubeconfig
from servers.objects import config_map, deployment, namespace, policy
from servers.processes import free_ports
from servers.repository import cluster, manifests
from servers.waiting import wait_until

SOPS = Path(__file__).parents[1] / "golden" / "sops"
KEYS = SOPS / "keys.txt"
CLUSTERS = 3
WORDS = ("canary", "hunter")


def test_an_encrypted_secret_arrives_decrypted(story) -> None:
    story.repository.push(fleet(story) | {"db.yaml": encrypted(story)})

    story.run(f"--age-key-file={KEYS}")

    story.everywhere(lambda member: story.get(member, "secrets", "encrypted"))
    found = [story.get(member, "secrets", "encrypted") for member in story.members]
    assert [each["data"] for each in found] == [
        {"text": coded("canary-sops-text-4711"), "bytes": coded("canary-sops-bytes-4711")}
    ] * CLUSTERS


def test_without_a_key_an_encrypted_secret_stays_as_it_was(story) -> None:
    story.repository.push(fleet(story) | {"db.yaml": encrypted(story)})
    first = story.run(f"--age-key-file={KEYS}")
    story.everywhere(lambda member: story.get(member, "secrets", "encrypted"))
    first.stop()

    after = manifests(config_map(story.namespace, "after", a="b"))
    story.repository.push({"db.yaml": encrypted(story, "canary-changed"), "after.yaml": after})
    story.run()

    story.everywhere(lambda member: story.get(member, "configmaps", "after"))
    wait_until(lambda: "DecryptionFailed" in story.status().get("problems.yaml", ""))
    assert {
        story.get(member, "secrets", "encrypted")["data"]["text"] for member in story.members
    } == {coded("canary-sops-text-4711")}


@pytest.fixture
def quoting(story) -> Iterator[None]:
    """An admission policy of one member that quotes what it refuses."""
    member, name = story.members[0], story.namespace
    root = "/apis/admissionregistration.k8s.io/v1"
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "resources": ["secrets"]}
    validation = {
        "expression": "!has(object.data) || !('denied' in object.data)",
        "messageExpression": "'refused ' + string(object.data.denied)",
    }
    spec = {
        "matchConstraints": {"resourceRules": [rule | {"operations": ["CREATE", "UPDATE"]}]},
        "validations": [validation],
    }
    here = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}
    bound = {"policyName": name, "validationActions": ["Deny"], "matchResources": here}
    member.ask("POST", "/api/v1/namespaces", namespace(name))
    for kind, body in (("policies", spec), ("policybindings", bound)):
        member.ask(
            "POST", f"{root}/validatingadmission{kind}", {"metadata": {"name": name}, "spec": body}
        )
    tried = secret(story, "tried", stringData={"denied": "canary"})
    path = f"/api/v1/namespaces/{name}/secrets?dryRun=All"
    wait_until(lambda: coded("canary") in str(member.ask("POST", path, tried).body))
    yield
    for kind in ("policybindings", "policies"):
        member.ask("DELETE", f"{root}/validatingadmission{kind}/{name}")


def test_no_secret_value_appears_in_any_output(story, quoting) -> None:
    (port,) = free_ports(1)
    first = fleet(story) | secrets(story, "canary") | mistakes(story)
    commit = story.repository.push(first, "All that is secret, and may go wrong with it")
    daemon = story.run(f"--age-key-file={KEYS}", f"--listen=127.0.0.1:{port}", "--log-level=debug")
    story.everywhere(lambda member: story.get(member, "secrets", "encrypted"))
    story.everywhere(lambda member: story.get(member, "secrets", "plain"))
    wait_until(lambda: "refused" in story.status().get("README.md", ""))
    denied = f"bindings/{story.namespace}/secret-denied.yaml"
    wait_until(lambda: "Failed" in story.status().get(denied, ""))
    drift = json.dumps({"stringData": {"b": "canary-drift"}})
    story.members[1].kubectl("-n", story.namespace, "patch", "secret", "plain", f"-p={drift}")
    story.everywhere(
        lambda member: "drift" not in decoded(story.get(member, "secrets", "plain")["data"]["b"])
    )
    found = dict(published(story)) | dict(served(story, f"http://127.0.0.1:{port}"))

    story.repository.push(secrets(story, "canary-changed"), "All of them change")
    told = dict(commands(story, commit))
    changed = coded("canary-changed-sops-text-4711")
    story.everywhere(
        lambda member: story.get(member, "secrets", "encrypted")["data"]["text"] == changed
    )
    wait_until(lambda: story.repository.head() in story.status().get("status.yaml", ""))
    daemon.stop()

    found |= dict(published(story)) | told | {"log": daemon.says()}
    assert leaks(found) == []
    assert "" not in found.values()
    assert all("key text changed" in told[plan] for plan in ("plan", "plan without keys"))


def test_a_member_is_reached_by_a_token_that_stands_encrypted_in_the_repository(
    story, tmp_path
) -> None:
    member, identity = story.members[2], Identity.generate()
    keys = tmp_path / "keys.txt"
    keys.write_text(str(identity))
    story.kubeconfig = write_kubeconfig(story.members[:2], tmp_path / "others.yaml")
    body = cluster(member.name)
    body["spec"] |= {
        "apiEndpoint": member.url,
        "secretRef": {"namespace": "clusters", "name": member.name},
    }
    token = member.tokens[DAEMON]
    login = secret(story, member.name, stringData={"token": token, "caBundle": member.ca.decode()})
    login["metadata"]["namespace"] = "clusters"
    others = manifests(*(cluster(each.name) for each in story.members[:2]), body)
    files = {"clusters.yaml": others, "token.yaml": sops.encrypted(login, identity)}
    page = manifests(config_map(story.namespace, "page", a="b"))
    story.repository.push(fleet(story) | files | {"page.yaml": page})

    daemon = story.run(f"--age-key-file={keys}")

    story.everywhere(lambda each: story.get(each, "configmaps", "page"))
    wait_until(lambda: "3 of 3 clusters reachable" in story.status().get("README.md", ""))
    assert member.items("/api/v1/namespaces/clusters/secrets") == []
    found = dict(published(story)) | {"log": daemon.says()}
    assert [name for name, text in found.items() if token in text or coded(token) in text] == []


def fleet(story) -> Mapping[str, str]:
    names = [member.name for member in story.members]
    selectors = [{"apiVersion": "v1", "kind": "Secret"}]
    return story.fleet(policy(story.namespace, "secrets", selectors, names))


def encrypted(story, case: str = "canary") -> str:
    """The file that sops made; its MAC leaves the namespace open."""
    text = (SOPS / case / "encrypted.yaml").read_text()
    return text.replace("namespace: shop", f"namespace: {story.namespace}")


def secrets(story, word: str) -> Mapping[str, str]:
    """Secrets of every sort, and an override of one."""
    plain = secret(
        story, "plain", data={"a": coded(f"{word}-data")}, stringData={"b": f"{word}-text"}
    )
    plain["metadata"]["annotations"] = {
        "kubectl.kubernetes.io/last-applied-configuration": f"{word}-annotation"
    }
    refused = secret(story, "refused", stringData={".dockerconfigjson": f"{{{word}-refused"})
    value = {"path": "/stringData/b", "operator": "replace", "value": f"{word}-override"}
    override = override_of(story, "plain", {"plaintext": [value]})
    override["spec"]["overrideRules"][0]["targetCluster"] = {
        "clusterNames": [story.members[0].name]
    }
    return {
        "web.yaml": manifests(deployment(story.namespace, "web")),
        "db.yaml": encrypted(story, word),
        "plain.yaml": manifests(plain),
        "fixed.yaml": manifests(
            secret(story, "fixed", immutable=True, stringData={"a": f"{word}-fixed"})
        ),
        "denied.yaml": manifests(secret(story, "denied", stringData={"denied": f"{word}-denied"})),
        "refused.yaml": manifests(refused | {"type": "kubernetes.io/dockerconfigjson"}),
        "override.yaml": manifests(override),
    }


def mistakes(story) -> Mapping[str, str]:
    """Secrets that are wrong in ways that make programs quote what they read."""
    tampered = encrypted(story).replace("name: encrypted", "name: tampered")
    text = {"fieldPath": "/stringData/a", "json": [{"subPath": "/a", "operator": "remove"}]}
    image = {
        "component": "Tag",
        "operator": "add",
        "value": "x",
        "predicate": {"path": "/stringData/a"},
    }
    return {
        "wrong/base64.yaml": manifests(secret(story, "base64", data={"a": "canary, no base64"})),
        "wrong/list.yaml": manifests(secret(story, "list", stringData={"a": ["canary-list"]})),
        "wrong/text.yaml": manifests(secret(story, "text", stringData="canary-string")),
        "wrong/field.yaml": manifests(secret(story, "field", dtaa={"a": "canary-field"})),
        "wrong/yaml.yaml": "kind: Secret\nstringData:\n  a: canary-yaml: x\n",
        "wrong/twice.yaml": "kind: Secret\nstringData: {a: canary-one, a: canary-two}\n",
        "wrong/tab.yaml": "kind: Secret\nstringData:\n\ta: canary-tab\n",
        "wrong/quote.yaml": 'kind: Secret\nstringData: {a: "canary-quote}\n',
        "wrong/nothing.yaml": "- canary-nothing\n",
        "wrong/alias.yaml": "kind: Secret\nstringData: {a: &a canary-alias, b: *canary-star}\n",
        "wrong/tag.yaml": "kind: Secret\nstringData: {a: !canary-mark}\n",
        "wrong/type.yaml": tampered.replace("type:str", "type:int"),
        "wrong/images.yaml": manifests(
            secret(story, "image", stringData={"a": "canary image"}),
            override_of(story, "image", {"imageOverrider": [image]}),
        ),
        "wrong/fields.yaml": manifests(
            secret(story, "fields", stringData={"a": "canary: ["}),
            override_of(story, "fields", {"fieldOverrider": [text]}),
        ),
        "wrong/other.yaml": (SOPS / "comments" / "encrypted.yaml").read_text(),
    }


def override_of(story, name: str, overriders: Mapping[str, Any]) -> dict[str, Any]:
    """An OverridePolicy for one Secret, on all clusters."""
    selector = {"apiVersion": "v1", "kind": "Secret", "name": name}
    return {
        "apiVersion": "policy.karmada.io/v1alpha1",
        "kind": "OverridePolicy",
        "metadata": {"name": name, "namespace": story.namespace},
        "spec": {"resourceSelectors": [selector], "overrideRules": [{"overriders": overriders}]},
    }


def secret(story, name: str, **fields: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": story.namespace}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, **fields}


def published(story) -> Iterator[tuple[str, str]]:
    """The branches, and what members keep of us, by where it is read."""
    for branch in ("status", "rendered"):
        name = f"gitopsd/{story.instance}/{branch}"
        for path, text in story.repository.files(name).items():
            yield f"{branch}:{path}", text
        for commit in story.repository.log(name):
            yield f"{branch}@{commit}", story.repository.message(commit)
    for member in story.members:
        inventories = member.items("/api/v1/namespaces/gitopsd-system/configmaps")
        yield f"inventory:{member.name}", json.dumps(inventories)


def served(story, url: str) -> Iterator[tuple[str, str]]:
    """What the daemon answers over HTTP."""
    for path in ("/", f"/workloads/{story.namespace}/Deployment.apps/web", "/metrics"):
        with urlopen(url + path) as answer:
            yield path, answer.read().decode()


def commands(story, base: str) -> Iterator[tuple[str, str]]:
    """What people and pipelines are told, with and without keys; plans are from this commit."""
    folder = story.daemons.folder / "checked"
    for path, text in story.repository.files(story.repository.branch).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    keys = f"--age-key-file={KEYS}"
    source = (f"--repo={story.repository.url}", f"--instance={story.instance}")
    reached = (*source, f"--kubeconfig={story.kubeconfig}")
    asked = {
        "plan": ("plan", f"--base={base}", keys, *reached),
        "plan without keys": ("plan", f"--base={base}", "--format=json", *reached),
        "live plan": ("plan", "--live", "--format=markdown", keys, *reached),
        "validate": ("validate", str(folder), keys),
        "validate without keys": ("validate", str(folder), "--format=json"),
        "explain": ("explain", "secret/plain", "-n", story.namespace, *source),
        "explain refused": ("explain", "secret/refused", "-n", story.namespace, "-o=yaml", *source),
        "bindings": ("get", "bindings", "-o=json", *source),
        "problems": ("get", "problems", *source),
        "status": ("status", *source),
    }
    with ThreadPoolExecutor(2) as pool:
        done = pool.map(lambda command: story.daemons.call(*command), asked.values())
        yield from ((name, each.out + each.err) for name, each in zip(asked, done, strict=True))


def leaks(found: Mapping[str, str]) -> list[str]:
    """Where a secret value stands, in clear or in base64 at any offset."""
    return [name for name, text in found.items() if any(sign in text for sign in signs(WORDS))]


def signs(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        yield word
        for offset in range(3):
            whole = b64encode(b"\0" * offset + word.encode()).decode().rstrip("=")
            yield whole[(offset * 8 + 5) // 6 : -1]


def decoded(text: str) -> str:
    return b64decode(text).decode()


def coded(text: str) -> str:
    return b64encode(text.encode()).decode()
