"""Answers of `interpret` and `lua` cases, from `gitopsd.core.kinds` and `gitopsd.edge.lua`."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from gitopsd.core.kinds import Item, Kind, Misread, verified
from gitopsd.core.kinds.custom import interpreter
from gitopsd.core.kinds.library import KUBE
from gitopsd.core.kinds.statuses import reflect_whole
from gitopsd.edge.lua import Lua
from gitopsd.model.resource import Origin, Resource, ResourceKey, split_api_version

NOW = "2026-08-01T00:00:00Z"

LUA = Lua(KUBE)

_Answer = dict[str, Any]


def answer(request: Mapping[str, Any]) -> _Answer:
    """The answer to an `interpret` or a `lua` request."""
    body = request["object"]
    group, version = split_api_version(body["apiVersion"])
    own = interpreter(map(_customization, request.get("customizations", ())), LUA.interpret)
    kind = own.kind_of(group, version, body["kind"])
    found = _OPERATIONS[request["operation"]](kind, request)
    try:
        return found() if found else _error("NoInterpreter", f"nothing for {body['kind']}")
    except Misread as error:
        return _error("Error", str(error))


def _customization(body: Mapping[str, Any]) -> Resource:
    group, version = split_api_version(body["apiVersion"])
    key = ResourceKey(group, body["kind"], "", body["metadata"]["name"])
    return Resource(key, version, body, Origin(f"{key.name}.yaml"))


def _error(kind: str, message: str) -> _Answer:
    return {"error": {"class": kind, "message": message}}


def _get_replicas(kind: Kind | None, request: Mapping[str, Any]) -> Callable[[], _Answer] | None:
    if kind is None or kind.need is None:
        return None
    read = kind.need

    def found() -> _Answer:
        need = read(request["object"])
        return {"replicas": need.replicas, "requirements": msgspec.to_builtins(need.requirements)}

    return found


def _get_components(kind: Kind | None, request: Mapping[str, Any]) -> Callable[[], _Answer] | None:
    if kind is None or kind.components is None:
        return None
    read = kind.components
    return lambda: {"components": msgspec.to_builtins(read(request["object"]))}


def _revise(kind: Kind | None, request: Mapping[str, Any]) -> Callable[[], _Answer] | None:
    if kind is None or kind.revise is None:
        return None
    revise = kind.revise
    return lambda: {"object": revise(request["object"], request["replica"])}


def _retain(kind: Kind | None, request: Mapping[str, Any]) -> Callable[[], _Answer] | None:
    if kind is None or kind.retain is None:
        return None
    retain = kind.retain
    return lambda: {"object": retain(request["object"], request["observed"])}


def _aggregate(kind: Kind | None, request: Mapping[str, Any]) -> Callable[[], _Answer] | None:
    if kind is None or kind.aggregate is None:
        return None
    aggregate, items = kind.aggregate, request.get("items")
    read = None if items is None else tuple(map(_item, items))
    return lambda: {"object": aggregate(request["object"], read, NOW)}


def _item(given: Mapping[str, Any]) -> Item:
    return Item(
        given["clusterName"],
        given.get("status"),
        given.get("applied", False),
        given.get("appliedMessage", ""),
        given.get("health", ""),
    )


def _reflect(kind: Kind | None, request: Mapping[str, Any]) -> Callable[[], _Answer]:
    reflect = kind.reflect if kind and kind.reflect else reflect_whole
    return lambda: {"status": reflect(request["object"])}


def _health(kind: Kind | None, request: Mapping[str, Any]) -> Callable[[], _Answer] | None:
    if kind is None or kind.is_healthy is None:
        return None
    is_healthy = kind.is_healthy
    return lambda: {"healthy": is_healthy(request["object"])}


def _dependencies(kind: Kind | None, request: Mapping[str, Any]) -> Callable[[], _Answer] | None:
    if kind is None or kind.dependencies is None:
        return None
    read = kind.dependencies
    return lambda: {
        "dependencies": [
            {
                "apiVersion": each.api_version,
                "kind": each.kind,
                "namespace": each.namespace or None,
                "name": each.name or None,
                "labelSelector": each.label_selector,
            }
            for each in verified(kind, read(request["object"]))
        ]
    }


_OPERATIONS: Mapping[str, Callable[[Kind | None, Mapping[str, Any]], Any]] = {
    "GetReplicas": _get_replicas,
    "GetComponents": _get_components,
    "ReviseReplica": _revise,
    "Retain": _retain,
    "AggregateStatus": _aggregate,
    "ReflectStatus": _reflect,
    "InterpretHealth": _health,
    "GetDependencies": _dependencies,
}
