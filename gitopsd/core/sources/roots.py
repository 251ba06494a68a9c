"""Folders that are rendered, not read: charts and kustomizations.

Comes in: the paths of a tree. Goes out: the folders of charts, and those of kustomizations.
"""

from collections.abc import Iterable, Mapping

CHART = "Chart.yaml"
KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")


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
