"""Folders that are rendered, not read: charts and kustomizations.

Comes in: the paths of a tree. Goes out: the folders of charts, those of kustomizations, and which
kustomizations no other one refers to: these are the roots that a renderer would be given.
"""

from collections.abc import Callable, Iterable, Mapping

from gitopsd.kube.body import dig
from gitopsd.kube.yaml import YamlError, documents

CHART = "Chart.yaml"
KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")

_REFERENCES = ("resources", "bases", "components")


def charts(paths: Iterable[str]) -> frozenset[str]:
    """Folders that hold a chart; empty text for the root."""
    return frozenset(
        path.rpartition("/")[0]
        for path in paths
        if path.endswith(CHART) and path.rpartition("/")[2] == CHART
    )


def kustomizations(paths: Iterable[str]) -> Mapping[str, str]:
    """The path of each kustomization by its folder."""
    return {
        path.rpartition("/")[0]: path
        for path in paths
        if path.endswith(KUSTOMIZATIONS) and path.rpartition("/")[2] in KUSTOMIZATIONS
    }


def unreferenced(found: Mapping[str, str], read: Callable[[str], bytes]) -> tuple[str, ...]:
    """Paths of kustomizations that no other one refers to, sorted; `read` takes a path."""
    referred = {each for folder, path in found.items() for each in _referred(folder, read(path))}
    return tuple(sorted(path for folder, path in found.items() if folder not in referred))


def _referred(folder: str, data: bytes) -> set[str]:
    try:
        bodies = [each.body for each in documents(data)]
    except YamlError:
        return set()
    named = [
        each
        for body in bodies
        for field in _REFERENCES
        for each in _list(dig(body, field))
        if isinstance(each, str) and "://" not in each
    ]
    return {_joined(folder, each) for each in named}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _joined(folder: str, said: str) -> str:
    steps = folder.split("/") if folder else []
    for step in said.split("/"):
        if step == ".." and steps:
            steps.pop()
        elif step not in ("", ".", ".."):
            steps.append(step)
    return "/".join(steps)
