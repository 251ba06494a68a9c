"""Kubeconfig files: what a context says of a cluster and a user.

Comes in: a path, or several with `:` between them, of which the first that knows a name says what
it means. Goes out: a `Context` as plain mappings whose file names are absolute. Files are read
again when they changed. Words of the official package are left out: they quote what the files say.
"""

import copy
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from gitopsd.edge.credentials.official import kube_config
from gitopsd.model.errors import UsageError

Stamp = tuple[int, ...]

_FILES = ("certificate-authority", "client-certificate", "client-key", "tokenFile")


@dataclass(frozen=True, slots=True)
class Context:
    """What one context says. `folder` is where the user stands; programs are looked for there.

    `user` may be changed by whoever has it: refreshed tokens of identity providers stand there.
    `plugins` are the commands that may be run for it, None for any.
    """

    name: str
    server: str
    cluster: Mapping[str, Any] = field(repr=False)
    user: dict[str, Any] = field(repr=False)
    folder: str
    files: tuple[str, ...]
    plugins: tuple[str, ...] | None = None

    @property
    def is_asked(self) -> bool:
        """Whether somebody is asked for tokens who does not say how long they hold."""
        return bool(self.user.get("auth-provider"))


@dataclass(frozen=True, slots=True)
class Seen:
    """A context as it was read; the stamps are those of its files."""

    context: Context
    stamps: tuple[Stamp, ...] = ()


@dataclass(frozen=True, slots=True)
class _Merged:
    """All files as one, as the official package merges them."""

    current: str
    contexts: Mapping[str, Mapping[str, Any]]
    clusters: Mapping[str, tuple[Mapping[str, Any], str]]
    users: Mapping[str, tuple[Mapping[str, Any], str]]


def contexts(kubeconfig: Path) -> frozenset[str]:
    """Names of all contexts; raises UsageError for files that are no kubeconfig."""
    return frozenset(_merged_now(kubeconfig).contexts)


def context(kubeconfig: Path, name: str | None) -> Context:
    """What a context says, the current one for None; raises UsageError where that is not whole."""
    merged = _merged_now(kubeconfig)
    subject = str(kubeconfig)
    chosen = merged.current if name is None else name
    if chosen not in merged.contexts:
        what = f"no context {chosen!r}" if chosen else "no current context"
        raise UsageError(subject, f"{what}; known: {_names(merged.contexts)}")
    names = merged.contexts[chosen]
    cluster, at = _named(merged.clusters, names.get("cluster"), f"{subject}: cluster of {chosen}")
    user, folder = _named(merged.users, names.get("user"), f"{subject}: user of {chosen}")
    server = cluster.get("server")
    if not isinstance(server, str) or not server.startswith(("https://", "http://")):
        raise UsageError(subject, f"the cluster of context {chosen!r} has no server: https://…")
    files = _paths(kubeconfig)
    cluster, user = _absolute(cluster, at), _absolute(user, folder)
    read = [part[key] for part in (cluster, user) for key in _FILES if key in part]
    return Context(chosen, server.rstrip("/"), cluster, user, folder, (*files, *read))


@dataclass(frozen=True, slots=True)
class Kubeconfig:
    """A context of a kubeconfig as a source of credentials; None is the current one."""

    path: Path
    name: str | None
    plugins: tuple[str, ...] | None = None

    def first(self) -> Seen:
        """What the context says; raises UsageError where there is none."""
        found = replace(context(self.path, self.name), plugins=self.plugins)
        return Seen(found, stamps(found.files))

    def has_changed(self, seen: Seen) -> bool:
        return stamps(seen.context.files) != seen.stamps

    def again(self, seen: Seen) -> Seen:
        """The very same while no file changed: tokens that were refreshed stand there."""
        return self.first() if self.has_changed(seen) else seen


def stamps(files: tuple[str, ...]) -> tuple[Stamp, ...]:
    """What changes whenever one of these files does; a missing one has a stamp too."""
    return tuple(_stamp(file) for file in files)


def _stamp(file: str) -> Stamp:
    try:
        found = os.stat(file)
    except OSError:
        return ()
    return (found.st_mtime_ns, found.st_size, found.st_ino, found.st_dev)


def _paths(kubeconfig: Path) -> tuple[str, ...]:
    listed = str(kubeconfig).split(os.pathsep)
    return tuple(os.path.abspath(os.path.expanduser(each)) for each in listed if each)


def _merged_now(kubeconfig: Path) -> _Merged:
    paths = _paths(kubeconfig)
    for path in paths if len(paths) == 1 else ():
        if not os.path.isfile(path):
            raise UsageError(str(kubeconfig), "there is no such file")
    try:
        return _merged(paths, stamps(paths))
    except UsageError:
        raise
    except OSError as error:
        raise UsageError(str(kubeconfig), f"cannot be read: {error.strerror}") from None
    except Exception as error:
        raise UsageError(str(kubeconfig), f"is no kubeconfig: {type(error).__name__}") from None


@lru_cache(maxsize=256)
def _merged(paths: tuple[str, ...], _: tuple[Stamp, ...]) -> _Merged:
    found = kube_config().KubeConfigMerger(os.pathsep.join(paths)).config
    if found is None:
        raise UsageError(os.pathsep.join(paths), "there is no such file")
    clusters, users, listed = (
        {
            node.value["name"]: (node.value.get(kind) or {}, os.path.dirname(node.path))
            for node in found.value[f"{kind}s"]
        }
        for kind in ("cluster", "user", "context")
    )
    names = {name: body for name, (body, _) in listed.items()}
    return _Merged(found.value.get("current-context") or "", names, clusters, users)


def _named(
    known: Mapping[str, tuple[Mapping[str, Any], str]], name: Any, subject: str
) -> tuple[Mapping[str, Any], str]:
    if not name:
        return {}, ""
    if not isinstance(name, str) or name not in known:
        raise UsageError(subject, f"no {name!r}; known: {_names(known)}")
    body, folder = known[name]
    if not isinstance(body, dict):
        raise UsageError(subject, "is no mapping")
    return body, folder


def _absolute(body: Mapping[str, Any], folder: str) -> dict[str, Any]:
    """A copy of its own, in which names of files lead there from anywhere."""
    made = copy.deepcopy(dict(body))
    for key in _FILES:
        value = made.get(key)
        if isinstance(value, str) and value:
            made[key] = os.path.normpath(os.path.join(folder, value))
        else:
            made.pop(key, None)
    return made


def _names(known: Mapping[str, Any]) -> str:
    return ", ".join(sorted(known)) or "none"
