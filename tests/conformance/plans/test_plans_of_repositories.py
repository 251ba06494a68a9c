"""`preview` on real repositories and simulated members: what a plan promises holds afterwards."""

import subprocess

import pytest

from fakes.commits import deployment
from gitopsd.core.review.findings import differences
from gitopsd.daemon.preview import Asked
from gitopsd.daemon.viewing import preview, what_if
from gitopsd.model.cluster import read_cluster
from gitopsd.model.decision import Share
from gitopsd.model.errors import SourceError, UsageError
from servers.objects import policy
from servers.repository import manifests


def told(preview) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(each.action, each.key.name, each.clusters) for each in differences(preview.changes)]


async def test_a_plan_right_after_a_sync_is_empty(desk) -> None:
    desk.repository.push(desk.fleet(web=deployment("web"), api=deployment("api", 3)))
    assert await desk.sync() == 0

    seen = [await desk.plan(), await desk.plan(live=True), await desk.plan_here()]

    assert [each.changes.changes for each in seen] == [(), (), ()]
    assert [each.changes.moves for each in seen] == [(), (), ()]
    assert all(each.changes.exact and not each.warnings for each in seen)


async def test_what_is_planned_is_what_a_sync_then_does(desk) -> None:
    desk.repository.push(desk.fleet(web=deployment("web")))
    assert await desk.sync() == 0
    changed = {"web.yaml": deployment("web", 5), "api.yaml": deployment("api")}
    commit = desk.repository.push(changed)

    planned = await desk.plan()
    again = await desk.plan(live=True)
    assert await desk.sync() == 0
    done = await desk.plan(live=True)

    assert told(planned) == [("change", "web", ("eu", "us")), ("create", "api", ("eu", "us"))]
    assert planned.changes.plan_hash == again.changes.plan_hash
    assert (planned.base, planned.head) == ("what is applied", f"main ({commit[:12]})")
    assert done.changes.changes == ()


async def test_the_working_tree_is_planned_where_one_stands_in_one(desk) -> None:
    desk.repository.push(desk.fleet(web=deployment("web", 2)))
    assert await desk.sync() == 0
    (desk.clone / "web.yaml").write_text(deployment("web", 3))
    (desk.clone / ".gitignore").write_text("scratch/")
    (desk.clone / "scratch").mkdir()
    (desk.clone / "scratch" / "mine.yaml").write_text(deployment("mine"))

    seen = await desk.plan_here()

    assert told(seen) == [("change", "web", ("eu", "us"))]
    (difference,) = differences(seen.changes)
    assert {"-  replicas: 2", "+  replicas: 3"} <= set(difference.lines)
    assert seen.head == "the working tree"


async def test_a_pull_request_is_planned_without_any_member(desk) -> None:
    desk.repository.push(desk.fleet(web=deployment("web")))
    git(desk, "switch", "-q", "-c", "more")
    desk.repository._change({"api.yaml": deployment("api")})
    git(desk, "commit", "-q", "-m", "More")

    seen = await desk.plan_here("origin/main", "HEAD")

    assert told(seen) == [("create", "api", ("eu", "us"))]
    assert not seen.changes.exact
    assert seen.warnings == ("assumed to be ready, with every API and room for all: eu, us",)
    assert seen.base.startswith("origin/main (") and seen.head.startswith("HEAD (")


async def test_refs_of_the_remote_do_where_there_is_no_clone(desk) -> None:
    first = desk.repository.push(desk.fleet(web=deployment("web")))
    second = desk.repository.push({"api.yaml": deployment("api")})

    forth, back = await desk.plan(first, "main"), await desk.plan("main", first)

    assert told(forth) == [("create", "api", ("eu", "us"))]
    assert (forth.base, forth.head) == (first[:12], f"main ({second[:12]})")
    assert told(back) == []
    assert (
        f"all of {first[:12]} is part of the base already: there is nothing to merge"
        in back.warnings
    )


@pytest.mark.parametrize("where", ["clone", "remote"])
async def test_a_proposal_is_planned_as_it_would_be_merged(desk, where) -> None:
    """What the base got meanwhile is neither taken back nor shown."""
    first = desk.repository.push(desk.fleet(web=deployment("web", 2)))
    git(desk, "switch", "-q", "-c", "more")
    text = deployment("web", 2).replace("nginx:1", "nginx:2")
    desk.repository._change({"web.yaml": text, "api.yaml": deployment("api")})
    git(desk, "commit", "-q", "-m", "More")
    git(desk, "push", "-q", "origin", "more")
    git(desk, "switch", "-q", "--detach", first)
    desk.repository.push({"web.yaml": deployment("web", 3), "late.yaml": deployment("late")})
    git(desk, "fetch", "-q")
    plan = desk.plan_here if where == "clone" else desk.plan
    before = sorted(path for path in desk.clone.glob(".git/objects/*/*"))

    seen = await plan("origin/main", "origin/more")

    assert told(seen) == [("change", "web", ("eu", "us")), ("create", "api", ("eu", "us"))]
    (difference, _) = differences(seen.changes)
    assert [line.strip("+- ") for line in difference.lines if line[0] in "+-"] == [
        "image: nginx:1",
        "image: nginx:2",
    ]
    assert not seen.changes.problems
    assert sorted(path for path in desk.clone.glob(".git/objects/*/*")) == before


