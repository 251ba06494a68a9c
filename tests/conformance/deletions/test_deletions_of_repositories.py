"""What a repository must say before anything is deleted, from the push to the members."""

from datetime import timedelta

import aiohttp
import pytest

from gitopsd.core.gate import canary
from servers.objects import config_map
from servers.repository import manifests
from servers.waiting import until

ALL = [f"map-{n:02}" for n in range(10)]


@pytest.fixture(autouse=True)
def no_quiet_time(monkeypatch) -> None:
    monkeypatch.setattr(canary, "QUIET_FOR", timedelta(seconds=0.1))


async def test_a_few_deletions_need_nobody(desk) -> None:
    async with desk.running():
        await desk.is_done(desk.repository.push(desk.files(10)))

        await desk.is_done(desk.repository.push(desk.removal(0, 1)))

        await until(lambda: [desk.names(name) for name in ("eu", "us")] == [ALL[2:]] * 2)


async def test_many_are_held_until_a_person_commits_an_approval(desk) -> None:
    async with desk.running() as daemon:
        await desk.is_done(desk.repository.push(desk.files(10)))

        await desk.is_done(desk.repository.push(desk.removal(*range(6))))
        assert desk.guards() == {"eu": {"TooMany"}, "us": {"TooMany"}}
        assert [desk.names(name) for name in ("eu", "us")] == [ALL] * 2

        trips = daemon.world.last.gated.tripped
        covers = [f"{trip.cluster}/{key.id}" for trip in trips for key in sorted(trip.deletions)]
        approval = {
            "apiVersion": "gitopsd.io/v1alpha1",
            "kind": "Approval",
            "metadata": {"name": daemon.world.last.gated.deletions},
            "spec": {"covers": covers},
        }
        desk.repository.push({"approvals/maps.yaml": manifests(approval)})

        await until(lambda: [desk.names(name) for name in ("eu", "us")] == [ALL[6:]] * 2)


async def test_many_are_held_until_a_person_names_their_hash(desk) -> None:
    async with desk.running() as daemon:
        await desk.is_done(desk.repository.push(desk.files(10)))
        await desk.is_done(desk.repository.push(desk.removal(*range(6))))

        hashed = daemon.world.last.gated.deletions
        desk.repository.push({}, f"Yes\n\nGitopsd-Approve: {hashed}")

        await until(lambda: [desk.names(name) for name in ("eu", "us")] == [ALL[6:]] * 2)


async def test_what_a_trailer_allowed_is_known_to_the_next_process(desk) -> None:
    async with desk.running() as daemon:
        await desk.is_done(desk.repository.push(desk.files(10)))
        await desk.members["us"].down()
        await until(lambda: not daemon.world.members.reports["us"].reachable, 30)
        desk.repository.push(desk.removal(*range(6)))
        await until(lambda: desk.guards() == {"eu": {"TooMany"}, "us": {"TooMany"}})
        told = desk.repository.push({}, f"Yes\n\nGitopsd-Approve: {gated(daemon).deletions}")
        await until(lambda: desk.names("eu") == ALL[6:])
        await until(lambda: told in desk.repository.files("gitopsd/status")["status.yaml"])

    await desk.members["us"].up()
    async with desk.running():
        await until(lambda: desk.names("us") == ALL[6:])


def gated(daemon):
    return daemon.world.last.gated


async def test_one_member_goes_first(desk) -> None:
    gone = []
    for name, member in desk.members.items():
        member.store.listeners.append(
            lambda change, name=name: (
                gone.append(name)
                if change.kind == "DELETED" and change.last.key.resource == "configmaps"
                else None
            )
        )
    async with desk.running():
        await desk.is_done(desk.repository.push(desk.files(10)))

        desk.repository.push(desk.removal(0, 1))

        await until(lambda: len(gone) == 4)
    assert gone == ["eu", "eu", "us", "us"]


