"""`gitopsd get WHAT`: tables of the status branch, in Karmada's columns where it has them."""

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gitopsd.cli import duration, flags, settings
from gitopsd.kube.body import Body, dig

NAME = "get"
HELP = "list clusters, bindings, workloads or problems as the status branch says"

Files = Mapping[str, bytes]
Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """One thing to list: the folders it is read from, its columns, and how to make rows of it.

    The first `narrow` columns are shown unless `-o wide` asks for all. `read` gives the bodies
    that `-o yaml` prints, `row` the cells of one; the first `identity` cells name a row.
    """

    names: tuple[str, ...]
    folders: tuple[str, ...]
    columns: tuple[str, ...]
    narrow: int
    identity: int
    read: Callable[[Files], Sequence[Body]]
    row: Callable[[Body, datetime], Row]


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what", choices=[table.names[0] for table in TABLES], metavar="WHAT",
        help=", ".join(table.names[0] for table in TABLES), type=_plural,
    )  # fmt: skip
    parser.add_argument("name", nargs="?", default="", metavar="NAME", help="only this one")
    parser.add_argument("-n", "--namespace", default="", metavar="NS", help="only this namespace")
    parser.add_argument(
        "-o", "--output", default="", choices=("wide", "json", "yaml"), help="another form"
    )
    flags.add(parser, flags.SOURCE, flags.WATCH)


def run(args: argparse.Namespace) -> int:
    from gitopsd.cli import branch

    table = next(each for each in TABLES if args.what in each.names)
    config = settings.config(args)
    if args.watch:
        shown: dict[Row, Row] = {}
        branch.follow(config, table.folders, lambda files: _changed(table, files, args, shown))
        return 0
    print(text(table, branch.files(config, table.folders), args, datetime.now(UTC)))
    return 0


def text(table: Table, files: Files, args: argparse.Namespace, now: datetime) -> str:
    """What is printed once: a table, or the bodies in the form asked for."""
    from gitopsd.cli import printing

    bodies = _chosen(table, files, args)
    if args.output in ("json", "yaml"):
        return printing.listed(bodies, args.output)
    if not bodies:
        return f"No {table.names[0]} found."
    return printing.table(_columns(table, args), _rows(table, bodies, args, now))


def _changed(table: Table, files: Files, args: argparse.Namespace, shown: dict[Row, Row]) -> None:
    """Prints the rows that are new or say something else; ages alone are no news."""
    from gitopsd.cli import printing

    now = datetime.now(UTC)
    bodies = _chosen(table, files, args)
    frozen = datetime(2000, 1, 1, tzinfo=UTC)
    fresh = []
    for body in bodies:
        row = tuple(table.row(body, frozen))
        if shown.get(row[: table.identity]) != row:
            shown[row[: table.identity]] = row
            fresh.append(body)
    if fresh:
        print(printing.table(_columns(table, args), _rows(table, fresh, args, now)), flush=True)


def _chosen(table: Table, files: Files, args: argparse.Namespace) -> Sequence[Body]:
    return [
        body
        for body in table.read(files)
        if not args.name or args.name in (_name(body), dig(body, "metadata", "name"))
        if not args.namespace or dig(body, "metadata", "namespace") == args.namespace
    ]


def _columns(table: Table, args: argparse.Namespace) -> Row:
    return table.columns if args.output == "wide" else table.columns[: table.narrow]


def _rows(
    table: Table, bodies: Iterable[Body], args: argparse.Namespace, now: datetime
) -> Iterable[Row]:
    width = len(_columns(table, args))
    return [tuple(table.row(body, now))[:width] for body in bodies]


def _plural(text: str) -> str:
    return next((table.names[0] for table in TABLES if text in table.names), text)


def _name(body: Body) -> Any:
    return dig(body, "spec", "resource", "name")


def _age(body: Body, now: datetime) -> str:
    created = dig(body, "metadata", "creationTimestamp", default="")
    try:
        since = datetime.fromisoformat(created)
    except (TypeError, ValueError):
        return "<unknown>"
    return duration.age((now - since).total_seconds())


def _condition(body: Body, kind: str) -> str:
    for condition in dig(body, "status", "conditions", default=()):
        if dig(condition, "type") == kind:
            return str(condition.get("status", "Unknown"))
    return "Unknown"


