"""What stands for the desired state is lost or emptied: nothing is ever deleted for it.

Each story has two lives of the daemon: what a process knew, the next one must not take for gone.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import trustme

from servers.githttp import GitHttp
from servers.objects import config_map
from servers.repository import manifests
from servers.waiting import wait_until

NUMBER = 8
# As few as no guard would hold.
FEW = 3
TOKEN = "t0k3n"
CONFIGURATION = (
    "apiVersion: gitopsd.io/v1alpha1\nkind: Configuration\nmetadata: {name: gitopsd}\n"
    "spec:\n  paths: [fleet, apps]\n"
)


def test_an_emptied_folder_deletes_nothing(story) -> None:
    before = delivered(story)

    emptied = story.repository.push(dict.fromkeys(apps(story)), "Empty the folder")
    wait_until(lambda: emptied in told(story) and "guard EmptySet" in problems(story))

    for number, _ in enumerate(lives(story)):
        deliver_more(story, number)
        assert_untouched(story, before)
    files = story.repository.files("main")
    emptied = story.repository.push({**dict.fromkeys(files), "README.md": ""}, "Empty it all")
    wait_until(lambda: emptied in told(story))
    assert_untouched(story, before)


def test_a_deleted_branch_deletes_nothing(story) -> None:
    before = delivered(story, "--branch=main")

    story.repository.delete_branch("main")

    words = "has no branch or tag 'main'"
    wait_until(lambda: words in story.daemons.started[-1].says())
    assert_in_force(story)
    for daemon in lives(story, "--branch=main"):
        wait_until(lambda daemon=daemon: words in daemon.says())
        assert_untouched(story, before)


def test_a_revoked_token_deletes_nothing(story, served) -> None:
    server, flags = served
    story.url = f"{server.url}/fleet.git"
    before = delivered(story, *flags)

    server.token = "another"

    words = "refused the credentials"
    wait_until(lambda: words in story.daemons.started[-1].says())
    assert_in_force(story)
    for daemon in lives(story, *flags):
        wait_until(lambda daemon=daemon: words in daemon.says())
        assert_untouched(story, before)


def test_a_path_that_moved_deletes_nothing(story) -> None:
    story.repository.push({"gitopsd.yaml": CONFIGURATION})
    few = apps(story, FEW)
    before = delivered(story, files=few)

    moved = {path.replace("apps/", "workloads/"): text for path, text in few.items()}
    story.repository.push({**dict.fromkeys(few), **moved}, "Move the folder")

    wait_until(lambda: "PathNotFound" in problems(story))

    for number, _ in enumerate(lives(story)):
        deliver_more(story, number)
        assert_untouched(story, before)


def apps(story, count: int = NUMBER) -> dict[str, str]:
    return {
        f"apps/{number}.yaml": manifests(config_map(story.namespace, f"app-{number}", word="ours"))
        for number in range(count)
    }


def delivered(story, *flags: str, files: Mapping[str, str] | None = None) -> object:
    """Everything is applied, these files or all apps; what there is then."""
    fleet = {f"fleet/{path}": text for path, text in story.fleet().items()}
    files = files or apps(story)
    story.repository.push(fleet | files)
    story.run(*flags)
    story.everywhere(lambda member: len(story.names(member, "configmaps")) == len(files))
    story.everywhere(lambda _: "phase: Synced" in told(story))
    return found(story)


def deliver_more(story, number: int) -> None:
    """One object more is delivered: so whatever else was to be done is done too."""
    more = config_map(story.namespace, f"more-{number}")
    story.repository.push({f"fleet/more-{number}.yaml": manifests(more)})
    story.everywhere(lambda member: story.get(member, "configmaps", f"more-{number}"))


def lives(story, *flags: str) -> Iterator[object]:
    """The daemon that runs, then one that was started anew."""
    yield story.daemons.started[-1]
    story.daemons.started[-1].stop()
    yield story.run(*flags)


def assert_in_force(story) -> None:
    """What was read last is kept up: it is no empty set that only a guard holds."""
    (member, *_) = story.members
    edit = ("patch", "configmap", "app-0", "-n", story.namespace, "--type=merge")
    member.kubectl(*edit, '-p={"data":{"word":"theirs"}}')
    wait_until(lambda: story.get(member, "configmaps", "app-0")["data"] == {"word": "ours"})


def assert_untouched(story, before: object) -> None:
    assert found(story) == before
    assert [deletions(story, member) for member in story.members] == [[]] * len(story.members)


def found(story) -> object:
    """Names and ids of what is on the members."""
    return [
        sorted(
            (each["metadata"]["name"], each["metadata"]["uid"])
            for each in member.items(f"/api/v1/namespaces/{story.namespace}/configmaps")
            if each["metadata"]["name"].startswith("app-")
        )
        for member in story.members
    ]


def deletions(story, member) -> list[str]:
    return [
        each.uri
        for each in member.writes()
        if each.verb.startswith("delete") and each.namespace == story.namespace
    ]


def told(story) -> str:
    return story.status().get("status.yaml", "")


def problems(story) -> str:
    return story.status().get("problems.yaml", "")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[GitHttp, tuple[str, ...]]]:
    """A git server that wants a token, and the flags to reach it."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    (tmp_path / "token").write_text(TOKEN)
    flags = (f"--git-token-file={tmp_path / 'token'}", f"--git-ca-file={tmp_path / 'ca.pem'}")
    server = GitHttp(tmp_path, TOKEN, authority)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def within(work: Callable) -> None:
        asyncio.run_coroutine_threadsafe(work(), loop).result(10)

    within(server.__aenter__)
    yield server, flags
    within(server.__aexit__)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
