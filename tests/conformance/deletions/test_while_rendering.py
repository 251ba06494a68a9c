"""A kustomization that takes its time, from the push to the members: all else goes on."""

import pytest

from gitopsd.daemon import turn
from servers.objects import config_map
from servers.repository import manifests
from servers.waiting import until

ROOT = {"web/kustomization.yaml": "resources: [map.yaml]\n"}


@pytest.fixture(autouse=True)
def release(tmp_path, monkeypatch):
    """A kustomize that prints only when it may; calling this lets it."""
    programs = tmp_path / "programs"
    programs.mkdir()
    script = programs / "kustomize"
    script.write_text(
        f"#!/bin/sh\nuntil [ -e {tmp_path}/go ]; do /bin/sleep 0.02; done\n"
        '[ -n "$2" ] && /bin/cat "$2"/map.yaml\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setattr(turn, "_FIRST_RENDER_S", 0.05)
    monkeypatch.setattr(turn, "_RENDER_S", 0.05)
    return (tmp_path / "go").touch


def rendered(name, **data):
    return {**ROOT, "web/map.yaml": manifests(config_map("shop", name, **data))}


def colours(desk, name):
    held = {
        each["metadata"]["name"]: each["data"]
        for each in desk.members["eu"].items("", "configmaps", "shop")
    }
    return held.get(name, {}).get("colour")


async def test_all_else_of_a_commit_goes_on_and_the_rest_follows(desk, release, tmp_path) -> None:
    release()
    async with desk.running() as daemon:
        await desk.is_done(desk.repository.push({**desk.files(1), **rendered("web", colour="red")}))
        await until(lambda: colours(desk, "web") == "red")
        (tmp_path / "go").unlink()

        plain = {"apps/more.yaml": manifests(config_map("shop", "more", colour="green"))}
        desk.repository.push({**plain, **rendered("web", colour="blue")})
        await until(lambda: colours(desk, "more") == "green")
        assert not daemon.world.last.standing.is_finished
        assert colours(desk, "web") == "red"

        release()
        await until(lambda: colours(desk, "web") == "blue")
        assert daemon.world.last.snapshot.loaded.rendering == frozenset()


async def test_what_moves_into_a_kustomization_is_never_gone(desk, release) -> None:
    async with desk.running():
        await desk.is_done(desk.repository.push(desk.files(2)))
        uids = {
            each["metadata"]["uid"] for each in desk.members["eu"].items("", "configmaps", "shop")
        }

        desk.repository.push({**desk.removal(1), **rendered("map-01", colour="blue")})
        await until(lambda: desk.guards()["eu"] == {"Rendering"})
        release()

        await until(lambda: colours(desk, "map-01") == "blue")
        after = {
            each["metadata"]["uid"] for each in desk.members["eu"].items("", "configmaps", "shop")
        }
        assert after == uids


async def test_a_new_process_leaves_all_as_it_is_until_it_is_rendered(
    desk, release, tmp_path
) -> None:
    release()
    async with desk.running():
        await desk.is_done(desk.repository.push({**desk.files(1), **rendered("web", colour="red")}))
        await until(lambda: "web" in desk.names("eu") and "web" in desk.names("us"))
    (tmp_path / "go").unlink()

    async with desk.running() as daemon:
        await until(lambda: daemon.world.last is not None and daemon.world.members.are_settled)
        assert [desk.names(name) for name in ("eu", "us")] == [["map-00", "web"]] * 2
        release()
        await until(lambda: daemon.world.last.standing.is_finished)

        assert [desk.names(name) for name in ("eu", "us")] == [["map-00", "web"]] * 2
        assert not any(desk.guards().values())
