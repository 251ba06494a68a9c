"""`gitopsd run`: the daemon, until it is told to stop."""

import argparse
import asyncio

from gitopsd.cli import flags, logs

NAME = "run"
HELP = "follow the repository and keep the members as it says"


def arguments(parser: argparse.ArgumentParser) -> None:
    flags.add(parser, flags.SOURCE, flags.MEMBERS, flags.TURNS, flags.LISTEN, flags.LOGS)


def run(args: argparse.Namespace) -> int:
    from gitopsd.daemon.wiring import serve

    logs.start(args)
    return asyncio.run(serve(flags.config(args)))
