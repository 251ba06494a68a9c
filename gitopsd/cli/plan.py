"""`gitopsd plan`: what would change where, and why, before anything does."""

import argparse
import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gitopsd.cli import flags
from gitopsd.model.config import Config

if TYPE_CHECKING:
    from gitopsd.model.changes import Preview

NAME = "plan"
HELP = "show what would change on which member, and why"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--base",
        default="",
        metavar="REF",
        help="compare with this commit instead of what is applied",
    )
    parser.add_argument(
        "--head", default="", metavar="REF", help="plan this commit instead of the working tree"
    )
    parser.add_argument("--live", action="store_true", help="ask the members what they hold")
    parser.add_argument("--format", default="text", choices=tuple(FORMATS))
    parser.add_argument(
        "--exit-code", action="store_true", help="exit 3 when anything would change"
    )
    parser.add_argument(
        "--approval",
        action="store_true",
        help="print only an Approval of all deletions, to be committed",
    )
    flags.add(parser, flags.SOURCE, flags.MEMBERS, flags.KEYS, flags.LOGS)


def run(args: argparse.Namespace) -> int:
    from gitopsd.cli import logs
    from gitopsd.daemon.wiring import preview

    logs.start(args)
    config = standing(flags.config(args), Path.cwd())
    seen = asyncio.run(preview(config, args.base, args.head, args.live))
    if args.approval:
        print(approval(seen))
        return 0
    print(FORMATS[args.format](seen))
    code = exit_code(seen)
    return 0 if code == 3 and not args.exit_code else code


def standing(config: Config, here: Path) -> Config:
    """The config with repository and working tree where one of them tells the other.

    Who stands in a clone of the repository plans its working tree; a working tree that is a clone
    has its status branch at its origin.
    """
    from gitopsd.edge.git import is_same, origin, top

    if config.worktree is not None:
        is_clone = not config.repo and top(config.worktree) == config.worktree.resolve()
        return replace(config, repo=origin(config.worktree)) if is_clone else config
    folder = top(here)
    if folder is None:
        return config
    is_here = is_same(config.repo, origin(here)) or is_same(config.repo, folder.as_uri())
    return replace(config, worktree=folder) if is_here else config


def exit_code(preview: "Preview") -> int:
    """1 where a problem or a guard stands in the way, 3 where anything would change, else 0."""
    from gitopsd.model.problem import Severity

    problems = preview.changes.problems
    if preview.guards or any(each.severity is Severity.ERROR for each in problems):
        return 1
    return 3 if preview.changes.changes else 0


def approval(preview: "Preview") -> str:
    """The object that lets all deletions of this plan pass the guards; a remark for none."""
    from gitopsd.cli import printing
    from gitopsd.core.changes import describe

    if not preview.changes.deletion_hash:
        return "# Nothing is deleted, so there is nothing to approve."
    return printing.as_yaml(describe.approval(preview.changes))


def text(preview: "Preview") -> str:
    """For a terminal."""
    from gitopsd.core.changes import describe

    return describe.text(preview)


def markdown(preview: "Preview") -> str:
    """For a comment of a pull request."""
    from gitopsd.core.changes import describe

    return describe.markdown(preview).rstrip("\n")


def json(preview: "Preview") -> str:
    """For programs."""
    from gitopsd.cli import printing
    from gitopsd.core.changes import describe

    return printing.as_json(describe.value(preview))


FORMATS: Mapping[str, Callable[["Preview"], str]] = {
    "text": text,
    "markdown": markdown,
    "json": json,
}
