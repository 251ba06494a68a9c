"""Objects that a person hands over as files, outside of any repository."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitopsd.kube.body import dig
from gitopsd.model.cluster import Cluster
from gitopsd.model.errors import UsageError
from gitopsd.model.problem import Problem, Severity
from gitopsd.model.resource import Origin, Resource, ResourceKey, split_api_version

if TYPE_CHECKING:
    from gitopsd.core.kinds import Item


def read_object(path: Path) -> Resource:
    """The one object of a file; raises UsageError for any other content."""
    found = _documents(path)
    if len(found) != 1:
        raise UsageError(str(path), f"holds {len(found)} documents; right would be one object")
    (body,) = found
    named = isinstance(body, Mapping) and all(
        isinstance(body.get(name), str) and body[name] for name in ("apiVersion", "kind")
    )
    if not named:
        raise UsageError(str(path), "has no apiVersion or no kind, so it is no object")
    group, version = split_api_version(body["apiVersion"])
    where = (dig(body, "metadata", name, default="") for name in ("namespace", "name"))
    return Resource(ResourceKey(group, body["kind"], *where), version, body, Origin(str(path)))


def read_cluster(path: Path) -> Cluster:
    """The one Cluster of a file; raises UsageError for any other content, and for what is wrong."""
    from gitopsd.core.load.file import read_file
    from gitopsd.core.load.parsed import Sort

    try:
        file = read_file(str(path), "", path.expanduser().read_bytes())
    except OSError as error:
        raise UsageError(str(path), error.strerror or "cannot be read") from None
    wrong = [each for each in file.problems if each.severity is Severity.ERROR]
    if wrong:
        raise UsageError("--what-if", str(wrong[0]))
    found = [each.value for each in file.objects if each.sort is Sort.CLUSTER]
    if len(found) != 1:
        raise UsageError(str(path), f"holds {len(found)} Clusters; right would be one")
    cluster: Cluster = found[0]
    return cluster


def _documents(path: Path) -> list[Any]:
    from gitopsd.kube.yaml import YamlError, documents

    try:
        return [each.body for each in documents(path.read_bytes())]
    except YamlError as error:
        raise UsageError(f"{path}:{error.line}", error.message) from None
    except OSError as error:
        raise UsageError(str(path), error.strerror or "cannot be read") from None


def read_items(path: Path) -> list["Item"]:
    """How the object stands in clusters, sorted by cluster; from a list, several documents or a
    ResourceBinding. Raises UsageError for anything else.
    """
    from gitopsd.core.kinds import Item

    found = _documents(path)
    listed = found[0] if len(found) == 1 and isinstance(found[0], list) else found
    if len(found) == 1 and dig(found[0], "status", "aggregatedStatus") is not None:
        listed = found[0]["status"]["aggregatedStatus"]
    items = []
    for each in listed:
        if not isinstance(each, Mapping) or not isinstance(each.get("clusterName"), str):
            raise UsageError(str(path), "has an item without clusterName")
        status = each.get("status")
        if status is not None and not isinstance(status, Mapping):
            raise UsageError(str(path), f"the status of {each['clusterName']} is no mapping")
        items.append(
            Item(
                each["clusterName"],
                status,
                each.get("applied") is True,
                str(each.get("appliedMessage") or ""),
                str(each.get("health") or ""),
            )
        )
    return sorted(items, key=lambda item: item.cluster)


def read_customizations(paths: Iterable[str]) -> tuple[list[Resource], list[Problem]]:
    """The customizations of these files, and every mistake in them.

    Raises UsageError for a file that is not there or holds none.
    """
    from gitopsd.core.load.file import read_file
    from gitopsd.core.load.parsed import Sort

    found: list[Resource] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            data = Path(path).expanduser().read_bytes()
        except OSError as error:
            raise UsageError(path, error.strerror or "cannot be read") from None
        file = read_file(path, "", data)
        problems += [each for each in file.problems if each.severity is Severity.ERROR]
        own = [each.resource for each in file.objects if each.sort is Sort.CUSTOMIZATION]
        if not own and not problems:
            raise UsageError(path, "holds no ResourceInterpreterCustomization")
        found += own
    return found, problems
