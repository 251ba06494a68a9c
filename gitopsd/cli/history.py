"""`gitopsd history`: the commits that were acted on, newest first, and what became of them.

With KIND/NAME: those that changed one object, where it went, and when it was well (`past.py`).
"""

import argparse
import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC
from typing import TYPE_CHECKING

import msgspec

from gitopsd.cli import flags, settings
from gitopsd.kube.body import Body, dig
from gitopsd.model.rollout import StageState

if TYPE_CHECKING:
    from gitopsd.edge.git import Entry

NAME = "history"
HELP = "list the commits that were acted on, or changed one object, and what became of them"
_STATUS = "status.yaml"
_TRAILER = "Source-Commit: "
_LIMIT = 20


class Line(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One commit that was acted on: the last that the status branch said of it.

    `since` and `until` are when the branch first and last said something of it.
    """

    commit: str
    phase: str
    title: str
    author: str
    committed: str
    since: str
    until: str
    message: str
    objects: str
    signer: str = ""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "object", nargs="?", default="", metavar="KIND/NAME", help="only what changed this object"
    )
    flags.add_namespace(parser)
    parser.add_argument(
        "-o", "--output", default="", choices=("wide", "json", "yaml"), help="another form"
    )
    parser.add_argument(
        "--limit", type=int, default=_LIMIT, metavar="N", help=f"so many, {_LIMIT} by default"
    )
    flags.add(parser, flags.SOURCE)


def run(args: argparse.Namespace) -> int:
    from contextlib import closing

    from gitopsd.cli import printing
    from gitopsd.daemon.viewing import remote
    from gitopsd.model.errors import SourceError, UsageError

    config = settings.config(args)
    if not config.repo:
        raise UsageError("--worktree", "a folder has no status branch; give --repo")
    if args.object:
        from gitopsd.cli import past

        return past.show(config, args)
    with closing(remote(config)) as found:
        log = asyncio.run(found.log(config.status_branch, _STATUS))
        if not log:
            words = f"has no branch {config.status_branch}: nothing was published yet"
            raise SourceError(found.url, words)
        shown = lines(log, found.read, args.limit)
    if args.output in ("json", "yaml"):
        bodies = [msgspec.to_builtins(line) for line in shown]
        print(printing.listed(bodies, args.output))
    else:
        print(text(shown, is_wide=args.output == "wide"))
    return 0


def lines(log: Iterable["Entry"], read: Callable[[str], bytes], most: int) -> Sequence[Line]:
    """The last word of the branch on each commit, newest first.

    One that was acted on twice, with another in between, stands there twice.
    """
    runs: list[list[Entry]] = []
    for entry in log:
        source = source_of(entry.message)
        if runs and source_of(runs[-1][0].message) == source:
            runs[-1].append(entry)
        elif source:
            if len(runs) == most:
                break
            runs.append([entry])
    return [_line(each, read) for each in runs]


def text(shown: Sequence[Line], *, is_wide: bool) -> str:
    """The table."""
    from gitopsd.cli import printing

    header = ["COMMIT", "PHASE", "WHEN", "AUTHOR", "TITLE"]
    rows = [[e.commit[:12], e.phase, e.since, e.author, e.title] for e in shown]
    if is_wide:
        header += ["UNTIL", "OBJECTS", "MESSAGE"]
        rows = [[*row, e.until, e.objects, e.message] for row, e in zip(rows, shown, strict=True)]
    return printing.table(header, rows)


def source_of(message: str) -> str:
    """The commit of the desired state that a commit of ours speaks of; empty for none."""
    found = [each for each in message.splitlines() if each.startswith(_TRAILER)]
    return found[-1].removeprefix(_TRAILER).strip() if found else ""


def _line(run: Sequence["Entry"], read: Callable[[str], bytes]) -> Line:
    from gitopsd.core.summary import read_status

    last, first = run[0], run[-1]
    status: Body = read_status({_STATUS: read(last.blob)} if last.blob else {})
    commit = source_of(last.message)
    landed: Body = next(
        (each for each in status.get("history") or () if each.get("commit") == commit), {}
    )
    objects = dig(status, "counts", "objects", default={})
    return Line(
        commit=commit,
        phase=_phase(status),
        title=str(landed.get("title", "")),
        author=str(landed.get("author", "")),
        committed=str(landed.get("time", "")),
        since=f"{first.time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        until=f"{last.time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        message=str(status.get("message", "")),
        objects=f"{objects.get('current', 0)}/{objects.get('wanted', 0)}",
        signer=str(landed.get("signer", "")),
    )


def _phase(status: Body) -> str:
    """The phase; of one that needs no more than a person's approval, that it waits for it."""
    awaiting = StageState.AWAITING_APPROVAL.value
    reasons = [each.get("reason") for each in status.get("conditions") or ()]
    return awaiting if awaiting in reasons else str(status.get("phase", "Unknown"))
