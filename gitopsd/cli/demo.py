"""`gitopsd demo`: the main job on three clusters, from a push to running objects and back to git.

The clusters are simulated, in this very process, or those of a kubeconfig that is named. The
repository is a throw-away one, made from the example.
"""

import argparse
import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gitopsd.cli import duration, flags
from gitopsd.kube.body import Body, dig
from gitopsd.model.config import Config

if TYPE_CHECKING:
    from gitopsd.cli.scratch import Scratch
    from gitopsd.cli.stage import Members

NAME = "demo"
HELP = "show the whole job on three simulated members"
_OWN = (
    flags.Flag(
        "--kubeconfig",
        "instead of simulated members: clusters that one has, as contexts eu-1, us-1 and ap-1; "
        "all that is made there is removed at the end",
        "FILE",
        read=flags.file,
    ),
    flags.Flag("--once", "end after the story; exit 1 when something failed", is_switch=True),
    flags.Flag("--timeout", "how long a chapter may take", "TIME", 60.0, duration.positive),
)
LOOK_EVERY_S = 0.2


def arguments(parser: argparse.ArgumentParser) -> None:
    flags.add(parser, _OWN, flags.LOGS)


def run(args: argparse.Namespace) -> int:
    from gitopsd.cli import logs

    args.log_level = "warning" if args.log_level == "info" else args.log_level
    logs.start(args)
    with tempfile.TemporaryDirectory(prefix="gitopsd-demo-") as folder:
        return asyncio.run(_told(args, Path(folder)))


async def _told(args: argparse.Namespace, folder: Path) -> int:
    """The story until its end or until someone stops it; what was made is always removed."""
    from gitopsd.cli import stage

    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, _end, task)
    own: Path | None = args.kubeconfig
    try:
        async with stage.existing(own) if own else stage.simulated(folder) as members:
            return await _story(args, folder, members)
    except asyncio.CancelledError:
        return 0


def _end(task: "asyncio.Task[int]") -> None:
    """Ends the story once; what is removed at its end is not cut short by a second signal."""
    if not task.cancelling():
        task.cancel()


async def _story(args: argparse.Namespace, folder: Path, members: "Members") -> int:
    from gitopsd.cli import bundled, story
    from gitopsd.cli.scratch import Scratch
    from gitopsd.daemon.wiring import serve

    _say(members.greeting)
    repository = Scratch(folder / "fleet.git")
    commit = repository.push(bundled.files(bundled.EXAMPLE), "The shop and its reports")
    began = time.monotonic()
    _say(f"The example is pushed to {repository.url}, commit {commit[:12]}. gitopsd follows it.")
    daemon = asyncio.create_task(serve(_config(repository, members, folder)))
    try:
        chapter = _Chapter(args.timeout, daemon, members)
        if failure := await chapter.told(""):
            return _failed(failure)
        _say(f"All members are full, {time.monotonic() - began:.1f} s after the commit.")
        changed = repository.read(story.CHANGED).replace(
            story.BEFORE.encode(), story.AFTER.encode()
        )
        commit = repository.push({story.CHANGED: changed}, story.MESSAGE)
        began = time.monotonic()
        _say(f"Pushed “{story.MESSAGE}”, commit {commit[:12]}: one line in {story.CHANGED}.")
        if failure := await chapter.told(story.AFTER):
            return _failed(failure)
        _say(f"The new image runs everywhere, {time.monotonic() - began:.1f} s after the push.")
        if failure := await _published(repository, commit, args.timeout, daemon):
            return _failed(failure)
        if not args.once:
            _say(_stay(repository, members))
            await chapter.stayed()
        return 0
    finally:
        daemon.cancel()
        await asyncio.gather(daemon, return_exceptions=True)


class _Chapter:
    """Looks at the members until all that the chapter waits for is there."""

    def __init__(self, timeout_s: float, daemon: "asyncio.Task[int]", members: "Members") -> None:
        self._timeout_s = timeout_s
        self._daemon = daemon
        self._members = members

    async def told(self, image: str) -> str:
        """Empty once the chapter is over, else what is missing when its time is."""
        from gitopsd.cli import story
        from gitopsd.cli.screen import screen

        ends = time.monotonic() + self._timeout_s
        with screen() as shown:
            while True:
                rows = story.rows(await self._members.look(), image)
                shown.show(rows)
                if story.is_over(rows):
                    return ""
                if self._daemon.done():
                    return f"the daemon ended: {_ending(self._daemon)}"
                if time.monotonic() > ends:
                    return f"after {self._timeout_s:.0f} s there is missing: {story.missing(rows)}"
                await asyncio.sleep(LOOK_EVERY_S)

    async def stayed(self) -> None:
        """Shows what changes until someone ends it."""
        from gitopsd.cli import story
        from gitopsd.cli.screen import screen

        with screen() as shown:
            while not self._daemon.done():
                shown.show(story.rows(await self._members.look()))
                await asyncio.sleep(LOOK_EVERY_S)


async def _published(
    repository: "Scratch", commit: str, timeout_s: float, daemon: "asyncio.Task[int]"
) -> str:
    """Shows what the status branch says of a commit, once it says that this is applied and runs."""
    from gitopsd.cli import status
    from gitopsd.core.summary import read_status

    ends = time.monotonic() + timeout_s
    while True:
        files = repository.files("gitopsd/status")
        found = read_status(files)
        if dig(found, "source", "commit") == commit and _is_applied(found) and _runs(files):
            break
        if daemon.done():
            return f"the daemon ended: {_ending(daemon)}"
        if time.monotonic() > ends:
            said = found.get("message", "nothing")
            return f"after {timeout_s:.0f} s the status branch does not say so; it says: {said}"
        await asyncio.sleep(LOOK_EVERY_S)
    _say("The branch gitopsd/status says:")
    print(status.text(files), flush=True)
    return ""


def _is_applied(status: Body) -> bool:
    return any(
        condition.get("type") == "Applied" and condition.get("status") == "True"
        for condition in status.get("conditions") or ()
    )


def _runs(files: Mapping[str, bytes]) -> bool:
    """Whether the web's front is said to be well everywhere."""
    from gitopsd.cli import story
    from gitopsd.core.summary import read_bindings

    return all(
        member.get("health") == "Current"
        for binding in read_bindings(files)
        if story.is_front(dig(binding, "spec", "resource", default={}))
        for member in binding.get("members") or ()
    )


def _config(repository: "Scratch", members: "Members", folder: Path) -> Config:
    return Config(
        repo=repository.url,
        kubeconfig=members.kubeconfig,
        cache=folder / "cache",
        interval_s=LOOK_EVERY_S,
        publish_interval_s=1.0,
        listen="off",
    )


def _stay(repository: "Scratch", members: "Members") -> str:
    return (
        "It goes on until you end it (Ctrl-C). Try, in another terminal:\n"
        f"  git clone {repository.url} fleet\n"
        f"  gitopsd get workloads -o wide --repo {repository.url}\n"
        f"  gitopsd explain deployment/api -n shop --repo {repository.url}\n"
        f"  kubectl --kubeconfig {members.kubeconfig} --context eu-1 get deployments -A"
    )


def _ending(daemon: "asyncio.Task[int]") -> str:
    error = None if daemon.cancelled() else daemon.exception()
    return str(error) if error else "without a word"


def _failed(words: str) -> int:
    print(f"gitopsd: demo: {words}", file=sys.stderr, flush=True)
    return 1


def _say(words: str) -> None:
    print(f"\n{words}\n", flush=True)
