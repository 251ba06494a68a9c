"""A Chart of ours as something to build: the chart's folder, the files with values, the release.

Comes in: the reference and where it stands, and the tree. Goes out: a Build, or a Refusal. What
helm would fetch is found before it runs: a chart has its dependencies with it, in `charts/`.
"""

from collections.abc import Iterator
from contextlib import suppress

from gitopsd.core.sources.builds import Refusal
from gitopsd.core.sources.contents import Contents, NotTaken, joined
from gitopsd.core.sources.paths import MANIFESTS
from gitopsd.core.sources.roots import CHART
from gitopsd.core.sources.valueschemas import ARCHIVE, SCHEMA, Unpackable, leading_out, schemas_of
from gitopsd.kube.schemas import VERSIONS
from gitopsd.kube.yaml import YamlError, documents
from gitopsd.model.build import Build, ChartSpec, Hooks, Program, Release
from gitopsd.model.errors import GitopsdError
from gitopsd.model.problem import Problem
from gitopsd.model.resource import Resource


def chart_build(resource: Resource, spec: ChartSpec, contents: Contents) -> Build | Refusal:
    """What helm is asked for one Chart; nothing of a Refusal was run."""
    origin, key = resource.origin, resource.key
    gathering = _Gathering(origin.path.rpartition("/")[0], contents)
    try:
        folder = gathering.chart(spec.path)
        values = tuple(
            gathering.values(f"/spec/valuesFiles/{number}", path)
            for number, path in enumerate(spec.values_files)
        )
    except _Wrong as wrong:
        problem = Problem(
            origin.path, origin.line, wrong.pointer, wrong.words, "NotRendered", key=key.id
        )
        return Refusal(origin.path, (problem,), frozenset({*gathering.files, origin.path}))
    release = Release(
        asked=f"{origin.blob}#{origin.document}",
        name=key.name,
        namespace=key.namespace,
        values_files=values,
        values=spec.values,
        kube_version=spec.kube_version or VERSIONS[-1],
        api_versions=spec.api_versions,
        runs_hooks=spec.hooks is Hooks.RUN,
    )
    files = dict(sorted(gathering.files.items()))
    return Build(Program.HELM, origin.path, folder, files, origin.line, release)


def values_files(path: str, spec: ChartSpec) -> Iterator[str]:
    """The paths of the files with values that a Chart at this path names."""
    for each in spec.values_files:
        with suppress(NotTaken):
            yield joined(path.rpartition("/")[0], each)


def chart_folder(path: str, spec: ChartSpec) -> str | None:
    """The folder that a Chart at this path names; None where that leaves the repository."""
    try:
        return joined(path.rpartition("/")[0], spec.path)
    except NotTaken:
        return None


class _Wrong(Exception):
    def __init__(self, pointer: str, words: str) -> None:
        super().__init__(words)
        self.pointer = pointer
        self.words = words


class _Gathering:
    """The files of one Chart; `here` is the folder that its paths are relative to."""

    def __init__(self, here: str, contents: Contents) -> None:
        self.files: dict[str, str] = {}
        self._here = here
        self._contents = contents

    def chart(self, path: str) -> str:
        """The folder of the chart, with all that is in it taken."""
        where = "/spec/path"
        folder = self._joined(where, path)
        chart = f"{folder}/{CHART}" if folder else CHART
        if not self._contents.has_file(chart):
            raise _Wrong(where, f"{path} is no folder of this repository with a {CHART}")
        try:
            self.files |= self._contents.folder(folder)
            self._contents.check(self.files)
        except NotTaken as error:
            raise _Wrong(where, f"{path} {error}") from None
        for each, blob in self.files.items():
            self._check_schemas(where, each, blob)
        return folder

    def values(self, where: str, path: str) -> str:
        """The path of a file with values, which is taken."""
        target = self._joined(where, path)
        if not target.endswith(MANIFESTS):
            raise _Wrong(where, f"{path} must end in {', '.join(MANIFESTS)}")
        try:
            blob = self._contents.file(target)
        except NotTaken as error:
            raise _Wrong(where, f"{path} {error}") from None
        try:
            documents(self._read(where, blob))
        except YamlError as error:
            raise _Wrong(where, f"{path}:{error.line}: {error.message}") from None
        self.files[target] = blob
        return target

    def _check_schemas(self, where: str, path: str, blob: str) -> None:
        """Helm would follow a schema to wherever it leads, also one in an archive."""
        name = path.rpartition("/")[2]
        if name != SCHEMA and not name.endswith(ARCHIVE):
            return
        data = self._read(where, blob)
        try:
            schemas = [data] if name == SCHEMA else schemas_of(data)
            leads = next((each for schema in schemas for each in leading_out(schema)), "")
        except Unpackable as error:
            raise _Wrong(where, f"{path} {error}") from None
        if leads:
            raise _Wrong(where, f"{path} has a schema that refers to {leads}; none may lead out")

    def _joined(self, where: str, path: str) -> str:
        try:
            return joined(self._here, path)
        except NotTaken as error:
            raise _Wrong(where, f"{path} {error}") from None

    def _read(self, where: str, blob: str) -> bytes:
        try:
            return self._contents.read(blob)
        except GitopsdError as error:
            raise _Wrong(where, error.reason) from None
