"""The commands that people and pipelines call, on real members: exit codes, and what is true."""

from servers.objects import deployment, image_of
from servers.repository import manifests


def test_sync_ends_when_all_is_applied_and_with_wait_when_all_is_ready(story) -> None:
    web = deployment(story.namespace, "web", replicas=2)
    story.repository.push(story.fleet() | {"web.yaml": manifests(web)})

    done = story.call("sync", "--wait")

    assert done.code == 0, done.out + done.err
    ready = [
        story.get(member, "deployments", "web")["status"]["readyReplicas"]
        for member in story.members
    ]
    assert ready == [2, 2, 2]


def test_sync_that_waits_too_long_names_what_is_not_ready(story) -> None:
    slow = deployment(story.namespace, "slow")
    slow["spec"]["template"]["spec"]["nodeSelector"] = {"no": "such-node"}
    story.repository.push(story.fleet() | {"slow.yaml": manifests(slow)})

    done = story.call("sync", "--wait", "--timeout=4s")

    assert done.code == 1
    assert "not done within 4 s" in done.err
    assert f"member1: Deployment.apps {story.namespace}/slow: progressing: " in done.err


def test_sync_fails_when_a_file_is_broken_and_applies_the_rest(story) -> None:
    web = deployment(story.namespace, "web")
    story.repository.push(
        story.fleet() | {"web.yaml": manifests(web), "broken.yaml": "kind: [Config"}
    )

    done = story.call("sync")

    assert done.code == 1
    assert "broken.yaml" in done.out + done.err
    assert all(story.get(member, "deployments", "web") for member in story.members)


def test_a_live_plan_is_empty_after_a_sync_and_then_tells_the_next_change(story) -> None:
    web = {"web.yaml": manifests(deployment(story.namespace, "web", "nginx:1.29"))}
    story.repository.push(story.fleet() | web)
    assert story.call("sync").code == 0
    settled = story.call("plan", "--live", "--exit-code")

    story.repository.push({"web.yaml": manifests(deployment(story.namespace, "web", "nginx:2"))})
    pending = story.call("plan", "--live", "--exit-code")

    assert (settled.code, pending.code) == (0, 3), settled.out + settled.err + pending.out
    assert "web" in pending.out
    images = {image_of(story.get(member, "deployments", "web")) for member in story.members}
    assert images == {"nginx:1.29"}


def test_a_live_plan_says_what_members_would_refuse_before_anything_is_there(story) -> None:
    web = deployment(story.namespace, "web")
    web["spec"]["template"]["spec"]["containers"][0]["ports"] = [{"containerPort": 0}]
    story.repository.push(story.fleet() | {"web.yaml": manifests(web)})

    planned = story.call("plan", "--live")

    assert planned.code == 1, planned.out + planned.err
    assert f"web.yaml:1: Deployment.apps {story.namespace}/web would be refused on" in planned.out
    assert "containerPort" in planned.out
    assert not any(story.get(member, "deployments", "web") for member in story.members)


def test_what_runs_where_is_read_from_the_status_branch_alone(story) -> None:
    story.repository.push(
        story.fleet() | {"web.yaml": manifests(deployment(story.namespace, "web"))}
    )
    assert story.call("sync", "--wait").code == 0
    source = [f"--repo={story.repository.url}", f"--instance={story.instance}"]

    shown = story.daemons.call("get", "bindings", *source)
    explained = story.daemons.call("explain", "deployment/web", "-n", story.namespace, *source)

    assert shown.code == 0 and "web" in shown.out, shown.out + shown.err
    assert explained.code == 0, explained.out + explained.err
    assert all(member.name in explained.out for member in story.members)