async def test_a_merge_that_conflicts_is_said_and_nothing_is_planned(desk) -> None:
    first = desk.repository.push(desk.fleet(web=deployment("web", 2)))
    git(desk, "switch", "-q", "-c", "more")
    desk.repository._change({"web.yaml": deployment("web", 5)})
    git(desk, "commit", "-q", "-m", "More")
    git(desk, "switch", "-q", "--detach", first)
    desk.repository.push({"web.yaml": deployment("web", 3)})
    git(desk, "fetch", "-q")

    seen = await desk.plan_here("origin/main", "more")

    assert [(each.path, each.reason) for each in seen.changes.problems] == [
        ("web.yaml", "MergeConflict")
    ]
    assert (seen.changes.changes, seen.changes.plan_hash) == ((), "")


async def test_a_ref_that_is_nowhere_is_an_error(desk) -> None:
    desk.repository.push(desk.fleet())

    with pytest.raises(SourceError, match="no branch or tag 'nobody'"):
        await desk.plan_here("nobody")


async def test_who_has_not_pulled_is_told_so(desk) -> None:
    first = desk.repository.push(desk.fleet(web=deployment("web")))
    second = desk.repository.push({"api.yaml": deployment("api")})
    assert await desk.sync() == 0
    git(desk, "reset", "-q", "--hard", first)

    seen = await desk.plan_here()

    assert told(seen) == [("delete", "api", ("eu", "us"))]
    (warning,) = seen.warnings
    assert warning.startswith(f"the working tree does not build on commit {second[:12]}")


async def test_a_guard_is_told_with_what_it_holds(desk) -> None:
    desk.repository.push(desk.fleet(web=deployment("web"), api=deployment("api")))
    assert await desk.sync() == 0
    desk.repository.push({"web.yaml": None, "api.yaml": None, "namespace.yaml": None})

    seen = [await desk.plan(), await desk.plan(live=True)]

    for each in seen:
        assert each.guards == (
            "EmptySet on eu, us: nothing is wanted any more, all 3 objects would go",
        )
        assert {change.held for change in each.changes.changes} == {"EmptySet"}


async def test_a_broken_file_deletes_nothing(desk) -> None:
    desk.repository.push(desk.fleet(web=deployment("web")))
    assert await desk.sync() == 0
    desk.repository.push({"web.yaml": "kind: ["})

    seen = [await desk.plan(), await desk.plan(live=True)]

    assert [(told(each), len(each.changes.problems)) for each in seen] == [([], 1), ([], 1)]


async def test_a_member_that_is_away_counts_as_remembered(desk) -> None:
    desk.repository.push(desk.fleet(web=deployment("web")))
    assert await desk.sync() == 0
    await desk.members["us"].down()

    seen = await desk.plan(live=True)

    assert seen.changes.changes == ()
    (warning,) = seen.warnings
    assert warning.startswith("us: ") and warning.endswith("; what is remembered of it counts")


async def test_live_members_need_no_status_branch(desk) -> None:
    desk.repository.push(desk.fleet(web=deployment("web")))
    assert await desk.sync() == 0
    desk.repository.delete_branch("gitopsd/status")

    blind, seen = await desk.plan(), await desk.plan(live=True)

    assert {action for action, _, _ in told(blind)} == {"create"}
    assert blind.warnings[0] == (
        "there is no branch gitopsd/status: nothing is known to be applied"
    )
    assert (seen.changes.changes, seen.changes.moves, seen.warnings) == ((), (), ())


async def test_what_would_be_if_a_cluster_failed_is_said_from_what_is_known(desk) -> None:
    shares = {"replicaSchedulingType": "Divided", "replicaDivisionPreference": "Weighted"}
    files = desk.fleet(web=deployment("web", 4))
    selector = {"apiVersion": "apps/v1", "kind": "Deployment"}
    files["policy.yaml"] = manifests(policy("shop", "all", [selector], ["eu", "us"], shares))
    desk.repository.push(files)
    assert await desk.sync() == 0

    seen = await what_if(desk.config, Asked(), "eu")

    assert [(move.key.name, move.after) for move in seen.moved] == [("web", (Share("us", 4),))]
    measured = await what_if(desk.config, Asked(live=True), "eu")
    assert (seen.down, seen.unmeasured) == (("eu",), ("us",))
    assert (measured.moved, measured.unmeasured) == (seen.moved, ())
    with pytest.raises(UsageError, match="'ap' means no cluster; known: eu, us"):
        await what_if(desk.config, Asked(), "ap")


async def test_a_cluster_that_is_not_there_yet_is_planned_by_itself(desk) -> None:
    files = desk.fleet(web=deployment("web"))
    files["policy.yaml"] = manifests(
        policy("shop", "all", [{"apiVersion": "apps/v1", "kind": "Deployment"}], ["ap", "eu"])
    )
    desk.repository.push(files)

    seen = await preview(desk.config, Asked(added=read_cluster({"metadata": {"name": "ap"}})))

    assert ("create", "web", ("ap",)) in told(seen)
    assert {cluster for _, _, names in told(seen) for cluster in names} == {"ap"}
    assert seen.head == "the same with Cluster ap"


def git(desk, *arguments: str) -> None:
    subprocess.run(
        ["git", "-C", str(desk.clone), "-c", "user.name=A", "-c", "user.email=a@b", *arguments],
        check=True,
    )


async def test_a_member_that_takes_commits_whole_takes_nothing_of_a_broken_one(desk) -> None:
    files = desk.fleet(web=deployment("web"), bad="kind: [")
    strict = "metadata:\n  annotations: {gitopsd.io/on-invalid: refuse}\n  name: eu\n"
    files["clusters.yaml"] = files["clusters.yaml"].replace("metadata:\n  name: eu\n", strict)
    desk.repository.push(files)

    seen = await desk.plan(live=True)

    held = {each.cluster: each.held for each in seen.changes.changes}
    words = "nothing of this is done on eu: the commit is refused here: bad.yaml cannot be read"
    assert held == {"eu": "Refused", "us": ""}
    assert words in seen.warnings
