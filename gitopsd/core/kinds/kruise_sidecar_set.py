"""SidecarSet of OpenKruise: containers that are added to other pods."""

from collections.abc import Iterator

from gitopsd.core.kinds.custom_workload import collected
from gitopsd.core.kinds.kind import (
    Dependency,
    Items,
    Kind,
    Misread,
    Status,
    integer,
    mappings,
    namespace,
)
from gitopsd.core.kinds.statuses import status_of, with_status
from gitopsd.kube.body import Body, dig
from gitopsd.model.decision import Need

_COUNTERS = ("matchedPods", "updatedPods", "readyPods")


def need(body: Body) -> Need:
    """It runs no pods of its own."""
    return Need()


def retain(desired: Body, observed: Body) -> Body:
    """Nothing is kept."""
    return desired


def reflect(body: Body) -> Status:
    """The counters; nothing for no status."""
    status = status_of(body)
    return {} if status is None else {name: integer(status, name) for name in _COUNTERS}


def aggregate(body: Body, items: Items, now: str) -> Body:
    """Sums; raises Misread where there are no items at all."""
    if items is None:
        raise Misread("there are no items")
    statuses = collected(items)
    status = {name: sum(integer(each, name) for each in statuses) for name in _COUNTERS}
    return with_status(body, status)


def is_healthy(body: Body) -> bool:
    """All pods that it means have the newest containers."""
    status = dig(body, "status")
    if status is None:
        return False
    matched = integer(status, "matchedPods")
    return matched == 0 or integer(status, "updatedPods") == matched


def dependencies(body: Body) -> tuple[Dependency, ...]:
    """What its containers and volumes name, each once."""
    named = dict.fromkeys(_named(dig(body, "spec", default={})))
    return tuple(Dependency("v1", kind, namespace(body), name) for kind, name in named)


def _named(spec: Body) -> Iterator[tuple[str, str]]:
    for container in mappings(spec, "containers"):
        for variable in mappings(container, "env"):
            yield from _pair(variable.get("valueFrom") or {}, "configMapKeyRef", "secretKeyRef")
        for source in mappings(container, "envFrom"):
            yield from _pair(source, "configMapRef", "secretRef")
    for volume in mappings(spec, "volumes"):
        yield from _pair(volume, "configMap", "secret", "secretName")
        for source in mappings(volume, "projected", "sources"):
            yield from _pair(source, "configMap", "secret")


def _pair(
    holder: Body, config_map: str, secret: str, secret_name: str = "name"
) -> Iterator[tuple[str, str]]:
    if holder.get(config_map) is not None:
        yield "ConfigMap", dig(holder, config_map, "name", default="")
    if holder.get(secret) is not None:
        yield "Secret", dig(holder, secret, secret_name, default="")


KIND = Kind(
    group="apps.kruise.io",
    version="v1alpha1",
    name="SidecarSet",
    need=need,
    retain=retain,
    reflect=reflect,
    aggregate=aggregate,
    is_healthy=is_healthy,
    dependencies=dependencies,
)
