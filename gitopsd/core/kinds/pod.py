"""Pod: one replica, by itself."""

from collections.abc import Mapping
from typing import Any

from gitopsd.core.kinds.kind import Dependency, Items, Kind, Status, mappings, namespace, text
from gitopsd.core.kinds.pods import dependencies as pod_dependencies
from gitopsd.core.kinds.pods import requirements
from gitopsd.core.kinds.statuses import with_status
from gitopsd.kube.body import Body
from gitopsd.model.decision import Need

# The worst comes first; a member that has not reported counts as Pending.
_PHASES = ("Failed", "Pending", "Running", "Succeeded")
_RETAINED = ("nodeName", "serviceAccountName", "volumes")


def need(body: Body) -> Need:
    """One replica."""
    return Need(1, requirements(body))


def dependencies(body: Body) -> tuple[Dependency, ...]:
    """What the pod names."""
    return pod_dependencies(body.get("spec") or {}, namespace(body))


def is_healthy(body: Body) -> bool:
    """It has succeeded, or runs and is ready."""
    status = body.get("status") or {}
    phase = text(status, "phase")
    if phase != "Running":
        return phase == "Succeeded"
    ready = [each for each in mappings(status, "conditions") if each.get("type") == "Ready"]
    return bool(ready) and ready[0].get("status") == "True"


def retain(desired: Body, observed: Body) -> Body:
    """The member keeps what its scheduler and admission set: node, account, volumes, mounts."""
    seen: Body = observed.get("spec") or {}
    spec = dict(desired.get("spec") or {})
    for name in _RETAINED:
        _take(spec, name, seen.get(name))
    for name in ("containers", "initContainers"):
        if spec.get(name):
            mounts = {each.get("name"): each.get("volumeMounts") for each in mappings(seen, name)}
            spec[name] = _mounted(mappings(spec, name), mounts)
    return {**desired, "spec": spec}


def aggregate(body: Body, items: Items, now: str) -> Body:
    """The worst phase, and every container's readiness and state. No items at all: unchanged."""
    if items is None:
        return body
    phases = {
        text(item.status, "phase") if item.status is not None else "Pending" for item in items
    }
    status: dict[str, Any] = {}
    for field in ("containerStatuses", "initContainerStatuses"):
        found = [
            _container(each)
            for item in items
            if item.status is not None
            for each in mappings(item.status, field)
        ]
        if found:
            status[field] = found
    phase = next((each for each in _PHASES if each in phases), "")
    return with_status(body, {**status, **({"phase": phase} if phase else {})})


def _container(status: Status) -> dict[str, Any]:
    """What is told of a container; the API writes the other fields empty."""
    return {
        "name": "",
        "image": "",
        "imageID": "",
        "restartCount": 0,
        "lastState": {},
        "ready": bool(status.get("ready")),
        "state": status.get("state") or {},
    }


def _mounted(
    containers: tuple[Mapping[str, Any], ...], mounts: Mapping[Any, Any]
) -> list[Mapping[str, Any]]:
    """Containers with the mounts that their namesakes have, once for each name."""
    left = dict(mounts)
    result: list[Mapping[str, Any]] = []
    for container in containers:
        if container.get("name") in left:
            changed = dict(container)
            _take(changed, "volumeMounts", left.pop(container.get("name")))
            result.append(changed)
        else:
            result.append(dict(container))
    return result


def _take(holder: dict[str, Any], name: str, value: Any) -> None:
    if value:
        holder[name] = value
    else:
        holder.pop(name, None)


KIND = Kind(
    group="",
    version="v1",
    name="Pod",
    need=need,
    retain=retain,
    aggregate=aggregate,
    is_healthy=is_healthy,
    dependencies=dependencies,
)
