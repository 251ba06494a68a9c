"""WHO ASKS: the command line, one file per command.

Comes in: arguments and environment, which nothing else in the product reads. Goes out: an exit
code (0 fine, 1 problems or failures, 2 wrong usage, 3 changes pending for `plan --exit-code`).
A command is a module with `NAME`, `HELP`, `arguments(parser)` and `run(args) -> exit code`; it
imports what is heavy inside `run`, so that `--help` and completion stay quick. To add one: a file
and its line in `COMMANDS`.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Protocol

from gitopsd import __version__
from gitopsd.cli import (
    completion,
    demo,
    explain,
    flags,
    get,
    history,
    init,
    interpret,
    plan,
    rbac,
    rollback,
    run,
    status,
    sync,
    validate,
)
from gitopsd.model.errors import GitopsdError, UsageError


class Command(Protocol):
    """What a command's module has."""

    NAME: str
    HELP: str

    def arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, args: argparse.Namespace) -> int: ...


COMMANDS: tuple[Command, ...] = (
    demo,
    init,
    validate,
    plan,
    sync,
    run,
    status,
    get,
    explain,
    history,
    rollback,
    interpret,
    rbac,
    completion,
)


class _WithRoom(argparse.HelpFormatter):
    """Help with room for the longest name of a command."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog)
        self._action_max_length = 4 + max(len(command.NAME) for command in COMMANDS)


def program() -> argparse.ArgumentParser:
    """The parser of the whole command line, every command with its flags."""
    parser = argparse.ArgumentParser(
        prog="gitopsd",
        description="Karmada's multi-cluster brain with a git repository as its control plane.",
        epilog="Every flag is also an environment variable: --git-token-file is "
        "GITOPSD_GIT_TOKEN_FILE. A flag wins.",
        formatter_class=_WithRoom,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"gitopsd {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        own = commands.add_parser(
            command.NAME,
            help=command.HELP,
            description=command.HELP[:1].upper() + command.HELP[1:] + ".",
            allow_abbrev=False,
        )
        command.arguments(own)
        own.set_defaults(run=command.run)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code; what the world does to us ends in a sentence."""
    try:
        args = program().parse_args(argv)
        flags.fill(args, os.environ)
        code: int = args.run(args)
        sys.stdout.flush()
        return code
    except SystemExit as leave:  # argparse has said what is wrong, or printed the help
        return leave.code if isinstance(leave.code, int) else 2
    except UsageError as error:
        print(f"gitopsd: {error}", file=sys.stderr)
        return 2
    except GitopsdError as error:
        print(f"gitopsd: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `gitopsd get bindings | head`: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
