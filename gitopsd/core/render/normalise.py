"""One way to write what can be written in several, so that equal things have equal hashes.

Comes in: a pruned body. Goes out: the body as server-side apply needs it: keys of keyed lists
written out, Secrets without `stringData` (apply could never remove from it), quantities in the
spelling that an API server gives back, without what controllers fill in where it is left open
(rules of an aggregated ClusterRole, an empty `caBundle`). Lists keep their order.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

from gitopsd.core.kinds import kind_of
from gitopsd.kube.body import Body, without
from gitopsd.kube.quantity import canonical
from gitopsd.model.resource import split_api_version

_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
_AMOUNTS = ("limits", "requests")

# What stands somewhere in a body: where it has another shape than expected it is left alone.
_Change = Callable[[Any], Any]


def normalised(body: Body) -> Body:
    """The body in the one way to write it; the very same one where it is so already."""
    group, version = split_api_version(str(body.get("apiVersion")))
    name = str(body.get("kind"))
    special = _FILLED_IN.get((group, name))
    if not group and version == "v1":
        special = _CORE.get(name)
    if special:
        changed: Body = special(body)
        return changed
    kind = kind_of(group, version, name)
    if kind and kind.pod_template:
        body = _at(body, kind.pod_template, _pod_template)
    if group == "apps" and name == "StatefulSet":
        body = _at(body, ("spec", "volumeClaimTemplates"), lambda value: _each(value, _claim))
    return body


def _secret(body: Any) -> Any:
    """`stringData` as base64 in `data`, over what is there; an empty value for none."""
    if body.get("data", body) is None:
        body = without(body, "data")
    texts = body.get("stringData", body)
    if texts is body:
        return body
    body = without(body, "stringData")
    if not isinstance(texts, Mapping) or not texts:
        return body
    coded = {key: b64encode(str(text or "").encode()).decode() for key, text in texts.items()}
    return {**body, "data": {**(body.get("data") or {}), **coded}}


def _service(body: Any) -> Any:
    return _at(body, ("spec", "ports"), lambda value: _each(value, _port))


def _claim(body: Any) -> Any:
    body = _without_birth(body)
    return _at(body, ("spec", "resources"), _resources)


def _pod(body: Any) -> Any:
    return _at(body, ("spec",), _pod_spec)


_CORE: Mapping[str, _Change] = {
    "Secret": _secret,
    "Service": _service,
    "PersistentVolumeClaim": _claim,
    "Pod": _pod,
}


def _cluster_role(body: Any) -> Any:
    return body if body.get("aggregationRule") is None else without(body, "rules")


def _webhooks(body: Any) -> Any:
    return _at(body, ("webhooks",), lambda value: _each(value, _webhook))


def _webhook(webhook: Any) -> Any:
    return _at(webhook, ("clientConfig",), _without_empty_bundle)


def _api_service(body: Any) -> Any:
    return _at(body, ("spec",), _without_empty_bundle)


def _definition(body: Any) -> Any:
    path = ("spec", "conversion", "webhook", "clientConfig")
    return _at(body, path, _without_empty_bundle)


def _without_empty_bundle(config: Any) -> Any:
    """An empty bundle is a place for somebody to inject one."""
    if isinstance(config, Mapping) and "caBundle" in config and not config["caBundle"]:
        return without(config, "caBundle")
    return config


_FILLED_IN: Mapping[tuple[str, str], _Change] = {
    ("rbac.authorization.k8s.io", "ClusterRole"): _cluster_role,
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): _webhooks,
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): _webhooks,
    ("apiregistration.k8s.io", "APIService"): _api_service,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _definition,
}


def _pod_template(template: Any) -> Any:
    return _at(_without_birth(template), ("spec",), _pod_spec)


def _pod_spec(spec: Any) -> Any:
    for name in _CONTAINERS:
        spec = _at(spec, (name,), lambda value: _each(value, _container))
    return _at(spec, ("overhead",), _amounts)


def _container(container: Any) -> Any:
    container = _at(container, ("ports",), lambda value: _each(value, _port))
    return _at(container, ("resources",), _resources)


def _resources(resources: Any) -> Any:
    for name in _AMOUNTS:
        resources = _at(resources, (name,), _amounts)
    return resources


def _amounts(amounts: Any) -> Any:
    """Quantities as an API server writes them; what is none is left for it to refuse."""
    if not isinstance(amounts, Mapping):
        return amounts
    written = {name: _amount(amount) for name, amount in amounts.items()}
    return amounts if written == amounts else written


def _amount(amount: Any) -> Any:
    try:
        return canonical(amount)
    except (ValueError, TypeError):
        return amount


def _port(port: Any) -> Any:
    """A port's protocol is part of its key in the list; unwritten it means TCP."""
    if not isinstance(port, Mapping) or port.get("protocol") is not None:
        return port
    return {**port, "protocol": "TCP"}


def _without_birth(body: Any) -> Any:
    """Generators write `creationTimestamp: null` into templates of objects."""
    if not isinstance(body, Mapping) or not isinstance(body.get("metadata"), Mapping):
        return body
    if body["metadata"].get("creationTimestamp", body) is not None:
        return body
    return without(body, "metadata", "creationTimestamp")


def _at(place: Any, path: tuple[str, ...], change: _Change) -> Any:
    """The same with what stands at the path changed; the very same where nothing changes."""
    if not path:
        return change(place)
    if not isinstance(place, Mapping) or path[0] not in place:
        return place
    below = place[path[0]]
    changed = _at(below, path[1:], change)
    return place if changed is below else {**place, path[0]: changed}


def _each(values: Any, change: _Change) -> Any:
    if not isinstance(values, list):
        return values
    changed = [change(value) for value in values]
    return values if all(map(_is, values, changed)) else changed


def _is(one: Any, other: Any) -> bool:
    return one is other
