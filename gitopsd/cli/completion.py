"""`gitopsd completion SHELL`: a script that completes the command line."""

import argparse

NAME = "completion"
HELP = "print a completion script for bash, zsh or fish"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=("bash", "zsh", "fish"))


def run(args: argparse.Namespace) -> int:
    import shtab

    from gitopsd.cli import program

    print(shtab.complete(program(), shell=args.shell))
    return 0