@pytest.mark.parametrize(
    "ruin",
    [
        lambda desk: desk.repository.delete_branch("main"),
        lambda desk: desk.repository.path.rename(desk.repository.path.with_name("away")),
        lambda desk: desk.repository.push(
            dict.fromkeys([*map(desk.path, range(10)), "policy.yaml", "namespace.yaml"])
        ),
        lambda desk: desk.repository.push(
            {desk.path(n): None for n in range(10)} | {"apps/README.md": "moved"}
        ),
    ],
    ids=["the branch is gone", "the repository is gone", "all is gone", "the folder is gone"],
)
async def test_what_is_no_decision_of_a_person_deletes_nothing(desk, ruin) -> None:
    async with desk.running() as daemon:
        await desk.is_done(desk.repository.push(desk.files(10)))

        ruin(desk)

        polls = sum(daemon.source.polls.values())
        await until(lambda: sum(daemon.source.polls.values()) > polls + 1)
        await until(lambda: daemon.world.members.are_settled)
        assert [desk.names(name) for name in ("eu", "us")] == [ALL] * 2


async def test_clusters_in_a_broken_file_are_still_kept_as_they_should_be(desk) -> None:
    async with desk.running() as daemon:
        await desk.is_done(desk.repository.push(desk.files(2)))

        more = desk.files(3)
        broken = desk.repository.push({**more, "clusters.yaml": "kind: [\n"})
        await until(lambda: daemon.world.last.snapshot.tree.commit == broken)

        await until(lambda: [desk.names(name) for name in ("eu", "us")] == [ALL[:3]] * 2)


async def test_the_end_of_a_cluster_leaves_what_it_holds(desk) -> None:
    async with desk.running() as daemon:
        await desk.is_done(desk.repository.push(desk.files(2)))

        gone = desk.repository.push({"clusters.yaml": None})

        await until(lambda: daemon.world.last.snapshot.tree.commit == gone)
        await until(lambda: daemon.world.members.reports == {})
    assert [desk.names(name) for name in ("eu", "us")] == [ALL[:2]] * 2


async def test_a_new_process_writes_nothing_where_all_is_well(desk) -> None:
    commit = desk.repository.push(desk.files(3))
    async with desk.running() as daemon:
        await desk.is_done(commit)
        await until(lambda: desk.repository.head("gitopsd/status"))
        await daemon.publisher.finish(10)
    writes = {name: member.writes() for name, member in desk.members.items()}
    told = desk.repository.head("gitopsd/status")

    async with desk.running() as daemon:
        await desk.is_done(commit)
        await daemon.publisher.finish(10)

    assert {name: member.writes() for name, member in desk.members.items()} == writes
    assert desk.repository.head("gitopsd/status") == told


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("kind: ConfigMap", "kind: ConfigMpa"),
        ("apiVersion: v1", "apiVersion: v1beta9"),
        ("name: map-00", "name: Map_00"),
    ],
)
async def test_a_slip_in_what_names_an_object_deletes_nothing(desk, right, wrong) -> None:
    async with desk.running():
        files = desk.files(10)
        await desk.is_done(desk.repository.push(files))
        path = next(path for path, text in files.items() if text and "map-00" in text)
        assert right in files[path]

        await desk.is_done(desk.repository.push({path: files[path].replace(right, wrong, 1)}))

        assert [desk.names(name) for name in ("eu", "us")] == [ALL] * 2


async def test_nobody_waits_for_what_the_first_member_will_not_delete_without_a_word(desk) -> None:
    async with desk.running() as daemon:
        await desk.is_done(desk.repository.push(desk.files(3)))
        async with aiohttp.ClientSession(desk.members["eu"].url) as client:
            path = "/api/v1/namespaces/shop/configmaps"
            await client.post(path, json=config_map("shop", "not-ours"))
        desk.repository.push({**desk.removal(0, 1, 2), "namespace.yaml": None})
        await until(lambda: "EmptySet" in desk.guards()["us"])

        desk.repository.push({}, f"Yes\n\nGitopsd-Approve: {gated(daemon).deletions}")

        await until(lambda: desk.names("us") == [] and desk.names("eu") == ["not-ours"])
        told = await daemon.world.tell()
        assert [each.clusters for each in told.page.troubles if "not-ours" in each.message] == [
            ("eu",)
        ]
