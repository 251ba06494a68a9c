"""What one kustomization names: folders and files, and what is neither fetched nor run.

Comes in: its bytes. Goes out: `Kustomization`. Go's decoder, which kustomize reads it with, takes
`Resources` for `resources`; so does this, or a name could pass unseen.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from gitopsd.kube.wording import pointer
from gitopsd.kube.yaml import YamlError, documents

_FOLDERS = ("resources", "bases", "components")
_FILES = ("crds", "configurations")
_TEXTS = ("patchesStrategicMerge",)
_WITH_PATH = ("patches", "patchesJson6902", "replacements")
_GENERATORS = ("configMapGenerator", "secretGenerator")
_PLUGINS = ("generators", "transformers", "validators")
_CHARTS = ("helmCharts", "helmChartInflationGenerator", "helmGlobals")
# Fields that name files wherever they stand; in configurations of plugins `path` may be a field.
_INNER = ("path", "paths", "files", "env", "envs")
_OWN_CASE = {
    name.casefold(): name
    for names in (_FOLDERS, _FILES, _TEXTS, _WITH_PATH, _GENERATORS, _PLUGINS, _CHARTS, _INNER)
    for name in names
}
_REMOTE = re.compile(
    r"://|^git@|^[\w-]+(\.[\w-]+)*\.[a-z]{2,}[/:].*/|\?(ref|version)=", re.IGNORECASE
)


class Sort(Enum):
    """What a name may lead to."""

    FOLDER = "a folder with a kustomization, or a file"
    FILE = "a file"
    PLUGIN = "a file with configurations of built-in plugins"
    PERHAPS = "a file, or no path at all"


@dataclass(frozen=True, slots=True)
class Named:
    """A path as it is written, relative to the kustomization, and where."""

    pointer: str
    path: str
    sort: Sort = Sort.FILE


@dataclass(frozen=True, slots=True)
class Kustomization:
    """`wrong` are line, pointer and words; with `is_unknown` it may name anything."""

    named: tuple[Named, ...] = ()
    wrong: tuple[tuple[int, str, str], ...] = ()
    is_component: bool = False
    is_unknown: bool = False


def read_kustomization(data: bytes) -> Kustomization:
    """What stands in it; never raises."""
    try:
        found = documents(data)
    except YamlError as error:
        return _unknown(error.line, error.message)
    if len(found) != 1 or not isinstance(found[0].body, Mapping):
        return _unknown(1, "must be one mapping; kustomize reads nothing else")
    try:
        body = _folded("", found[0].body)
        named = tuple(_named(body))
    except _Wrong as wrong:
        return _unknown(1, wrong.words, wrong.pointer)
    refused = [(0, f"/{name}", _CHART_WORDS) for name in _CHARTS if name in body]
    is_component = str(body.get("kind", "")).casefold() == "component"
    return Kustomization(named, tuple(refused), is_component)


def plugin_files(data: bytes) -> tuple[str, ...]:
    """What configurations of built-in plugins may name; nothing where it is no YAML."""
    try:
        return tuple(
            path for each in documents(data) for path in _plugin_files(_folded("", each.body))
        )
    except (YamlError, _Wrong):
        return ()


def secret_literals(body: Mapping[str, Any]) -> Iterator[str]:
    """The values that a kustomization makes Secrets of, as they stand in it."""
    generators = body.get("secretGenerator")
    for each in generators if isinstance(generators, list) else ():
        literals = each.get("literals") if isinstance(each, Mapping) else None
        for literal in literals if isinstance(literals, list) else ():
            yield str(literal).partition("=")[2] or str(literal)


def is_remote(path: str) -> bool:
    """Whether a name looks like something to fetch."""
    return _REMOTE.search(path) is not None


_CHART_WORDS = "charts are not inflated by kustomize here; write a Chart of gitopsd.io/v1alpha1"


class _Wrong(Exception):
    def __init__(self, pointer: str, words: str) -> None:
        super().__init__(words)
        self.pointer = pointer
        self.words = words


def _unknown(line: int, words: str, where: str = "") -> Kustomization:
    return Kustomization(wrong=((line, where, words),), is_unknown=True)


def _named(body: Mapping[str, Any]) -> Iterator[Named]:
    for name in _FOLDERS:
        for where, path in _paths(body, name):
            yield Named(where, path, Sort.FOLDER)
    for name in _FILES:
        for where, path in _paths(body, name):
            yield Named(where, path)
    for name in _TEXTS:
        for where, path in _paths(body, name):
            if not _is_inline(path):
                yield Named(where, path)
    for name in _WITH_PATH:
        for where, item in _items(body, name):
            yield from _one(item, "path", where)
    yield from _one(body.get("openapi"), "path", "/openapi")
    for name in _GENERATORS:
        for where, item in _items(body, name):
            yield from _sources(item, where)
    for name in _PLUGINS:
        for where, path in _paths(body, name):
            if not _is_inline(path):
                yield Named(where, path, Sort.PLUGIN)
                continue
            for each in plugin_files(path.encode()):
                yield Named(where, each, Sort.PERHAPS)


def _sources(item: Any, where: str) -> Iterator[Named]:
    """The files of a generator; those of `files` may have their key before a `=`."""
    if not isinstance(item, Mapping):
        return
    for each, path in _paths(item, "files"):
        yield Named(where + each, path.partition("=")[2] or path)
    for each, path in _paths(item, "envs"):
        yield Named(where + each, path)
    yield from _one(item, "env", where)


def _one(item: Any, name: str, where: str) -> Iterator[Named]:
    path = item.get(name) if isinstance(item, Mapping) else None
    if path is None or path == "":
        return
    if not isinstance(path, str):
        raise _Wrong(f"{where}/{name}", "must be a path")
    yield Named(f"{where}/{name}", path)


def _paths(body: Mapping[str, Any], name: str) -> Iterator[tuple[str, str]]:
    for where, item in _items(body, name):
        if not isinstance(item, str) or not item:
            raise _Wrong(where, "must be a path; put it in quotes")
        yield where, item


def _items(body: Mapping[str, Any], name: str) -> Iterator[tuple[str, Any]]:
    found = body.get(name)
    if found is None:
        return
    if not isinstance(found, list):
        raise _Wrong(f"/{name}", "must be a list")
    for number, item in enumerate(found):
        yield f"/{name}/{number}", item


def _is_inline(text: str) -> bool:
    return "\n" in text or text.lstrip().startswith("{")


def _plugin_files(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _plugin_files(item)
    if not isinstance(value, Mapping):
        return
    for name, item in value.items():
        if name not in _INNER:
            yield from _plugin_files(item)
            continue
        for path in item if isinstance(item, list) else [item]:
            if isinstance(path, str) and path:
                yield path.partition("=")[2] or path


def _folded(where: str, value: Any) -> Any:
    """The same with all keys in the case we know them by; raises _Wrong where two become one."""
    if isinstance(value, list):
        return [_folded(f"{where}/{number}", item) for number, item in enumerate(value)]
    if not isinstance(value, Mapping):
        return value
    found: dict[str, Any] = {}
    for key, item in value.items():
        name = str(key).casefold()
        name = _OWN_CASE.get(name, name)
        here = where + pointer((str(key),))
        if name in found and (not where or name in _INNER):
            raise _Wrong(here, f"stands there twice, as {key!r} and in other letters")
        found[name] = _folded(here, item)
    return found
