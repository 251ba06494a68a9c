"""The files of both branches: what stands in them, that they are read back, what they cost."""

import dataclasses
from datetime import timedelta

from fakes import fleet
from gitopsd.core.summary import (
    Cache,
    message,
    read_bindings,
    read_facts,
    read_memory,
    read_problems,
    read_status,
    summarise,
)
from gitopsd.model.decision import Share
from gitopsd.model.delivery import ActionKind, Outcome
from gitopsd.model.gating import Gating, Guards, Round, Wait
from gitopsd.model.memory import Memory
from gitopsd.model.problem import Severity
from gitopsd.model.resource import ResourceKey
from gitopsd.model.trust import Refusal, Seal

CLUSTERS = ("eu-1", "us-1")
DECIDED = fleet.decision(
    fleet.binding(fleet.web(), CLUSTERS, 2), fleet.binding(fleet.secret(), CLUSTERS)
)
ASKED = fleet.wanted(DECIDED)
SNAPSHOT = fleet.snapshot(DECIDED)


def reports(status=None):
    return [
        fleet.report(
            asked,
            *(
                fleet.outcome(each, status=status if each.key == fleet.WEB else None)
                for each in asked.manifests.values()
            ),
        )
        for asked in ASKED.values()
    ]


def test_every_thing_has_its_file():
    summary, _ = summarise(SNAPSHOT, DECIDED, ASKED, fleet.known(*reports()), Cache())

    assert list(summary.status) == [
        "README.md",
        "bindings/shop/deployment.apps-web.yaml",
        "bindings/shop/secret-password.yaml",
        "clusters/eu-1.yaml",
        "clusters/us-1.yaml",
        "memory/shop.json",
        "problems.yaml",
        "status.yaml",
    ]
    assert list(summary.rendered) == [
        "eu-1/shop/deployment.apps-web.yaml",
        "eu-1/shop/secret-password.yaml",
        "us-1/shop/deployment.apps-web.yaml",
        "us-1/shop/secret-password.yaml",
    ]


def told(**about):
    """The summary of the commit with more to say of its tree."""
    tree = dataclasses.replace(SNAPSHOT.tree, **about)
    snapshot = dataclasses.replace(SNAPSHOT, tree=tree)
    return summarise(snapshot, DECIDED, ASKED, fleet.known(*reports()), Cache())[0]


def test_who_signed_what_is_in_force_is_told_and_remembered():
    summary = told(seal=Seal("Ada <ada@example.com>", "ABC123"))

    status = read_status(summary.status)
    assert status["source"] == {
        "branch": "main",
        "commit": fleet.COMMIT,
        "signer": "Ada <ada@example.com>",
        "key": "ABC123",
    }
    assert read_memory(summary.status).history[0].key == "ABC123"
    assert b"signed by Ada &lt;ada@example.com> (`ABC123`)." in summary.status["README.md"]


def test_a_commit_that_is_refused_is_told_beside_what_stays_in_force():
    summary = told(refused=Refusal("b" * 40, "Unsigned", "it is not signed"))

    status = read_status(summary.status)
    words = f"commit {'b' * 12} is refused: it is not signed; commit c0ffeec0ffee stays in force"
    assert status["phase"] == "Degraded"
    assert status["source"]["commit"] == fleet.COMMIT
    assert status["source"]["refused"] == {
        "commit": "b" * 40,
        "reason": "Unsigned",
        "message": "it is not signed",
    }
    assert [(each.reason, each.message) for each in read_problems(summary.status)] == [
        ("Unsigned", words)
    ]
    assert summary.standing.failures == (words,)


def test_a_seal_that_is_new_is_told_of_the_very_same_commit():
    before, cache = summarise(SNAPSHOT, DECIDED, ASKED, fleet.known(*reports()), Cache())
    tree = dataclasses.replace(SNAPSHOT.tree, seal=Seal("Ada", "ABC123"))
    snapshot = dataclasses.replace(SNAPSHOT, tree=tree)

    after, _ = summarise(snapshot, DECIDED, ASKED, fleet.known(*reports()), cache)

    assert [len(each.memory.history) for each in (before, after)] == [1, 1]
    assert after.memory.history[0].signer == "Ada"


def test_the_message_has_a_line_per_cluster_and_our_trailers():
    summary, _ = summarise(SNAPSHOT, DECIDED, ASKED, fleet.known(*reports()), Cache())

    assert message(summary, fleet.COMMIT).splitlines() == [
        "Synced: c0ffeec0ffee First",
        "",
        "eu-1: 2/2",
        "us-1: 2/2",
        "",
        f"Source-Commit: {fleet.COMMIT}",
        "Gitopsd-Version: 0.1.0",
    ]


