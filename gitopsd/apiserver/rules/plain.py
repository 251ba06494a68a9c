"""Kinds that hold settings, rights, storage and names: few defaults, a few things that stay."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from gitopsd.apiserver.errors import (
    Cause,
    forbidden_value,
    invalid_value,
    not_supported,
    required,
)
from gitopsd.apiserver.rules import pods
from gitopsd.apiserver.rules.rule import Rule, default_fields, with_status
from gitopsd.kube.body import Body, dig, with_labels

_IMMUTABLE = "field is immutable"
_IS_SET = "field is immutable when `immutable` is set"
_GROUP = "rbac.authorization.k8s.io"


# ConfigMap and Secret


def _check_immutable(fields: tuple[str, ...]) -> Any:
    def check(old: Body, new: Body) -> Iterator[Cause]:
        if not old.get("immutable"):
            return
        if not new.get("immutable"):
            yield forbidden_value("immutable", _IS_SET)
        for name in fields:
            if (old.get(name) or {}) != (new.get(name) or {}):
                yield forbidden_value(name, _IS_SET)

    return check


def _check_config_map(body: Body) -> Iterator[Cause]:
    for key in (body.get("data") or {}).keys() & (body.get("binaryData") or {}).keys():
        said = "duplicate of key present in binaryData"
        yield invalid_value(f"data[{key}]", key, said)


def _default_secret(body: Body) -> Body:
    made = dict(body)
    plain = made.pop("stringData", None)
    if plain:
        encoded = {
            key: base64.b64encode(str(value).encode()).decode() for key, value in plain.items()
        }
        made["data"] = {**(made.get("data") or {}), **encoded}
    return default_fields(made, type="Opaque")


_SECRET_KEYS = {
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}


def _check_secret(body: Body) -> Iterator[Cause]:
    data = body.get("data") or {}
    for key in _SECRET_KEYS.get(body.get("type", ""), ()):
        if key not in data:
            yield required(f"data[{key}]")
    for key, value in data.items():
        try:
            base64.b64decode(value or "", validate=True)
        except (binascii.Error, ValueError, TypeError):
            yield invalid_value(f"data[{key}]", "<secret contents redacted>", "illegal base64 data")


def _check_secret_update(old: Body, new: Body) -> Iterator[Cause]:
    if old.get("type") != new.get("type"):
        yield invalid_value("type", new.get("type"), _IMMUTABLE)
    yield from _check_immutable(("data",))(old, new)


# Namespace


def _default_namespace(body: Body) -> Body:
    name = body["metadata"].get("name", "")
    return with_labels(body, {"kubernetes.io/metadata.name": name})


def _create_namespace(body: Body) -> Body:
    return {**body, "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}


def _update_namespace(old: Body, new: Body) -> Body:
    return {**new, "spec": old.get("spec") or {}}


# Storage


PVC_PROTECTION = "kubernetes.io/pvc-protection"
PV_PROTECTION = "kubernetes.io/pv-protection"


def _protected(body: Body, finalizer: str) -> Body:
    """What storage is made of is kept while it is in use."""
    metadata = body["metadata"]
    finalizers = list(dict.fromkeys([*(metadata.get("finalizers") or ()), finalizer]))
    return {**body, "metadata": {**metadata, "finalizers": finalizers}}


def _default_claim(body: Body) -> Body:
    spec = dict(default_fields(body.get("spec") or {}, volumeMode="Filesystem"))
    if "resources" in spec:
        spec["resources"] = _canonical_requests(spec["resources"])
    return {**body, "spec": spec}


def _canonical_requests(given: Any) -> Any:
    if not isinstance(given, Mapping) or not given.get("requests"):
        return given
    requests = {key: pods.canonical(value) for key, value in given["requests"].items()}
    return {**given, "requests": requests}


def _check_claim(body: Body) -> Iterator[Cause]:
    spec = body.get("spec") or {}
    if not spec.get("accessModes"):
        yield required("spec.accessModes", "at least 1 access mode is required")
    if dig(spec, "resources", "requests", "storage") is None:
        yield required("spec.resources[storage]")


_CLAIM_FIXED = (
    "spec is immutable after creation except resources.requests and volumeAttributesClassName "
    "for bound claims"
)


def _check_claim_update(old: Body, new: Body) -> Iterator[Cause]:
    may_change = ("resources", "volumeAttributesClassName")
    before, after = (
        {name: value for name, value in (each.get("spec") or {}).items() if name not in may_change}
        for each in (old, new)
    )
    for name in ("volumeName", "storageClassName"):
        if name not in before:
            after.pop(name, None)
    if before != after:
        yield forbidden_value("spec", _CLAIM_FIXED)


def _default_volume(body: Body) -> Body:
    spec = default_fields(
        body.get("spec") or {},
        persistentVolumeReclaimPolicy="Retain",
        volumeMode="Filesystem",
    )
    host = spec.get("hostPath")
    if isinstance(host, Mapping) and host.get("type") is None:
        spec = {**spec, "hostPath": {**host, "type": ""}}
    if isinstance(spec.get("capacity"), Mapping):
        amounts = {key: pods.canonical(value) for key, value in spec["capacity"].items()}
        spec = {**spec, "capacity": amounts}
    return {**body, "spec": spec}


def _fixed(*names: str) -> Any:
    def check(old: Body, new: Body) -> Iterator[Cause]:
        for name in names:
            path = name.split(".")
            if dig(old, *path) != dig(new, *path):
                yield invalid_value(name, dig(new, *path), _IMMUTABLE)

    return check


def _default_storage_class(body: Body) -> Body:
    return default_fields(body, reclaimPolicy="Delete", volumeBindingMode="Immediate")


def _check_storage_class(body: Body) -> Iterator[Cause]:
    if not body.get("provisioner"):
        yield required("provisioner")


_CLASS_FIXED = "updates to {} are forbidden."


def _check_storage_class_update(old: Body, new: Body) -> Iterator[Cause]:
    for name in ("parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"):
        if old.get(name) != new.get(name):
            if name in ("reclaimPolicy", "volumeBindingMode"):
                yield invalid_value(name, new.get(name), _IMMUTABLE)
            else:
                yield forbidden_value(name, _CLASS_FIXED.format(name))


# Scaling, disruption


def _default_autoscaler(body: Body) -> Body:
    spec = dict(body.get("spec") or {})
    spec.setdefault("minReplicas", 1)
    if not spec.get("metrics"):
        target = {"type": "Utilization", "averageUtilization": 80}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    return {**body, "spec": spec}


def _check_autoscaler(body: Body) -> Iterator[Cause]:
    spec = body.get("spec") or {}
    least, most = spec.get("minReplicas") or 0, spec.get("maxReplicas") or 0
    if most < 1:
        yield invalid_value("spec.maxReplicas", most, "must be greater than 0")
    elif most < least:
        said = "must be greater than or equal to `minReplicas`"
        yield invalid_value("spec.maxReplicas", most, said)
    target = spec.get("scaleTargetRef") or {}
    for name in ("kind", "name"):
        if not target.get(name):
            yield required(f"spec.scaleTargetRef.{name}")
    if not str(target.get("apiVersion") or "").rpartition("/")[0]:
        said = "apiVersion must specify API group"
        yield invalid_value("spec.scaleTargetRef.apiVersion", target.get("apiVersion") or "", said)


def _create_autoscaler(body: Body) -> Body:
    return with_status(body, {"currentMetrics": None, "desiredReplicas": 0})


def _create_budget(body: Body) -> Body:
    counts = ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")
    return with_status(body, dict.fromkeys(counts, 0))


# Rights


def _default_binding(body: Body) -> Body:
    made = dict(body)
    subjects = [_subject(each) for each in body.get("subjects") or ()]
    if subjects:
        made["subjects"] = subjects
    reference = body.get("roleRef")
    if isinstance(reference, Mapping):
        made["roleRef"] = default_fields(reference, apiGroup=_GROUP)
    return made


def _subject(given: Body) -> Body:
    if given.get("kind") in ("User", "Group"):
        return default_fields(given, apiGroup=_GROUP)
    return given


def _check_binding(body: Body) -> Iterator[Cause]:
    kind = dig(body, "roleRef", "kind")
    if kind not in ("Role", "ClusterRole"):
        yield not_supported("roleRef.kind", kind or "", ("ClusterRole", "Role"))
    if not dig(body, "roleRef", "name"):
        yield required("roleRef.name")


def _check_binding_update(old: Body, new: Body) -> Iterator[Cause]:
    if old.get("roleRef") != new.get("roleRef"):
        fields = {"APIGroup": "apiGroup", "Kind": "kind", "Name": "name"}
        shown = {key: dig(new, "roleRef", field, default="") for key, field in fields.items()}
        yield invalid_value("roleRef", shown, "cannot change roleRef")


def _check_priority_update(old: Body, new: Body) -> Iterator[Cause]:
    if old.get("value") != new.get("value"):
        yield forbidden_value("value", "may not be changed in an update.")


# Network


def _default_ingress(body: Body) -> Body:
    return body


def _check_ingress(body: Body) -> Iterator[Cause]:
    spec = body.get("spec") or {}
    if not spec.get("rules") and not spec.get("defaultBackend"):
        said = "either `defaultBackend` or `rules` must be specified"
        yield invalid_value("spec", spec, said)
    for index, rule in enumerate(spec.get("rules") or ()):
        for place, path in enumerate(dig(rule, "http", "paths", default=())):
            if not path.get("pathType"):
                where = f"spec.rules[{index}].http.paths[{place}].pathType"
                yield required(where, "pathType must be specified")


def _default_policy(body: Body) -> Body:
    spec = {"podSelector": {}, **(body.get("spec") or {})}
    for name in ("ingress", "egress"):
        if rules := spec.get(name):
            spec[name] = [_default_policy_rule(each) for each in rules]
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
    return {**body, "spec": spec}


def _default_policy_rule(given: Body) -> Body:
    if not given.get("ports"):
        return given
    return {**given, "ports": [default_fields(each, protocol="TCP") for each in given["ports"]]}


def _default_definition(body: Body) -> Body:
    spec = dict(body.get("spec") or {})
    names = dict(spec.get("names") or {})
    kind = names.get("kind") or ""
    names.setdefault("singular", kind.lower())
    names.setdefault("listKind", f"{kind}List")
    spec["names"] = names
    spec.setdefault("conversion", {"strategy": "None"})
    return {**body, "spec": spec}


def _create_definition(body: Body) -> Body:
    stored = [each["name"] for each in body["spec"].get("versions") or () if each.get("storage")]
    names = {"plural": "", "kind": ""}
    status = {"conditions": None, "acceptedNames": names, "storedVersions": stored}
    return with_status(body, status)


def _check_definition(body: Body) -> Iterator[Cause]:
    spec = body.get("spec") or {}
    names = spec.get("names") or {}
    for field, value in (("group", spec.get("group")), ("scope", spec.get("scope"))):
        if not value:
            yield required(f"spec.{field}")
    for field in ("plural", "kind"):
        if not names.get(field):
            yield required(f"spec.names.{field}")
    wanted = f"{names.get('plural')}.{spec.get('group')}"
    if body["metadata"].get("name") != wanted:
        said = 'must be spec.names.plural+"."+spec.group'
        yield invalid_value("metadata.name", body["metadata"].get("name"), said)
    versions = spec.get("versions") or ()
    if sum(bool(each.get("storage")) for each in versions) != 1:
        said = "must have exactly one version marked as storage version"
        yield invalid_value("spec.versions", list(versions), said)
    for index, each in enumerate(versions):
        if dig(each, "schema", "openAPIV3Schema") is None:
            where = f"spec.versions[{index}].schema.openAPIV3Schema"
            yield required(where, "schemas are required")


def _check_definition_update(old: Body, new: Body) -> Iterator[Cause]:
    for name in ("group", "scope"):
        if old["spec"].get(name) != new["spec"].get(name):
            yield invalid_value(f"spec.{name}", new["spec"].get(name), _IMMUTABLE)
    for name in ("plural", "kind"):
        if dig(old, "spec", "names", name) != dig(new, "spec", "names", name):
            yield invalid_value(f"spec.names.{name}", dig(new, "spec", "names", name), _IMMUTABLE)


CONFIG_MAP = Rule(
    validate=_check_config_map, validate_update=_check_immutable(("data", "binaryData"))
)
SECRET = Rule(default=_default_secret, validate=_check_secret, validate_update=_check_secret_update)
NAMESPACE = Rule(default=_default_namespace, create=_create_namespace, update=_update_namespace)
CLAIM = Rule(
    default=_default_claim,
    create=lambda body: _protected(with_status(body, {"phase": "Pending"}), PVC_PROTECTION),
    validate=_check_claim,
    validate_update=_check_claim_update,
)
VOLUME = Rule(
    default=_default_volume,
    create=lambda body: _protected(with_status(body, {"phase": "Pending"}), PV_PROTECTION),
)
STORAGE_CLASS = Rule(
    default=_default_storage_class,
    validate=_check_storage_class,
    validate_update=_check_storage_class_update,
)
AUTOSCALER = Rule(
    default=_default_autoscaler, create=_create_autoscaler, validate=_check_autoscaler
)
BUDGET = Rule(create=_create_budget, has_generation=True)
ROLE = Rule(creates_on_update=True)
BINDING = Rule(
    default=_default_binding,
    validate=_check_binding,
    validate_update=_check_binding_update,
    creates_on_update=True,
)
PRIORITY = Rule(
    default=lambda body: default_fields(body, preemptionPolicy="PreemptLowerPriority"),
    validate_update=_check_priority_update,
    creates_on_update=True,
)
INGRESS = Rule(
    default=_default_ingress,
    create=lambda body: with_status(body, {"loadBalancer": {}}),
    validate=_check_ingress,
    has_generation=True,
)
INGRESS_CLASS = Rule(validate_update=_fixed("spec.controller"), has_generation=True)
POLICY = Rule(default=_default_policy, has_generation=True)
DEFINITION = Rule(
    default=_default_definition,
    create=_create_definition,
    validate=_check_definition,
    validate_update=_check_definition_update,
    has_generation=True,
)
WRITTEN_EITHER_WAY = Rule(creates_on_update=True)
COUNTED = Rule(has_generation=True)
