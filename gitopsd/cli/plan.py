"""`gitopsd plan`: what would change where, and why, before anything does."""

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

from gitopsd.cli import flags

if TYPE_CHECKING:
    from gitopsd.model.changes import Changes

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
    parser.add_argument("--format", default="text", choices=("text", "markdown", "json"))
    parser.add_argument(
        "--exit-code", action="store_true", help="exit 3 when anything would change"
    )
    parser.add_argument(
        "--approval",
        action="store_true",
        help="print only an Approval of all deletions, to be committed",
    )
    flags.add(parser, flags.SOURCE, flags.MEMBERS, flags.LOGS)


def run(args: argparse.Namespace) -> int:
    from gitopsd.cli import logs, printing
    from gitopsd.core.changes import describe
    from gitopsd.daemon.wiring import preview
    from gitopsd.model.problem import Severity

    logs.start(args)
    seen = asyncio.run(preview(flags.config(args), args.base, args.head, args.live))
    heading = describe.Heading(
        base=seen.base,
        head=seen.head,
        guards=tuple(f"{trip.guard} on {trip.cluster} ({trip.reason})" for trip in seen.tripped),
    )
    if args.approval:
        return _approve(seen.changes)
    if args.format == "json":
        print(printing.as_json(describe.value(seen.changes, heading)))
    elif args.format == "markdown":
        print(describe.markdown(seen.changes, heading), end="")
    else:
        print(describe.text(seen.changes, heading))
    if seen.tripped or any(each.severity is Severity.ERROR for each in seen.changes.problems):
        return 1
    return 3 if args.exit_code and seen.changes.changes else 0


def _approve(changes: "Changes") -> int:
    """Prints the object that lets all deletions of this plan pass the guards."""
    from gitopsd.cli import printing
    from gitopsd.core.changes import describe

    if not changes.deletion_hash:
        print("gitopsd: plan: nothing is deleted, so there is nothing to approve", file=sys.stderr)
        return 0
    print(printing.as_yaml(describe.approval(changes)))
    return 0
