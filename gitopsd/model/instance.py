"""One of several sets on a member, by the name of the instance that keeps it.

Stands alone because flags, files and other sets on a member name instances.
"""

from collections.abc import Sequence

from gitopsd.kube.names import label


def inventory_of(instance: str) -> str:
    """Name of the ApplySet parent in namespace `gitopsd-system` of every member."""
    return "gitopsd-inventory" if instance == "default" else f"gitopsd-inventory-{instance}"


def why_no_instance(name: str) -> str:
    """What is wrong with a name of an instance; empty where it is right."""
    if wrong := label(name):
        return wrong
    if name in ("status", "rendered") or name.startswith("status-"):
        return f"{name!r} would take the name of a branch of ours"
    return ""


def called(instances: Sequence[str]) -> str:
    """How messages speak of them: `instance platform`, `instances base, platform`."""
    return f"instance{'s' if len(instances) > 1 else ''} {', '.join(instances)}"