def test_nothing_new_gives_the_very_same_bytes():
    known = fleet.known(*reports())
    first, cache = summarise(SNAPSHOT, DECIDED, ASKED, known, Cache())

    later = dataclasses.replace(known, now=known.now + timedelta(hours=1))
    second, _ = summarise(SNAPSHOT, DECIDED, ASKED, later, cache)

    assert second.status == first.status
    assert second.rendered == first.rendered
    kept = [path for path in first.status if "/" in path]
    assert all(second.status[path] is first.status[path] for path in kept)


def test_a_restart_finds_the_same_content():
    known = fleet.known(*reports())
    first, _ = summarise(SNAPSHOT, DECIDED, ASKED, known, Cache())

    restarted = dataclasses.replace(
        known, memory=read_memory(first.status), now=known.now + timedelta(days=1)
    )
    second, _ = summarise(SNAPSHOT, DECIDED, ASKED, restarted, Cache())

    assert second.status == first.status


def test_the_order_of_what_comes_in_does_not_matter():
    first, _ = summarise(SNAPSHOT, DECIDED, ASKED, fleet.known(*reports()), Cache())

    backwards = dataclasses.replace(
        DECIDED,
        clusters=dict(reversed(DECIDED.clusters.items())),
        bindings=dict(reversed(DECIDED.bindings.items())),
    )
    asked = dict(reversed(ASKED.items()))
    second, _ = summarise(SNAPSHOT, backwards, asked, fleet.known(*reversed(reports())), Cache())

    assert list(second.status.items()) == list(first.status.items())
    assert list(second.rendered.items()) == list(first.rendered.items())


def test_only_the_binding_that_changed_is_written_again():
    known = fleet.known(*reports())
    first, cache = summarise(SNAPSHOT, DECIDED, ASKED, known, Cache())

    news = reports(status={"readyReplicas": 1})
    second, _ = summarise(SNAPSHOT, DECIDED, ASKED, fleet.known(*news), cache)

    changed = [path for path in first.status if second.status[path] != first.status[path]]
    assert changed == ["README.md", "bindings/shop/deployment.apps-web.yaml"]


def test_a_manifest_that_members_share_is_the_same_bytes():
    summary, _ = summarise(SNAPSHOT, DECIDED, ASKED, fleet.known(*reports()), Cache())

    files = summary.rendered
    name = "shop/deployment.apps-web.yaml"
    assert files[f"eu-1/{name}"] is files[f"us-1/{name}"]


def test_no_secret_value_is_anywhere():
    known = fleet.known(*reports())
    summary, _ = summarise(SNAPSHOT, DECIDED, ASKED, known, Cache())

    everything = b"".join([*summary.status.values(), *(summary.rendered.values())])
    assert fleet.CANARY.encode() not in everything


def test_a_rendered_secret_names_its_keys_and_its_source():
    summary, _ = summarise(SNAPSHOT, DECIDED, ASKED, fleet.known(*reports()), Cache())

    assert summary.rendered["eu-1/shop/secret-password.yaml"] == (
        b"apiVersion: v1\n"
        b"kind: Secret\n"
        b"metadata:\n"
        b"  name: password\n"
        b"  namespace: shop\n"
        b"  annotations:\n"
        b"    gitopsd.io/secret-from: shop/secret.yaml#1@b2\n"
        b"data:\n"
        b"  password: null\n"
        b"  user: null\n"
    )


def test_what_a_guard_holds_stays_in_the_rendered_branch():
    gone = ResourceKey("", "ConfigMap", "shop", "gone")
    guarded = dataclasses.replace(ASKED["eu-1"], guarded={gone: "TooMany"})

    summary, _ = summarise(
        SNAPSHOT, DECIDED, {**ASKED, "eu-1": guarded}, fleet.known(*reports()), Cache()
    )

    assert summary.rendered["eu-1/shop/configmap-gone.yaml"] is None
    assert "us-1/shop/configmap-gone.yaml" not in summary.rendered


def test_memory_says_where_things_stand():
    summary, _ = summarise(SNAPSHOT, DECIDED, ASKED, fleet.known(*reports()), Cache())

    memory = read_memory(summary.status)

    web = memory.templates[fleet.WEB]
    assert (web.path, web.document, web.rules) == ("shop/web.yaml", 0, ("shop/policies.yaml",))
    assert web.shares == (Share("eu-1", 2), Share("us-1", 2))
    assert web.since == {"created": "2026-01-02T03:04:05Z"}
    digest = DECIDED.manifests["eu-1"][fleet.WEB].hash
    assert memory.applied["us-1"][fleet.WEB] == digest
    assert [each.title for each in memory.history] == ["First"]
    assert memory == dataclass_free(summary.memory, memory)


