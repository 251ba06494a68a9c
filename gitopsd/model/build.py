"""What a program makes of files of the repository: kustomize of kustomizations, helm of charts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import msgspec

from gitopsd.kube.wire import hash_of

BUILT_BYTES = 16 * 1024 * 1024
"""The most that a program may print."""


class Program(StrEnum):
    """Who builds."""

    KUSTOMIZE = "kustomize"
    HELM = "helm"


class Hooks(StrEnum):
    """What becomes of the chart's hooks of helm."""

    LEAVE_OUT = "leave-out"
    RUN = "run"


class ChartSpec(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A Chart of ours: which chart, and with which values; paths are relative to its own file.

    Later values files win over earlier ones, `values` over all of them.
    """

    path: str
    values_files: tuple[str, ...] = ()
    values: Mapping[str, Any] = msgspec.field(default_factory=dict)
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()
    hooks: Hooks = Hooks.LEAVE_OUT


class Release(msgspec.Struct, frozen=True):
    """What helm is told of a chart besides its files; `values_files` are paths of the repository.

    `asked` is the blob and the document that ask for it, `values` win over all files.
    """

    asked: str
    name: str
    namespace: str
    values_files: tuple[str, ...] = ()
    values: Mapping[str, Any] = msgspec.field(default_factory=dict)
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()
    runs_hooks: bool = False


@dataclass(frozen=True, eq=False)
class Build:
    """One thing to build: `folder` holds the kustomization or the chart, `path` and `line` are what
    asks for it. `files` are all that may be read, path to blob.
    """

    program: Program
    path: str
    folder: str
    files: Mapping[str, str]
    line: int = 1
    release: Release | None = None

    @cached_property
    def id(self) -> str:
        """What the result follows from, by blob ids alone: nobody can guess values from it.

        It stands where a blob id would, since no file has these bytes.
        """
        release = self.release
        asked = [release.asked, release.namespace, release.name] if release else []
        return hash_of([self.program, self.path, self.folder, asked, self.files])[:40]


@dataclass(frozen=True, slots=True)
class Built:
    """What a program printed; or, if `failure` is not empty, why there is nothing.

    `is_final` says that the same files would come to the same again, `is_under_way` that it is
    still being built.
    """

    output: bytes = b""
    failure: str = ""
    is_final: bool = True
    is_under_way: bool = False


UNDER_WAY = Built(
    failure="is being rendered; until then all of it stays as it is",
    is_final=False,
    is_under_way=True,
)


Builder = Callable[[Sequence[Build]], Sequence[Built]]
"""Builds all, in the order asked for; the same build comes to the same. What is not among these is
not asked for any more.
"""
