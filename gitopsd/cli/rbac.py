"""`gitopsd rbac`: the roles that the daemon needs on each member, and no right more."""

import argparse
import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gitopsd.cli import flags, settings
from gitopsd.cli.plan import standing
from gitopsd.model.errors import UsageError

if TYPE_CHECKING:
    from gitopsd.core.rights import Right

NAME = "rbac"
HELP = "print the roles that the daemon needs on each member, and their namespaces"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--head", default="", metavar="REF", help="for this commit")
    parser.add_argument("--cluster", default="", metavar="NAME", help="for this member alone")
    parser.add_argument(
        "--account",
        default="gitopsd-system/gitopsd",
        metavar="NAMESPACE/NAME",
        help="the service account of the member that gets the roles",
    )
    flags.add(parser, flags.SOURCE, flags.MEMBERS, flags.KEYS, flags.LOGS)


def run(args: argparse.Namespace) -> int:
    from gitopsd.cli import logs, printing
    from gitopsd.core.rights import Grant, namespaces, roles
    from gitopsd.daemon.viewing import rights

    logs.start(args)
    namespace, slash, account = args.account.partition("/")
    if not (slash and namespace and account):
        raise UsageError("--account", f"{args.account!r}; right would be NAMESPACE/NAME")
    config = standing(settings.config(args), Path.cwd())
    found = asyncio.run(rights(config, args.head))
    if args.cluster and args.cluster not in found:
        known = ", ".join(found) or "none"
        raise UsageError("--cluster", f"no cluster {args.cluster!r}; known: {known}")
    grant = Grant(config.field_manager, namespace, account)
    for names, needed in _alike({args.cluster: found[args.cluster]} if args.cluster else found):
        print(f"# for {', '.join(names)}")
        for inventory in _others(needed, config.inventory_name):
            print(f"# and whatever it takes to list the objects that {inventory} names there")
        for body in (*namespaces(needed), *roles(needed, grant)):
            print("---")
            print(printing.as_yaml(body))
    return 0


def _others(needed: Iterable["Right"], own: str) -> list[str]:
    """The inventories of sets that come first; what they name is known on the member alone."""
    maps = {each.name for each in needed if each.resource == "configmaps" and each.name}
    return sorted(maps - {own})


def _alike(
    found: Mapping[str, "frozenset[Right]"],
) -> Iterable[tuple[list[str], "frozenset[Right]"]]:
    """Members that need the same stand together, in their order."""
    names: dict[frozenset[Right], list[str]] = {}
    for name, needed in found.items():
        names.setdefault(needed, []).append(name)
    return [(each, needed) for needed, each in names.items()]
