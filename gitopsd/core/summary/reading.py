"""The status branch read back: what the next process and the command line need.

Comes in: the branch's files. Goes out: Memory, Clusters with their last facts, bindings, troubles.
A file that is not as we write it is passed over: losing it costs clocks, never objects.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from gitopsd.core.summary import approvals, memory, paths
from gitopsd.kube import yaml
from gitopsd.kube.body import Body
from gitopsd.model.cluster import Cluster, Facts, read_cluster
from gitopsd.model.memory import Landed, Memory, Remembered
from gitopsd.model.page import Trouble
from gitopsd.model.resource import ResourceKey

Files = Mapping[str, bytes]


def read_memory(files: Files) -> Memory:
    """All that the branch remembers; empty for no files. Those of `paths.REMEMBERED` are enough."""
    templates: dict[ResourceKey, Remembered] = {}
    applied: dict[str, dict[ResourceKey, str]] = {}
    for path, data in files.items():
        if not path.startswith(paths.MEMORY) or path == paths.GATING:
            continue
        for key, known, held in memory.read(data):
            if known is not None:
                templates[key] = known
            for cluster, applied_hash in held.items():
                applied.setdefault(cluster, {})[key] = applied_hash
    return Memory(
        read_clusters(files),
        templates,
        applied,
        _history(read_status(files)),
        memory.read_gating(files.get(paths.GATING, b"")),
        approvals.read(bodies(files, paths.APPROVALS)),
    )


def read_clusters(files: Files) -> Mapping[str, Cluster]:
    """The Clusters of the last decision by name, with the facts last known."""
    found = {}
    for body in bodies(files, paths.CLUSTERS):
        try:
            cluster = read_cluster(body)
        except msgspec.ValidationError:
            continue
        if cluster.name:
            found[cluster.name] = cluster
    return dict(sorted(found.items()))


def read_facts(files: Files) -> Mapping[str, Facts]:
    """The last known facts of every member that ever had some."""
    return {name: each.facts for name, each in read_clusters(files).items() if each.facts}


def read_bindings(files: Files) -> Sequence[Body]:
    """The binding files as they are, by path."""
    return tuple(bodies(files, paths.BINDINGS))


def read_problems(files: Files) -> Sequence[Trouble]:
    """The entries of problems.yaml in its order."""
    found: Any = _body(files.get(paths.PROBLEMS, b""))
    try:
        return msgspec.convert(found.get("problems", ()), tuple[Trouble, ...])
    except msgspec.ValidationError:
        return ()


def read_status(files: Files) -> Body:
    """status.yaml; empty where there is none."""
    return _body(files.get(paths.STATUS, b""))


def _history(status: Body) -> tuple[Landed, ...]:
    try:
        return msgspec.convert(status.get("history", ()), tuple[Landed, ...])
    except msgspec.ValidationError:
        return ()


def bodies(files: Files, folder: str) -> Iterator[Body]:
    """The documents of a folder by path; a file that is none is passed over."""
    for path in sorted(files):
        if path.startswith(folder) and (body := _body(files[path])):
            yield body


def _body(data: bytes) -> Body:
    try:
        found = yaml.documents(data)
    except yaml.YamlError:
        return {}
    body = found[0].body if found else {}
    return body if isinstance(body, Mapping) else {}
