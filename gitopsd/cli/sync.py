"""`gitopsd sync`: turns until every reachable member has finished, then an exit code."""

import argparse
import asyncio

from gitopsd.cli import duration, flags, logs, settings

NAME = "sync"
HELP = "apply the branch once: turns until every reachable member has finished"
_OWN = (
    flags.Flag("--wait", "wait for health too", is_switch=True),
    flags.Flag("--timeout", "how long to wait at most", "TIME", 300.0, duration.positive),
)


def arguments(parser: argparse.ArgumentParser) -> None:
    source = (flags.SOURCE, flags.TRUST)
    flags.add(parser, *source, flags.MEMBERS, flags.KEYS, flags.TURNS, _OWN, flags.LOGS)


def run(args: argparse.Namespace) -> int:
    from gitopsd.daemon.wiring import sync

    logs.start(args)
    return asyncio.run(sync(settings.config(args), args.wait, args.timeout))
