"""`gitopsd status`: the whole on one screen, as the status branch says it."""

import argparse
from collections.abc import Iterable, Mapping, Sequence

from gitopsd.cli import flags, settings
from gitopsd.kube.body import Body, dig

NAME = "status"
HELP = "show clusters, workloads and problems at a glance"
FOLDERS = ("clusters/", "bindings/")

Files = Mapping[str, bytes]


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", default="", choices=("json", "yaml"), help="another form")
    flags.add(parser, flags.SOURCE, flags.WATCH)


def run(args: argparse.Namespace) -> int:
    from gitopsd.cli import branch

    config = settings.config(args)
    if args.watch:
        branch.follow(config, FOLDERS, lambda files: print(text(files, args.output), flush=True))
        return 0
    files = branch.files(config, FOLDERS)
    print(text(files, args.output))
    return exit_code(files)


def exit_code(files: Files) -> int:
    """1 where something needs a person."""
    from gitopsd.core.summary import read_status

    return 1 if read_status(files).get("phase") == "Degraded" else 0


def text(files: Files, output: str = "") -> str:
    """The screen, or status.yaml in the form asked for."""
    from gitopsd.cli import printing
    from gitopsd.core.summary import read_status

    status = read_status(files)
    if output:
        return printing.as_json(status) if output == "json" else printing.as_yaml(status)
    parts = [
        "\n".join(_verdict(status)),
        _stages(status),
        _clusters(files, status),
        _workloads(files),
        _problems(files),
    ]
    return "\n\n".join(part for part in parts if part)


def _verdict(status: Body) -> Iterable[str]:
    from gitopsd.cli import printing

    commit = str(dig(status, "source", "commit", default=""))
    latest = dig(status, "history", 0, default={})
    title = f" “{latest['title']}”" if latest.get("title") else ""
    by = f" by {latest['author']}" if latest.get("author") else ""
    phase = printing.painted(str(status.get("phase", "Unknown")))
    yield phase + printing.plain(f" at {commit[:12]}{title}{by}")
    if key := dig(status, "source", "key"):
        yield printing.plain(f"Signed by {dig(status, 'source', 'signer')} ({key}).")
    yield printing.plain(str(status.get("message", "")))


def _stages(status: Body) -> str:
    from gitopsd.cli import printing

    rows = [
        (
            str(line["name"]),
            str(line["state"]),
            f"{line['passed']}/{line['clusters']}",
            str(line.get("message", "")),
        )
        for line in status.get("stages") or ()
    ]
    return printing.table(("STAGE", "STATE", "CLUSTERS", "MESSAGE"), rows) if rows else ""


def _clusters(files: Files, status: Body) -> str:
    from gitopsd.cli import printing
    from gitopsd.core.summary import read_clusters

    known = read_clusters(files)
    rows = []
    for line in status.get("clusters") or ():
        cluster = known.get(line["name"])
        facts = cluster.facts if cluster else None
        rows.append(
            (
                line["name"],
                str(bool(line.get("reachable"))),
                facts.kubernetes_version if facts else "",
                _objects(line),
                cluster.region if cluster else "",
                cluster.provider if cluster else "",
            )
        )
    header = ("CLUSTER", "REACHABLE", "VERSION", "OBJECTS", "REGION", "PROVIDER")
    return printing.table(header, rows) if rows else ""


def _objects(line: Body) -> str:
    """How many are as wanted, and how many stay as they are until something lets them go on."""
    held = f", {line['held']} held" if line.get("held") else ""
    return f"{line.get('current', 0)}/{line.get('wanted', 0)}{held}"


def _workloads(files: Files) -> str:
    from gitopsd.cli import printing
    from gitopsd.core.summary import read_bindings
    from gitopsd.model.page import cell

    bindings = [body for body in read_bindings(files) if "replicas" in (body.get("spec") or {})]
    names = sorted({line["cluster"] for body in bindings for line in body.get("members") or ()})
    if not names:
        return ""
    rows: list[Sequence[str]] = []
    for body in bindings:
        cells = {line["cluster"]: cell(line) for line in body.get("members") or ()}
        resource = dig(body, "spec", "resource", default={})
        where = "/".join(part for part in (resource.get("namespace"), resource["name"]) if part)
        rows.append((resource["kind"], where, *(cells.get(name, "-") for name in names)))
    return printing.table(("KIND", "WORKLOAD", *names), rows)


def _problems(files: Files) -> str:
    from gitopsd.cli import printing
    from gitopsd.core.summary import read_problems

    troubles = read_problems(files)
    rows = [
        (each.severity.value, each.where, each.message, ",".join(each.clusters))
        for each in troubles
    ]
    header = ("SEVERITY", "WHERE", "MESSAGE", "CLUSTERS")
    return printing.table(header, rows) if rows else ""
