"""`gitopsd rollback`: the desired state as it was, by a new commit that everybody can see.

Nothing is switched off: the daemon acts on the new commit like on any other, and what that deletes
meets the guards.
"""

import argparse
import asyncio
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gitopsd.cli import flags, settings

if TYPE_CHECKING:
    from gitopsd.cli.history import Line
    from gitopsd.core.returning import Back
    from gitopsd.edge.git import Entry, Remote
    from gitopsd.model.changes import Preview
    from gitopsd.model.config import Config

NAME = "rollback"
HELP = "commit the desired state as it was at an earlier commit"
_STATUS = "status.yaml"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "commit",
        nargs="?",
        default="",
        metavar="COMMIT",
        help="by default the last one before the current that was Synced",
    )
    parser.add_argument("--reason", default="", metavar="TEXT", help="why, for the commit message")
    parser.add_argument(
        "--to-branch", default="", metavar="NAME", help="a new branch, for a pull request"
    )
    parser.add_argument(
        "--approve",
        action="store_true",
        help="open the stages that would wait for a person, or for their window",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would change, commit nothing"
    )
    flags.add(parser, flags.SOURCE, flags.MEMBERS, flags.KEYS, flags.LOGS)


def run(args: argparse.Namespace) -> int:
    from gitopsd.core.returning import Back
    from gitopsd.daemon.viewing import remote
    from gitopsd.model.errors import UsageError

    config = settings.config(args)
    if not config.repo:
        raise UsageError("--worktree", "a rollback is a commit; give --repo")
    with closing(remote(config)) as found:
        target = asyncio.run(_target(found, config, args.commit))
    if args.dry_run:
        return _shown(config, target.commit)
    approve = _waiting(config, target.commit) if args.approve else ()
    with closing(remote(config)) as found:
        return asyncio.run(_committed(found, Back(target.commit, args.reason, approve), args))


def last_synced(lines: Sequence["Line"], current: str) -> str:
    """The newest commit but the current one that was Synced; empty for none."""
    return next((e.commit for e in lines if e.commit != current and e.phase == "Synced"), "")


async def _target(found: "Remote", config: "Config", name: str) -> "Entry":
    """The commit to go back to; raises UsageError where nobody can tell which."""
    from gitopsd.cli.history import lines
    from gitopsd.model.errors import UsageError

    if not name:
        log = await found.log(config.status_branch, _STATUS)
        name = last_synced(lines(log, found.read, len(log)), await found.poll())
    if not name:
        raise UsageError("COMMIT", "is needed: no earlier commit is known to have been Synced")
    return await found.ancestor(name)


async def _committed(found: "Remote", back: "Back", args: argparse.Namespace) -> int:
    from gitopsd.core.returning import message
    from gitopsd.edge.git import Restoration

    before = await found.poll()
    target = await found.ancestor(back.commit)
    said = message(back, target.message)
    commit = await found.restore(
        Restoration(target.commit, said, datetime.now(UTC), args.to_branch)
    )
    if commit == before:
        print(f"Nothing to do: {before[:12]} holds just what {target.commit[:12]} held.")
        return 0
    where = f" on branch {args.to_branch}" if args.to_branch else ""
    print(f"Commit {commit[:12]}{where} goes back to {target.commit[:12]}.")
    print("What it deletes meets the guards like that of any commit; `gitopsd status` tells.")
    return 0


def _shown(config: "Config", commit: str) -> int:
    from gitopsd.core.review.text import text

    print(text(_planned(config, commit)))
    return 0


def _waiting(config: "Config", commit: str) -> tuple[str, ...]:
    """What opens the stages that would wait on the way back for more than those before them."""
    stages = _planned(config, commit).stages
    return tuple(each.hashed for each in stages if each.asks or each.windows)


def _planned(config: "Config", commit: str) -> "Preview":
    from gitopsd.daemon.preview import Asked
    from gitopsd.daemon.viewing import preview

    return asyncio.run(preview(config, Asked(head=commit)))
