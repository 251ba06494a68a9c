"""One of several sets on a member, by the name of the instance that keeps it.

Stands alone because flags, files and other sets on a member name instances.
"""

from collections.abc import Sequence

from gitopsd.kube.names import label

_INVENTORY = "gitopsd-inventory"


def inventory_of(instance: str) -> str:
    """Name of the ApplySet parent in namespace `gitopsd-system` of every member."""
    return _INVENTORY if instance == "default" else f"{_INVENTORY}-{instance}"


def instance_of(inventory: str) -> str:
    """The instance whose parent has this name; raises ValueError for any other name."""
    name = inventory.removeprefix(f"{_INVENTORY}-") if inventory != _INVENTORY else "default"
    if inventory_of(name) != inventory:
        raise ValueError(f"{inventory!r} is no name of an inventory")
    return name


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
