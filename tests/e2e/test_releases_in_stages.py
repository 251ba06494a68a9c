"""A change goes through stages on real members, whose controllers say what is well."""

from typing import Any

import yaml

from servers.objects import deployment, image_of
from servers.repository import cluster, manifests
from servers.waiting import wait_until

BROKEN = "nginx:broken"
ROLLOUT = {"apiVersion": "gitopsd.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "fleet"}}
CANARY = {
    "name": "canary",
    "clusters": {"labelSelector": {"matchLabels": {"tier": "canary"}}},
    "minSuccessTime": "1s",
}
REST = {"name": "rest", "maxUnavailable": "100%", "maxConcurrency": 1, "minSuccessTime": "1s"}


class Release:
    """Three members that all run nginx:1.29, of which the last one by name is the canary."""

    def __init__(self, story, *stages: dict[str, Any]) -> None:
        self.story = story
        self.names = [member.name for member in story.members]
        labels = {self.names[-1]: {"tier": "canary"}}
        self.clusters = [cluster(name, **labels.get(name, {})) for name in self.names]
        self.first = story.repository.push(
            {
                **story.fleet(),
                "clusters.yaml": manifests(*self.clusters),
                **self.order({**CANARY, "minSuccessTime": "0s"}, {"name": "rest", **FAST}),
                **self.image("nginx:1.29"),
            },
            "A shop",
        )
        self.daemon = story.run()
        self.until("111")
        self.until_phase("Synced")
        story.repository.push(self.order(*stages), "In stages")

    def order(self, *stages: dict[str, Any], **spec: Any) -> dict[str, str]:
        return {"rollout.yaml": manifests({**ROLLOUT, "spec": {"stages": stages, **spec}})}

    def image(self, image: str, name: str = "web.yaml") -> dict[str, str]:
        body = deployment(self.story.namespace, "web", image)
        body["spec"]["progressDeadlineSeconds"] = 2
        return {name: manifests(body)}

    def push(self, image: str, message: str = "") -> str:
        return self.story.repository.push(self.image(image), message or image)

    def images(self) -> str:
        """What each member runs, the canary first: `1` and `2` are versions, `b` is broken."""
        order = [self.story.members[-1], *self.story.members[:-1]]
        return "".join(map(self.runs, order))

    def runs(self, member) -> str:
        word = image_of(self.story.get(member, "deployments", "web")).rpartition(":")[2]
        return {"1.29": "1", "1.30": "2", "1.31": "3", "broken": "b"}.get(word, "-")

    def is_ready(self, member) -> bool:
        found = self.story.get(member, "deployments", "web")
        status, asked = found["status"], found["metadata"]["generation"]
        return (
            status.get("observedGeneration") == asked
            and status.get("updatedReplicas") == status.get("readyReplicas") == 1
            and status.get("replicas") == 1
        )

    def until(self, images: str, within_s: float = 30) -> None:
        wait_until(lambda: self.images() == images, within_s, self.images)

    def until_phase(self, phase: str) -> None:
        """The newest commit is told of, and so it stands."""

        def found() -> bool:
            status = yaml.safe_load(self.story.status().get("status.yaml", "{}"))
            is_newest = status["source"]["commit"] == self.story.repository.head()
            return is_newest and status["phase"] == phase

        wait_until(found, seen=lambda: self.call("status").out)

    def until_told(self, words: str) -> str:
        """`gitopsd status`, once it says so."""

        def said() -> str:
            out = self.call("status").out
            return out if words in out else ""

        return wait_until(said, seen=lambda: self.call("status").out)

    def call(self, command: str, *more: str):
        story = self.story
        words = (f"--repo={story.repository.url}", f"--instance={story.instance}")
        return story.daemons.call(command, *words, *more)


FAST = {"maxUnavailable": "100%", "minSuccessTime": "0s"}


def test_clusters_change_in_order_one_at_a_time_and_only_when_those_before_are_well(story) -> None:
    release = Release(story, CANARY, REST)
    canary, *others = [story.members[-1], *story.members[:-1]]
    seen: list[str] = [release.images()]
    unwell: list[str] = []

    release.push("nginx:1.30")

    def is_done() -> bool:
        now = release.images()
        if now != seen[-1]:
            for number, member in enumerate([canary, *others][: now.count("2") - 1]):
                unwell.extend([f"{now}: {number}"] if not release.is_ready(member) else [])
            seen.append(now)
        return now == "222"

    wait_until(is_done, seen=lambda: seen)

    assert seen == ["111", "211", "221", "222"]
    assert unwell == []
    release.until_phase("Synced")


def test_a_person_opens_a_stage_that_a_killed_daemon_goes_on_to_wait_for(story) -> None:
    release = Release(story, CANARY, {**REST, "approval": True})
    release.push("nginx:1.30")
    told = release.until_told("AwaitingApproval")
    assert release.images() == "211"
    release.daemon.kill()
    before = len(story.members[-1].writes())

    release.story.repository.push({"notes.txt": "words"}, "Words")
    story.run()
    release.until_told("AwaitingApproval")
    paused = release.order(CANARY, {**REST, "approval": True}, paused=True)
    (line,) = (line for line in told.splitlines() if "AwaitingApproval" in line)
    trailer = line.partition("`")[2].partition("`")[0]
    story.repository.push(paused, f"Go\n\n{trailer}")
    release.until_told("Paused")
    assert release.images() == "211"
    story.repository.push(release.order(CANARY, {**REST, "approval": True}), "Go on")

    release.until("222")
    assert "deployments" not in {write.resource for write in story.members[-1].writes()[before:]}


def test_a_cluster_that_is_late_has_failed_and_so_many_may(story) -> None:
    deadline = {**CANARY, "progressDeadline": "2s", "maxFailures": 1}
    release = Release(story, deadline, {**REST, "progressDeadline": "10m"})
    canary = story.members[-1]
    only_there = {
        "apiVersion": "policy.karmada.io/v1alpha1",
        "kind": "OverridePolicy",
        "metadata": {"name": "there", "namespace": story.namespace},
        "spec": {
            "overrideRules": [
                {
                    "targetCluster": {"clusterNames": [canary.name]},
                    "overriders": {
                        "imageOverrider": [
                            {"component": "Tag", "operator": "replace", "value": "broken"}
                        ],
                        "plaintext": [
                            {
                                "path": "/spec/progressDeadlineSeconds",
                                "operator": "replace",
                                "value": 600,
                            }
                        ],
                    },
                }
            ]
        },
    }

    story.repository.push(
        {**release.image("nginx:1.30"), "there.yaml": manifests(only_there)}, "Late there"
    )

    release.until("b22")


def test_a_bad_image_stops_at_the_first_stage_and_a_person_goes_back(story) -> None:
    release = Release(story, CANARY, REST)
    release.until_phase("Synced")
    sound = story.repository.head()
    before = {member.name: len(member.writes()) for member in story.members[:-1]}

    bad = release.push(BROKEN)
    told = release.until_told("Paused")
    stopped, code = release.images(), release.call("status").code
    done = release.call("rollback", "--reason=it does not start")
    assert done.code == 0, done.err
    release.until("111")
    release.until_phase("Synced")

    assert (stopped, code) == ("b11", 1)
    assert "member3: Deployment.apps" in told
    assert "has timed out progressing" in told
    assert story.repository.log()[1:3] == (bad, sound)
    for member in story.members[:-1]:
        written = {each.resource for each in member.writes()[before[member.name] :]}
        assert "deployments" not in written
    # Nothing was switched off.
    story.members[0].kubectl("scale", "deployment/web", "--replicas=3", "-n", story.namespace)
    wait_until(lambda: story.get(story.members[0], "deployments", "web")["spec"]["replicas"] == 1)


def test_the_daemon_goes_back_where_a_stage_asks_for_it_and_newer_changes_begin_anew(story) -> None:
    release = Release(story, {**CANARY, "onFailure": "rollback"}, REST)
    release.until_phase("Synced")
    sound = story.repository.head()

    bad = release.push(BROKEN)
    release.until("b11")
    release.until("111")
    release.until_phase("Synced")
    said = story.repository.message(story.repository.head())
    story.repository.pull()
    release.push("nginx:1.30")
    release.until("211")
    release.push("nginx:1.31")
    release.until("311")
    release.until("333")

    assert story.repository.log()[3:5] == (bad, sound)
    assert "Stage canary: 1 failed; member3: Deployment.apps" in said
    assert f"Gitopsd-Rollback: {sound}" in said


def test_without_a_rollout_labels_make_the_stages(story) -> None:
    release = Release(story, CANARY, REST)
    labelled = {release.names[-1]: "1", release.names[0]: "2"}
    clusters = [
        cluster(name, **{"gitopsd.io/stage": labelled[name]} if name in labelled else {})
        for name in release.names
    ]
    story.repository.push({"clusters.yaml": manifests(*clusters), "rollout.yaml": None}, "Labels")

    release.push("nginx:1.30")
    told = release.until_told("to stay well for 1m")

    lines = [line.split()[:2] for line in told.splitlines()[4:7]]
    assert lines == [["1", "Open"], ["2", "Waiting"], ["all", "others"]]
    assert release.images() == "211"
