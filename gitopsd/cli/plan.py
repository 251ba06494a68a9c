"""`gitopsd plan`: what would change where, and why, before anything does.

To add a format: a function from a preview and the arguments to text, and its line in `FORMATS`.
"""

import argparse
import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gitopsd.cli import flags, settings
from gitopsd.cli.inputs import read_cluster
from gitopsd.model.config import Config
from gitopsd.model.errors import UsageError

if TYPE_CHECKING:
    from gitopsd.core.review.whatif import Supposed
    from gitopsd.daemon.preview import Asked
    from gitopsd.model.changes import Preview

NAME = "plan"
HELP = "show what would change on which member, and why"

_WHAT_IF = (
    "down=CLUSTER, down=region=NAME or down=LABEL=VALUE, several with commas, "
    "or add=FILE with a Cluster"
)
HOSTS = ("github", "gitlab", "bitbucket", "azure")
COMMENT = (
    flags.Flag(
        "--comment-host",
        "with --format markdown: no longer than a comment may be there",
        default="github",
        choices=HOSTS,
    ),
    flags.Flag(
        "--comment-marker",
        "with --format markdown: begin with a hidden line of this, to find the comment again",
        "TEXT",
    ),
    flags.Flag("--comment-link", "with --format markdown: where the whole plan is", "URL"),
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--base",
        default="",
        metavar="REF",
        help="compare with this commit instead of what is applied",
    )
    parser.add_argument(
        "--head",
        default="",
        metavar="REF",
        help="plan this commit, with --base as merged into that, instead of the working tree",
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
    parser.add_argument(
        "--what-if", default="", metavar="WHAT", help=f"suppose something else: {_WHAT_IF}"
    )
    flags.add(parser, flags.SOURCE, flags.SIGNED, flags.MEMBERS, flags.KEYS, flags.LOGS, COMMENT)


def run(args: argparse.Namespace) -> int:
    from gitopsd.cli import logs
    from gitopsd.daemon.preview import Asked
    from gitopsd.daemon.viewing import preview

    logs.start(args)
    config = standing(settings.config(args), Path.cwd())
    sort, _, words = args.what_if.partition("=")
    added = read_cluster(Path(words)) if sort == "add" else None
    asked = Asked(args.base, args.head, args.live, added=added)
    if sort == "down":
        return _suppose(args, config, asked)
    if sort not in ("", "add"):
        raise UsageError("--what-if", f"{args.what_if!r}; right would be {_WHAT_IF}")
    seen = asyncio.run(preview(config, asked))
    if args.approval:
        print(approval(seen))
        return 0
    if said := FORMATS[args.format](seen, args):
        print(said)
    return exit_code(seen, changes_matter=args.exit_code)


def _suppose(args: argparse.Namespace, config: Config, asked: "Asked") -> int:
    """Says what would be if clusters failed; 1 where something would find no place, or not all."""
    from gitopsd.cli import printing
    from gitopsd.core.review import supposed
    from gitopsd.daemon.viewing import what_if

    forms: Mapping[str, Callable[[Supposed], str]] = {
        "text": supposed.text,
        "markdown": supposed.markdown,
        "json": lambda found: printing.as_json(supposed.value(found)),
    }
    if args.format not in forms:
        raise UsageError("--format", f"{args.format} says nothing of --what-if down=…")
    seen = asyncio.run(what_if(config, asked, args.what_if.partition("=")[2]))
    print(forms[args.format](seen))
    return 1 if seen.placeless or seen.short else 0


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


def exit_code(preview: "Preview", *, changes_matter: bool = False) -> int:
    """1 where a problem or a guard stands in the way, else 0.

    Where changes matter, 3 for them, but still 1 where not every problem and guard was there
    before: a pipeline is to stop for what it brings.
    """
    from gitopsd.model.problem import Severity

    problems = preview.changes.problems
    is_troubled = preview.guards or any(each.severity is Severity.ERROR for each in problems)
    has_news = changes_matter and preview.changes.changes
    if is_troubled and (preview.brings_trouble or not has_news):
        return 1
    return 3 if has_news else 0


def approval(preview: "Preview") -> str:
    """The object that lets all deletions of this plan pass the guards; a remark for none."""
    from gitopsd.cli import printing
    from gitopsd.core.review import findings

    if not preview.changes.deletion_hash:
        return "# Nothing is deleted, so there is nothing to approve."
    remarks = "".join(f"# {each}\n" for each in preview.losses)
    return remarks + printing.as_yaml(findings.approval(preview.changes))


def text(preview: "Preview", args: argparse.Namespace) -> str:
    """For a terminal."""
    from gitopsd.cli import printing
    from gitopsd.core.review.text import text as said

    return "\n".join(map(printing.plain, said(preview).split("\n")))


def markdown(preview: "Preview", args: argparse.Namespace) -> str:
    """For a comment of a pull request."""
    from gitopsd.core.review.comment import Terms, comment, marker
    from gitopsd.core.review.fit import LIMITS

    first = marker(args.comment_marker) if args.comment_marker else ""
    return comment(preview, Terms(first, LIMITS[args.comment_host], args.comment_link or ""))


def json(preview: "Preview", args: argparse.Namespace) -> str:
    """For programs."""
    from gitopsd.cli import printing
    from gitopsd.core.review.value import value

    return printing.as_json(value(preview))


def github(preview: "Preview", args: argparse.Namespace) -> str:
    """Annotations of a GitHub workflow, the verdict last."""
    from gitopsd.core.review.annotations import annotations
    from gitopsd.core.review.findings import obstacles, verdict
    from gitopsd.model.problem import Problem, Severity

    last = Problem("", 0, "", verdict(preview), "Plan", Severity.NOTICE)
    return annotations((*obstacles(preview), last))


def sarif(preview: "Preview", args: argparse.Namespace) -> str:
    """For the code scanning of a host."""
    from gitopsd import __version__
    from gitopsd.cli import printing
    from gitopsd.core.review.findings import obstacles
    from gitopsd.core.review.sarif import sarif as found

    return printing.as_json(found(obstacles(preview), __version__))


def junit(preview: "Preview", args: argparse.Namespace) -> str:
    """For the test report of a pipeline."""
    from gitopsd.core.review.findings import obstacles
    from gitopsd.core.review.junit import junit as found

    return found(obstacles(preview), "gitopsd plan")


Format = Callable[["Preview", argparse.Namespace], str]
FORMATS: Mapping[str, Format] = {
    "text": text,
    "markdown": markdown,
    "json": json,
    "github": github,
    "sarif": sarif,
    "junit": junit,
}