def _clusters(files: Files) -> Sequence[Body]:
    from gitopsd.core.summary.reading import bodies

    return tuple(bodies(files, "clusters/"))


def _cluster(body: Body, now: datetime) -> Row:
    spec = body.get("spec") or {}
    return (
        dig(body, "metadata", "name", default=""),
        dig(body, "status", "kubernetesVersion", default=""),
        spec.get("syncMode", ""),
        _condition(body, "Ready"),
        _age(body, now),
        ",".join(spec.get("zones") or ()),
        spec.get("region") or "",
        spec.get("provider") or "",
        spec.get("apiEndpoint") or "",
        spec.get("proxyURL") or "",
    )


def _bindings(files: Files) -> Sequence[Body]:
    from gitopsd.core.summary import read_bindings

    return read_bindings(files)


def _binding(body: Body, now: datetime) -> Row:
    return (
        dig(body, "metadata", "namespace", default=""),
        dig(body, "metadata", "name", default=""),
        _condition(body, "Scheduled"),
        _condition(body, "FullyApplied"),
        _age(body, now),
        dig(body, "decision", "policy", "name", default=""),
        ",".join(str(each.get("name")) for each in dig(body, "spec", "clusters", default=())),
    )


def _workloads(files: Files) -> Sequence[Body]:
    return [body for body in _bindings(files) if "replicas" in (body.get("spec") or {})]


def _workload(body: Body, now: datetime) -> Row:
    from gitopsd.model.page import cell

    members = dig(body, "members", default=())
    fine = sum(dig(line, "health") == "Current" for line in members)
    ready = sum(line.get("ready", 0) for line in members)
    wanted = sum(line.get("wanted", 0) for line in members)
    return (
        dig(body, "metadata", "namespace", default=""),
        str(_name(body) or ""),
        str(dig(body, "spec", "resource", "kind", default="")),
        f"{ready}/{wanted}",
        f"{fine}/{len(members)}",
        _worst(members),
        _age(body, now),
        " ".join(f"{line['cluster']}={cell(line).replace(' ', ':')}" for line in members),
    )


def _worst(members: Sequence[Body]) -> str:
    """The word that needs attention most: failed, then not applied, then not healthy."""
    order = ("Failed", "Skipped", "Pending", "Suspended")
    for state in order:
        if any(line.get("state") == state for line in members):
            return state
    for health in ("Failed", "Unknown", "Terminating", "InProgress", "NotFound"):
        if any(line.get("health") == health for line in members):
            return health
    return "Current" if members else "Pending"


def _problems(files: Files) -> Sequence[Body]:
    import msgspec

    from gitopsd.core.summary import read_problems

    return [msgspec.to_builtins(trouble) for trouble in read_problems(files)]


def _problem(body: Body, now: datetime) -> Row:
    where = body.get("file") or body.get("object") or ""
    line = f":{body['line']}" if body.get("line") and body.get("file") else ""
    return (
        str(body.get("severity", "")),
        f"{where}{line}",
        str(body.get("reason", "")),
        ",".join(body.get("clusters") or ()),
        str(body.get("message", "")),
        str(body.get("pointer", "")),
        str(body.get("object", "")),
    )


TABLES = (
    Table(
        ("clusters", "cluster"), ("clusters/",),
        ("NAME", "VERSION", "MODE", "READY", "AGE",
         "ZONES", "REGION", "PROVIDER", "API-ENDPOINT", "PROXY-URL"),
        narrow=5, identity=1, read=_clusters, row=_cluster,
    ),
    Table(
        ("bindings", "binding", "rb", "crb", "resourcebindings"), ("bindings/",),
        ("NAMESPACE", "NAME", "SCHEDULED", "FULLYAPPLIED", "AGE", "POLICY", "CLUSTERS"),
        narrow=5, identity=2, read=_bindings, row=_binding,
    ),
    Table(
        ("workloads", "workload"), ("bindings/",),
        ("NAMESPACE", "NAME", "KIND", "READY", "CLUSTERS", "HEALTH", "AGE", "MEMBERS"),
        narrow=7, identity=3, read=_workloads, row=_workload,
    ),
    Table(
        ("problems", "problem"), (),
        ("SEVERITY", "WHERE", "REASON", "CLUSTERS", "MESSAGE", "POINTER", "OBJECT"),
        narrow=5, identity=7, read=_problems, row=_problem,
    ),
)  # fmt: skip
