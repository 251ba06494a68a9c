"""The past of one object: when it came to which clusters, by which commit, and when it was well.

Comes in: the log of the rendered branch (what clusters were to hold) and of the status branch (how
that went). Goes out: a line for every commit that changed something of it on some clusters, newest
first; where stages let a change through one after the other, a line for each time.
"""

import argparse
import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from gitopsd.kube.body import Body, dig
from gitopsd.model.config import Config
from gitopsd.model.errors import UsageError
from gitopsd.model.resource import ResourceKey, split_api_version

if TYPE_CHECKING:
    from gitopsd.edge.git import Entry, Remote, Trace

Read = Callable[[str], Body]


class Line(msgspec.Struct, frozen=True, rename="camel"):
    """What a commit did to the object on these clusters, and when it was first seen well on each.

    `change` is `placed`, `changed` or `removed`; `since` is when the branch first said so.
    """

    commit: str
    title: str
    since: str
    change: str
    clusters: tuple[str, ...]
    healthy: Mapping[str, str]


class _Turn(NamedTuple):
    """One commit of the rendered branch that changed something of the object."""

    source: str
    title: str
    time: datetime
    change: str
    clusters: tuple[str, ...]


def show(config: Config, args: argparse.Namespace) -> int:
    """Prints the past of what is meant, which may be several objects of one name; 1 for none."""
    from contextlib import closing

    from gitopsd.cli import printing
    from gitopsd.daemon.viewing import remote

    keys = _meant(config, args)
    with closing(remote(config)) as found:
        pasts = {key: asyncio.run(_past(found, config, key, args.limit)) for key in keys}
    known = {key: shown for key, shown in pasts.items() if shown}
    if not known:
        print(f"Nothing was ever placed of {args.object} in namespace {args.namespace}.")
        if "." not in args.object.partition("/")[0]:
            print("What is not there any more needs its group: deployment.apps/web")
        return 1
    if args.output in ("json", "yaml"):
        bodies = [
            {"object": key.id, **msgspec.to_builtins(line)}
            for key, shown in known.items()
            for line in shown
        ]
        print(printing.listed(bodies, args.output))
    else:
        titles = (f"{key}\n" if len(known) > 1 else "" for key in known)
        tables = (text(shown, is_wide=args.output == "wide") for shown in known.values())
        print("\n\n".join(title + table for title, table in zip(titles, tables, strict=True)))
    return 0


async def _past(found: "Remote", config: Config, key: ResourceKey, most: int) -> Sequence[Line]:
    from gitopsd.core.summary import paths, read_bindings

    def read(blob: str) -> Body:
        return next(iter(read_bindings({paths.BINDINGS: found.read(blob)})), {})

    rendered = await found.traces(config.rendered_branch, paths.of_object(key))
    told = await found.log(config.status_branch, paths.of_binding(key))
    return lines(rendered, told, read, most)


def _meant(config: Config, args: argparse.Namespace) -> Sequence[ResourceKey]:
    """The objects that are there now; else the one that the words name, with its group."""
    from gitopsd.cli import branch, explain

    kind, _, name = args.object.partition("/")
    if not kind or not name:
        raise UsageError(args.object, "names no object; right would be KIND/NAME: deployment/web")
    bodies = explain.find(branch.files(config, explain.FOLDERS), kind, name, args.namespace)
    there = [dig(body, "spec", "resource", default={}) for body in bodies]
    if not there:
        word, _, group = explain.full(kind.lower()).partition(".")
        spaces = (args.namespace, "")
        return [ResourceKey(group, word, space, name) for space in spaces]
    return [
        ResourceKey(
            split_api_version(each["apiVersion"])[0],
            each["kind"],
            each.get("namespace", ""),
            each["name"],
        )
        for each in there
    ]


def lines(
    rendered: Iterable["Trace"], told: Sequence["Entry"], read: Read, most: int
) -> Sequence[Line]:
    """The newest lines, at most so many. Both logs have the newest first; `read` gives bindings."""
    turns = list(reversed(_turns(rendered)))
    shown = turns[:most]
    seen = _Seen([each for each in told if shown and each.time >= shown[-1].time], read)
    ends: dict[str, datetime] = {}
    found = []
    for turn in shown:
        well = {name: seen.well(name, turn, ends.get(name)) for name in turn.clusters}
        ends.update(dict.fromkeys(turn.clusters, turn.time))
        healthy = {name: _text(at) for name, at in well.items() if at}
        found.append(
            Line(turn.source, turn.title, _text(turn.time), turn.change, turn.clusters, healthy)
        )
    return found


def text(shown: Sequence[Line], *, is_wide: bool = False) -> str:
    """The table; of a line whose clusters are not all well it says how many are.

    The wide one has a row for each cluster.
    """
    from gitopsd.cli import printing
    from gitopsd.core.review.findings import some

    header = ("COMMIT", "CHANGE", "CLUSTERS", "WHEN", "HEALTHY", "TITLE")
    rows = [
        (each.commit[:12], each.change, some(names), each.since, _well(each, names), each.title)
        for each in shown
        for names in ([(name,) for name in each.clusters] if is_wide else [each.clusters])
    ]
    return printing.table(header, rows)


def _well(line: Line, names: Sequence[str]) -> str:
    if line.change == "removed":
        return "-"
    well = [line.healthy[name] for name in names if name in line.healthy]
    if len(well) < len(names):
        return f"{len(well)} of {len(names)}"
    return max(well)


class _Seen:
    """How the object did on each cluster, by what the status branch said."""

    def __init__(self, told: Iterable["Entry"], read: Read) -> None:
        from gitopsd.cli.history import source_of

        self._told = [(each.time, source_of(each.message), each.blob) for each in reversed([*told])]
        self._read = read
        self._bodies: dict[str, frozenset[str]] = {}

    def well(self, cluster: str, turn: _Turn, until: datetime | None) -> datetime | None:
        """When it was first well there after a change, before the next one; None for never."""
        for time, source, blob in self._told:
            if until is not None and time >= until:
                return None
            is_after = time > turn.time or (time == turn.time and source == turn.source)
            if is_after and cluster in self._well_at(blob):
                return time
        return None

    def _well_at(self, blob: str) -> frozenset[str]:
        from gitopsd.model.page import is_fine

        if blob not in self._bodies:
            members = self._read(blob).get("members") or () if blob else ()
            self._bodies[blob] = frozenset(each["cluster"] for each in members if is_fine(each))
        return self._bodies[blob]


def _turns(rendered: Iterable["Trace"]) -> Sequence[_Turn]:
    """The oldest first."""
    from gitopsd.cli.history import source_of
    from gitopsd.core.summary.paths import cluster_of

    before: Mapping[str, str] = {}
    found = []
    for each in reversed([*rendered]):
        changes: dict[str, list[str]] = {}
        for folder in sorted({*before, *each.blobs}):
            was, now = before.get(folder), each.blobs.get(folder)
            if was != now:
                word = "placed" if was is None else "removed" if now is None else "changed"
                changes.setdefault(word, []).append(cluster_of(folder))
        before = each.blobs
        source = source_of(each.message)
        for word, clusters in sorted(changes.items()):
            title = _title(each.message, source)
            found.append(_Turn(source, title, each.time, word, tuple(clusters)))
    return found


def _title(message: str, source: str) -> str:
    """The title of the commit that was acted on, behind the verdict and the short commit."""
    return message.partition("\n")[0].partition(f" {source[:12]} ")[2]


def _text(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
