"""What is deleted on real members, who may stop it, and what other tools see of what is ours."""

import json

import pytest

from servers.objects import config_map, deployment, everywhere, namespace, policy, service
from servers.repository import cluster, manifests
from servers.waiting import wait_until


def test_a_plan_says_exactly_what_the_sync_after_the_merge_does(story) -> None:
    repository = story.repository
    one = [{"apiVersion": "v1", "kind": "ConfigMap", "name": "old"}]
    first = repository.push(
        story.fleet(policy(story.namespace, "one", one, [story.members[0].name]))
        | {
            "web.yaml": manifests(deployment(story.namespace, "web", "nginx:1.29", replicas=0)),
            "old.yaml": manifests(config_map(story.namespace, "old", a="1")),
            "stays.yaml": manifests(*(config_map(story.namespace, f"m-{n}") for n in range(3))),
        }
    )
    assert story.call("sync").code == 0
    changes = {
        "web.yaml": manifests(deployment(story.namespace, "web", "nginx:1.30", replicas=0)),
        "old.yaml": None,
        "new.yaml": manifests(service(story.namespace, "new")),
    }
    repository.branch_off("change", repository.push(changes))
    repository.rewind(first)
    before = {member.name: len(member.writes()) for member in story.members}

    proposed = plan(story, "--base=main", "--head=change")
    repository.push(changes, "Merge")
    merged = plan(story)
    assert story.call("sync").code == 0

    assert proposed["planHash"] == merged["planHash"]
    said = {
        (name, change["action"], change["object"])
        for change in proposed["changes"]
        for name in change["clusters"]
    }
    verbs = {"patch": "change", "delete": "delete"}
    done = {
        (
            member.name,
            "create" if write.status == 201 else verbs[write.verb],
            f"{'apps/Deployment' if write.resource == 'deployments' else KINDS[write.resource]}"
            f"/{write.namespace}/{write.name}",
        )
        for member in story.members
        for write in member.writes()[before[member.name] :]
        if write.namespace == story.namespace
    }
    assert done == said
    assert plan(story)["changes"] == []


KINDS = {"configmaps": "/ConfigMap", "services": "/Service"}


def test_kubectl_reads_the_set_and_lists_exactly_what_is_in_it(story, monkeypatch) -> None:
    story.repository.push(
        story.fleet()
        | {
            "web.yaml": manifests(
                deployment(story.namespace, "web", replicas=0), service(story.namespace, "web")
            )
        }
    )
    assert story.call("sync").code == 0
    (member, *_) = story.members
    member.kubectl("create", "configmap", "foreign", f"--namespace={story.namespace}")
    name = f"gitopsd-inventory-{story.instance}"
    parent = member.get(f"/api/v1/namespaces/gitopsd-system/configmaps/{name}")["metadata"]
    kinds = parent["annotations"]["applyset.kubernetes.io/contains-group-kinds"]
    part_of = f"applyset.kubernetes.io/part-of={parent['labels']['applyset.kubernetes.io/id']}"

    listed = member.kubectl("get", kinds, "--all-namespaces", "-l", part_of, "--output=name")
    monkeypatch.setenv("KUBECTL_APPLYSET", "true")
    prune = ("apply", "--namespace=gitopsd-system", "--prune", f"--applyset=configmaps/{name}")
    mine = manifests(config_map("gitopsd-system", "mine"))
    with pytest.raises(RuntimeError) as refused:
        member.kubectl(*prune, "--filename=-", stdin=mine)
    # Were it kubectl's own, it would take just these for what it no longer wants.
    tooling = "applyset.kubernetes.io/tooling=kubectl/v1.36.3"
    place = ("configmap", name, "--namespace=gitopsd-system")
    member.kubectl("annotate", "--overwrite", *place, tooling)
    pruned = member.kubectl(*prune, "--dry-run=server", "--filename=-", stdin=mine)

    assert set(listed.split()) == {"deployment.apps/web", "service/web"}
    assert 'managed by tooling "gitopsd" instead of "kubectl"' in str(refused.value)
    assert {line.split()[0] for line in pruned.splitlines() if "pruned" in line} == {
        "deployment.apps/web",
        "service/web",
    }


def test_a_workload_is_removed_only_once_it_is_well_where_it_goes(story) -> None:
    first, second, _ = story.members
    everything = [{"apiVersion": "apps/v1", "kind": "Deployment"}]
    moves = [
        {
            "clusters.yaml": manifests(*(cluster(member.name) for member in story.members)),
            "policy.yaml": manifests(policy(story.namespace, "all", everything, [to.name])),
        }
        for to in (first, second)
    ]
    web = {"web.yaml": manifests(deployment(story.namespace, "web"))}
    story.repository.push(moves[0] | web | beside(story))
    assert story.call("sync", "--wait").code == 0
    ready = []
    story.run()

    story.repository.push(moves[1])

    def is_moved() -> bool:
        there = story.get(second, "deployments", "web")
        ready.append(bool(there and there.get("status", {}).get("readyReplicas")))
        return story.get(first, "deployments", "web") is None

    wait_until(is_moved)
    assert ready[-1]


def test_a_namespace_goes_with_what_is_ours_and_stays_with_what_is_not(member1, story_on) -> None:
    story = story_on([member1])
    names = [f"{story.namespace}-{each}" for each in ("ours", "shared")]
    objects = {
        f"{name}.yaml": manifests(
            namespace(name), everywhere(name, [member1.name]), config_map(name, "page")
        )
        for name in names
    }
    story.repository.push(story.fleet() | objects | beside(story))
    assert story.call("sync").code == 0
    member1.kubectl("create", "configmap", "foreign", f"--namespace={names[1]}")
    story.repository.push(dict.fromkeys(objects))
    story.repository.push({"approval.yaml": approval(story)})

    done = story.call("sync")

    assert done.code == 1
    assert "holds an object that is not ours (ConfigMap foreign)" in done.err
    assert member1.get(f"/api/v1/namespaces/{names[0]}") is None
    assert member1.get(f"/api/v1/namespaces/{names[1]}/configmaps/foreign")
    assert member1.get(f"/api/v1/namespaces/{names[1]}/configmaps/page") is None


def approval(story) -> str:
    """What the plan of what is applied now prints, to be committed."""
    done = story.call("plan", "--approval")
    assert done.code == 0, done.err
    return done.out


def beside(story) -> dict[str, str]:
    """Enough that stays everywhere, so that one deletion is not a set that is emptied."""
    maps = [config_map(story.namespace, f"stays-{n}") for n in range(3)]
    selected = [{"apiVersion": "v1", "kind": "ConfigMap"}]
    names = [member.name for member in story.members]
    return {
        "stays.yaml": manifests(*maps),
        "stays-policy.yaml": manifests(policy(story.namespace, "stays", selected, names)),
    }


def plan(story, *more: str):
    done = story.call("plan", "--format=json", *more)
    assert done.code == 0, done.out + done.err
    return json.loads(done.out)
