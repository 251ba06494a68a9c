"""A change goes through three stages on three members, from the push to the members."""

import asyncio
import json

from conformance.stages.conftest import NAMES
from gitopsd.apiserver.errors import bad_request
from gitopsd.cli import main
from servers.objects import config_map, everywhere
from servers.repository import cluster, manifests
from servers.waiting import until

STAGES = [
    {"name": name, "clusters": {"clusterNames": [name]}, "minSuccessTime": "0s"} for name in NAMES
]


def rollout(**asked) -> str:
    """The stages, each of which asks for this besides."""
    kind = {"apiVersion": "gitopsd.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "fleet"}}
    return manifests({**kind, "spec": {"stages": [{**each, **asked} for each in STAGES]}})


def files() -> dict[str, str]:
    return {
        "clusters.yaml": manifests(*map(cluster, NAMES)),
        "policy.yaml": manifests(everywhere("shop", NAMES)),
        "rollout.yaml": rollout(),
        **change("1"),
    }


def change(word: str) -> dict[str, str]:
    return {"apps/map.yaml": manifests(config_map("shop", "map", word=word))}


def words(desk) -> str:
    """What each member holds, in the order of the stages."""
    found = []
    for name in NAMES:
        held = desk.members[name].items("", "configmaps", "shop")
        found += [each["data"]["word"] for each in held if each["metadata"]["name"] == "map"] or [
            "-"
        ]
    return "".join(found)


async def test_members_get_a_change_in_the_order_of_their_stages(desk) -> None:
    seen = []
    for name, member in desk.members.items():
        member.store.listeners.append(
            lambda change, name=name: (
                seen.append(name)
                if change.last.key.resource == "configmaps" and change.last.key.name == "map"
                else None
            )
        )
    async with desk.running():
        desk.repository.push(files())
        await until(lambda: words(desk) == "111")
        desk.repository.push(change("2"))
        await until(lambda: words(desk) == "222")

    assert seen == [*NAMES, *NAMES]


async def test_one_that_fails_stops_those_behind_it_and_going_back_brings_all_to_one(desk) -> None:
    async with desk.running() as daemon:
        first = desk.repository.push(files())
        await until(lambda: words(desk) == "111" and daemon.world.last.gated.stages.rolling.is_over)
        desk.members["eu"].faults.fail(
            bad_request("no"), 10_000, lambda request: request.path.endswith("/configmaps/map")
        )

        desk.repository.push(change("2"))
        await until(lambda: "StageHalted" in desk.guards()["us"])
        stopped = words(desk)

        desk.members["eu"].faults.clear()
        asked = ["rollback", first, "--repo", desk.config.repo, "--reason", "eu refuses it"]
        code = await asyncio.to_thread(main, asked)
        await until(lambda: words(desk) == "111" and daemon.world.last.gated.stages.rolling.is_over)

    assert (code, stopped) == (0, "211")
    assert "eu refuses it" in desk.repository.message(desk.repository.head())


async def test_a_change_that_fails_is_taken_back_by_a_commit_where_its_stage_asks_for_it(
    desk,
) -> None:
    async with desk.running() as daemon:
        # A person opened every stage of the first change; that is not asked for again.
        desk.repository.push({**files(), "rollout.yaml": rollout(approval=True)})
        await approved(desk, daemon, len(NAMES))
        await until(lambda: words(desk) == "111" and daemon.world.last.gated.stages.rolling.is_over)
        desk.repository.push({"rollout.yaml": rollout(approval=True, onFailure="rollback")})
        desk.members["eu"].faults.fail(
            bad_request("no"), 10_000, lambda request: request.path.endswith("/configmaps/map")
        )

        desk.repository.push(change("2"), "Bad")
        await approved(desk, daemon, 2)
        said = await until(lambda: last_words(desk) if "Roll back" in last_words(desk) else "")
        await until(lambda: words(desk) == "111" and daemon.world.last.gated.stages.rolling.is_over)

    assert "Stage eu: 1 failed; eu: ConfigMap shop/map failed: " in said
    assert desk.repository.files("main")["apps/map.yaml"] == change("1")["apps/map.yaml"]


async def test_a_person_may_open_all_stages_with_the_commit_that_goes_back(desk) -> None:
    def is_everywhere(word: str) -> bool:
        return words(desk) == word * 3 and daemon.world.last.gated.stages.rolling.is_over

    async with desk.running() as daemon:
        first = desk.repository.push({**files(), "rollout.yaml": rollout(approval=True)})
        await approved(desk, daemon, len(NAMES))
        await until(lambda: is_everywhere("1"))
        desk.repository.push(change("2"))
        await approved(desk, daemon, len(NAMES))
        await until(lambda: is_everywhere("2"))
        await until(
            lambda: "phase: Synced" in desk.repository.files("gitopsd/status")["status.yaml"]
        )

        asked = ["rollback", first, "--approve", "--repo", desk.config.repo]
        code = await asyncio.to_thread(main, asked)
        await until(lambda: is_everywhere("1"))

    assert code == 0
    assert last_words(desk).count("Gitopsd-Approve: ") == len(NAMES)


def last_words(desk) -> str:
    """The message of the newest commit."""
    return desk.repository.message(desk.repository.head())


async def approved(desk, daemon, stages: int) -> None:
    """Opens so many stages, each as it asks for it."""
    seen: set[str] = set()

    def asked() -> str:
        last = daemon.world.last
        lines = last.gated.stages.rolling.stages if last else ()
        return next((each.approve for each in lines if each.approve not in {*seen, ""}), "")

    for _ in range(stages):
        seen.add(hashed := await until(asked))
        desk.repository.push({}, f"Go\n\nGitopsd-Approve: {hashed}")


async def test_history_and_rollback_know_what_was_synced(desk, capsys) -> None:
    files_of_status = lambda: desk.repository.files("gitopsd/status")["status.yaml"]  # noqa: E731
    async with desk.running():
        first = desk.repository.push(files(), "First")
        await until(lambda: "phase: Synced" in files_of_status())
        second = desk.repository.push(change("2"), "Second")
        await until(lambda: second in files_of_status() and "phase: Synced" in files_of_status())

    asked = ["--repo", desk.config.repo]
    codes = [await asyncio.to_thread(main, ["history", *asked])]
    told = capsys.readouterr().out.splitlines()
    one = ["history", "cm/map", "-n", "shop", "-o", "json", *asked]
    codes.append(await asyncio.to_thread(main, one))
    past = json.loads(capsys.readouterr().out)["items"]
    codes.append(await asyncio.to_thread(main, ["rollback", "--dry-run", *asked]))
    planned = capsys.readouterr().out
    codes.append(await asyncio.to_thread(main, ["rollback", *asked]))

    assert codes == [0, 0, 0, 0]
    assert {(each["commit"], each["change"]) for each in past} == {
        (second, "changed"),
        (first, "placed"),
    }
    assert [name for each in reversed(past) for name in each["clusters"]] == [*NAMES, *NAMES]
    last = [each for each in past if each["change"] == "changed"]
    assert all(each["healthy"].keys() == {*each["clusters"]} for each in last)
    assert [line.split()[:2] for line in told[1:]] == [
        [second[:12], "Synced"],
        [first[:12], "Synced"],
    ]
    assert "Plan: 0 create, 3 change, 0 recreate, 0 delete on 3 clusters" in planned
    assert desk.repository.log()[1:] == (second, first)
    assert desk.repository.files("main")["apps/map.yaml"] == change("1")["apps/map.yaml"]