def dataclass_free(written, read):
    """The written memory with the Clusters that were read: these compare by identity."""
    assert list(written.clusters) == list(read.clusters)
    return type(written)(read.clusters, written.templates, written.applied, written.history)


def test_a_cluster_file_gives_back_its_facts():
    summary, _ = summarise(SNAPSHOT, DECIDED, ASKED, fleet.known(*reports()), Cache())

    assert read_facts(summary.status) == {"eu-1": fleet.facts(), "us-1": fleet.facts()}


def test_a_member_that_is_away_is_not_ready_and_keeps_its_facts():
    eu, us = reports()
    gone = dataclasses.replace(
        us, reachable=False, reason="ClusterNotReachable", message="connection refused"
    )

    summary, _ = summarise(SNAPSHOT, DECIDED, ASKED, fleet.known(eu, gone), Cache())

    found = read_facts(summary.status)["us-1"]
    assert not found.is_ready
    assert found.kubernetes_version == "v1.36.3"
    assert "us-1: not reachable: connection refused" in summary.standing.failures


def test_what_a_member_still_holds_stays_remembered_when_nobody_decides_on_it():
    known = fleet.known(*reports())
    first, _ = summarise(SNAPSHOT, DECIDED, ASKED, known, Cache())

    fewer = dataclasses.replace(
        DECIDED, bindings={fleet.PASSWORD: DECIDED.bindings[fleet.PASSWORD]}
    )
    restarted = dataclasses.replace(known, memory=read_memory(first.status))
    second, _ = summarise(SNAPSHOT, fewer, ASKED, restarted, Cache())

    assert read_memory(second.status).templates[fleet.WEB].path == "shop/web.yaml"


def test_members_with_the_same_failure_share_an_entry():
    failed = Outcome(fleet.WEB, ActionKind.FAIL, "Forbidden", "may not")
    both = [fleet.report(asked, failed) for asked in ASKED.values()]

    summary, _ = summarise(SNAPSHOT, DECIDED, ASKED, fleet.known(*both), Cache())

    (trouble,) = read_problems(summary.status)
    assert (trouble.severity, trouble.reason, trouble.where, trouble.clusters) == (
        Severity.ERROR,
        "Forbidden",
        "shop/web.yaml:3",
        ("eu-1", "us-1"),
    )


def test_a_binding_shows_members_and_one_status_for_all():
    known = fleet.known(*reports(status={"replicas": 2, "readyReplicas": 1}))
    summary, _ = summarise(SNAPSHOT, DECIDED, ASKED, known, Cache())

    web, _ = read_bindings(summary.status)

    assert web["spec"]["clusters"] == [
        {"name": "eu-1", "replicas": 2},
        {"name": "us-1", "replicas": 2},
    ]
    assert web["members"][0] == {
        "cluster": "eu-1",
        "ready": 1,
        "wanted": 2,
        "state": "Applied",
        "health": "Current",
    }
    assert web["templateStatus"]["readyReplicas"] == 2
    assert [each["applied"] for each in web["status"]["aggregatedStatus"]] == [True, True]


def test_garbage_on_the_branch_is_passed_over():
    files = {
        "memory/shop.json": b'{"version": 1, "objects": [{"key": ["a"]}]}',
        "memory/other.json": b"\xff",
        "clusters/x.yaml": b"a: [",
        "clusters/y.yaml": b"- 1\n",
        "status.yaml": b"history: 3\n",
        "problems.yaml": b"problems: 4\n",
    }

    memory = read_memory(files)

    assert (memory.clusters, memory.templates, memory.applied, memory.history) == ({}, {}, {}, ())
    assert read_problems(files) == ()


def test_what_the_gate_left_is_read_back_by_the_next_process():
    gating = Gating(
        commit="c1",
        former=Guards(max_deleted_percent=1),
        approved=frozenset({"eu-1//ConfigMap/shop/b", "eu-1//ConfigMap/shop/a"}),
        moving={"us-1//ConfigMap/shop/a": Wait(("eu-1",), fleet.NOW)},
        round=Round("eu-1", frozenset({fleet.WEB}), 3, lost_since=fleet.NOW),
    )
    known = fleet.known(*reports(), memory=Memory(gating=gating))

    summary, _ = summarise(SNAPSHOT, DECIDED, ASKED, known, Cache())

    assert summary.memory.gating == gating
    assert read_memory(summary.status).gating == gating
