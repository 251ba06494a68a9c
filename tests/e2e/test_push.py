"""From `git push` to running objects and a status commit; nothing new means nothing sent."""

import statistics
import time

from servers.objects import config_map, deployment, image_of, service
from servers.repository import manifests

INVENTORY = "gitopsd-inventory"


def test_a_push_is_running_everywhere_and_told_on_the_branches(story) -> None:
    web = deployment(story.namespace, "web", replicas=2)
    files = story.fleet() | {"web.yaml": manifests(web, service(story.namespace, "web"))}
    commit = story.repository.push(files)

    story.run()

    story.everywhere(
        lambda member: story.get(member, "deployments", "web")["status"].get("readyReplicas") == 2
    )
    story.everywhere(lambda member: story.get(member, "services", "web"))
    told = f"bindings/{story.namespace}/deployment.apps-web.yaml"
    story.everywhere(lambda _: told in story.status())
    story.everywhere(lambda _: commit in story.status()["status.yaml"])
    rendered = set(story.rendered())
    assert {f"{each.name}/{story.namespace}/service-web.yaml" for each in story.members} <= rendered


def test_a_changed_image_is_live_on_every_member_in_under_a_second(story) -> None:
    files = {
        f"app-{number}.yaml": manifests(
            deployment(story.namespace, f"app-{number}"), service(story.namespace, f"app-{number}")
        )
        for number in range(20)
    }
    story.repository.push(story.fleet() | files)
    story.run()
    story.everywhere(lambda member: len(story.names(member, "services")) == 20)

    took = [seconds_of_a_change(story, f"nginx:1.{number}") for number in range(5)]

    assert statistics.median(took) < 1.0, took


def test_a_commit_without_a_change_sends_nothing_and_is_not_published(story) -> None:
    one = {"one.yaml": manifests(config_map(story.namespace, "one", word="same"))}
    story.repository.push(story.fleet() | one)
    story.run()
    story.everywhere(lambda member: story.get(member, "configmaps", "one"))
    story.everywhere(lambda _: len(story.rendered()) >= len(story.members))
    before = [len(member.writes()) for member in story.members]

    nothing = story.repository.push({}, "Nothing")
    story.repository.push({"two.yaml": manifests(config_map(story.namespace, "two", word="new"))})
    story.everywhere(lambda member: story.get(member, "configmaps", "two"))

    since = [
        {write.name for write in member.writes()[count:]}
        for member, count in zip(story.members, before, strict=True)
    ]
    assert since == [{"two", f"{INVENTORY}-{story.instance}"}] * len(story.members)
    messages = [
        story.repository.message(commit)
        for branch in ("status", "rendered")
        for commit in story.repository.log(f"gitopsd/{story.instance}/{branch}")
    ]
    assert not [each for each in messages if nothing in each]


def test_drift_is_repaired_from_the_watch(story) -> None:
    story.repository.push(
        story.fleet() | {"web.yaml": manifests(deployment(story.namespace, "web", "nginx:1.29"))}
    )
    story.run("--interval=1h")
    story.everywhere(lambda member: story.get(member, "deployments", "web"))

    drifted = story.members[1]
    drifted.kubectl(
        "set", "image", "deployment/web", "main=nginx:evil", f"--namespace={story.namespace}"
    )

    story.everywhere(
        lambda member: image_of(story.get(member, "deployments", "web")) == "nginx:1.29", 10
    )


def seconds_of_a_change(story, image: str) -> float:
    changed = deployment(story.namespace, "app-7", image)
    story.repository.push(
        {"app-7.yaml": manifests(changed, service(story.namespace, "app-7"))}, image
    )
    began = time.monotonic()
    story.everywhere(
        lambda member: image_of(story.get(member, "deployments", "app-7")) == image, 10
    )
    return time.monotonic() - began
