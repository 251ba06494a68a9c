"""Pods and the templates they are made from: what stands in every stored one, and what must."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from gitopsd.apiserver.errors import (
    Cause,
    duplicate_value,
    forbidden_value,
    invalid_value,
    not_supported,
    required,
)
from gitopsd.apiserver.rules.rule import Rule, default_fields
from gitopsd.kube import names, quantity
from gitopsd.kube.body import Body, dig

_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_PROBE: dict[str, object] = {
    "timeoutSeconds": 1,
    "periodSeconds": 10,
    "successThreshold": 1,
    "failureThreshold": 3,
}
_TOLERATED = [
    {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
    for key in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
]
_LABEL = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
    "must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex "
    "used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
_MODE = 0o644
_VOLUME_MODES = ("configMap", "secret", "projected", "downwardAPI")


def template(given: Any, restart: str = "Always") -> Body:
    """A pod template with its defaults."""
    given = given if isinstance(given, Mapping) else {}
    made = {"metadata": given.get("metadata") or {}, **given}
    return {**made, "spec": spec(given.get("spec") or {}, restart)}


def spec(given: Body, restart: str = "Always") -> Body:
    """The spec of a pod with its defaults."""
    made = dict(given)
    for name in _CONTAINERS:
        if containers := made.get(name):
            made[name] = [_container(each) for each in containers]
    if volumes := made.get("volumes"):
        made["volumes"] = [_volume(each) for each in volumes]
    if made.get("serviceAccountName") and not made.get("serviceAccount"):
        made["serviceAccount"] = made["serviceAccountName"]
    elif made.get("serviceAccount") and not made.get("serviceAccountName"):
        made["serviceAccountName"] = made["serviceAccount"]
    if made.get("hostNetwork"):
        made["containers"] = [_with_host_ports(each) for each in made.get("containers") or ()]
    return default_fields(
        made,
        restartPolicy=restart,
        terminationGracePeriodSeconds=30,
        dnsPolicy="ClusterFirst",
        securityContext={},
        schedulerName="default-scheduler",
    )


def check_template(given: Body, where: str, restart: Sequence[str] = ()) -> Iterator[Cause]:
    """What is wrong with a pod template that stands at a path."""
    yield from check_spec(given.get("spec") or {}, f"{where}.spec")
    policy = dig(given, "spec", "restartPolicy", default="Always")
    if restart and policy not in restart:
        yield not_supported(f"{where}.spec.restartPolicy", policy, restart)


def check_spec(given: Body, where: str) -> Iterator[Cause]:
    """What is wrong with the spec of a pod."""
    containers = given.get("containers") or ()
    if not containers:
        yield required(f"{where}.containers")
    volumes = {each.get("name") for each in given.get("volumes") or ()}
    seen: set[str] = set()
    for field in ("containers", "initContainers"):
        for index, each in enumerate(given.get(field) or ()):
            yield from _check_container(each, f"{where}.{field}[{index}]", seen, volumes)


@lru_cache(maxsize=4096)
def canonical(given: Any) -> Any:
    """A quantity as it is stored; what is none stays."""
    try:
        return quantity.canonical(given)
    except ValueError:
        return given


def _canonical_resources(given: Body) -> Body:
    made = dict(given)
    for name in ("limits", "requests"):
        if isinstance(made.get(name), Mapping):
            made[name] = {key: canonical(value) for key, value in made[name].items()}
    return made


def _with_requests(given: Body) -> Body:
    """A container of a pod asks for what it is limited to, where it says nothing."""
    limits = dig(given, "resources", "limits", default={})
    requests = dig(given, "resources", "requests", default={})
    if missing := {key: value for key, value in limits.items() if key not in requests}:
        resources = {**given["resources"], "requests": {**requests, **missing}}
        return {**given, "resources": resources}
    return given


def _container(given: Body) -> Body:
    made = dict(given)
    if isinstance(made.get("resources"), Mapping):
        made["resources"] = _canonical_resources(made["resources"])
    if ports := made.get("ports"):
        made["ports"] = [default_fields(each, protocol="TCP") for each in ports]
    if env := made.get("env"):
        made["env"] = [_env(each) for each in env]
    for name in _PROBES:
        if isinstance(made.get(name), Mapping):
            made[name] = _probe(made[name])
    image = made.get("image") or ""
    return default_fields(
        made,
        resources={},
        terminationMessagePath="/dev/termination-log",
        terminationMessagePolicy="File",
        imagePullPolicy="Always" if _is_latest(image) else "IfNotPresent",
    )


def _is_latest(image: str) -> bool:
    name = image.rpartition("/")[2]
    if "@" in name:
        return False
    return ":" not in name or name.endswith(":latest")


def _env(given: Body) -> Body:
    reference = dig(given, "valueFrom", "fieldRef")
    if reference is None or reference.get("apiVersion"):
        return given
    source = {**given["valueFrom"], "fieldRef": {"apiVersion": "v1", **reference}}
    return {**given, "valueFrom": source}


def _probe(given: Body) -> Body:
    made = default_fields(given, **_PROBE)
    if isinstance(made.get("httpGet"), Mapping):
        made = {**made, "httpGet": default_fields(made["httpGet"], path="/", scheme="HTTP")}
    if isinstance(made.get("grpc"), Mapping):
        made = {**made, "grpc": default_fields(made["grpc"], service="")}
    return made


def _volume(given: Body) -> Body:
    for name in _VOLUME_MODES:
        source = given.get(name)
        if isinstance(source, Mapping) and source.get("defaultMode") is None:
            return {**given, name: {**source, "defaultMode": _MODE}}
    host = given.get("hostPath")
    if isinstance(host, Mapping) and host.get("type") is None:
        return {**given, "hostPath": {**host, "type": ""}}
    return {**given, "emptyDir": {}} if given.keys() == {"name"} else given


def _with_host_ports(given: Body) -> Body:
    ports = [{"hostPort": each.get("containerPort"), **each} for each in given.get("ports") or ()]
    return {**given, "ports": ports} if ports else given


def _check_container(given: Body, where: str, seen: set[str], volumes: set[Any]) -> Iterator[Cause]:
    name = given.get("name") or ""
    if not name:
        yield required(f"{where}.name")
    elif names.label(name):
        yield invalid_value(f"{where}.name", name, _LABEL)
    if not given.get("image"):
        yield required(f"{where}.image")
    for index, port in enumerate(given.get("ports") or ()):
        yield from _check_port(port, f"{where}.ports[{index}]")
    for index, variable in enumerate(given.get("env") or ()):
        if not variable.get("name"):
            yield required(f"{where}.env[{index}].name")
        if variable.get("value") and variable.get("valueFrom"):
            yield invalid_value(
                f"{where}.env[{index}].valueFrom",
                "",
                "may not be specified when `value` is not empty",
            )
    for index, mount in enumerate(given.get("volumeMounts") or ()):
        if mount.get("name") not in volumes:
            path = f"{where}.volumeMounts[{index}].name"
            said = f'Not found: "{mount.get("name", "")}"'
            yield Cause("FieldValueNotFound", said, path)
        if not mount.get("mountPath"):
            yield required(f"{where}.volumeMounts[{index}].mountPath")
    yield from _check_resources(given.get("resources") or {}, f"{where}.resources")
    if name and name in seen:
        yield duplicate_value(f"{where}.name", name)
    seen.add(name)


def _check_port(given: Body, where: str) -> Iterator[Cause]:
    port = given.get("containerPort")
    if not port:
        yield required(f"{where}.containerPort")
    elif not 0 < port < 65536:
        path = f"{where}.containerPort"
        yield invalid_value(path, port, "must be between 1 and 65535, inclusive")
    protocol = given.get("protocol", "TCP")
    if protocol not in ("TCP", "UDP", "SCTP"):
        yield not_supported(f"{where}.protocol", protocol, ("TCP", "UDP", "SCTP"))


def _check_resources(given: Body, where: str) -> Iterator[Cause]:
    limits = given.get("limits") or {}
    for name, wanted in (given.get("requests") or {}).items():
        if name not in limits:
            continue
        try:
            is_more = quantity.compare(wanted, limits[name]) > 0
        except ValueError:
            continue
        if is_more:
            said = f"must be less than or equal to {name} limit of {limits[name]}"
            yield invalid_value(f"{where}.requests", wanted, said)


def defaulted(body: Body) -> Body:
    """A pod with its defaults."""
    made = dict(spec(body.get("spec") or {}))
    made.setdefault("enableServiceLinks", True)
    made["containers"] = [_with_requests(each) for each in made.get("containers") or ()]
    return {**body, "spec": made}


def admitted(body: Body) -> Body:
    """A new pod as admission leaves it: tolerations of all, priority, a first status."""
    spec = dict(body["spec"])
    tolerations = list(spec.get("tolerations") or ())
    keys = {each.get("key") for each in tolerations if each.get("effect") in (None, "NoExecute")}
    tolerations += [each for each in _TOLERATED if each["key"] not in keys]
    spec["tolerations"] = tolerations
    spec.setdefault("priority", 0)
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
    return {**body, "spec": spec, "status": {"phase": "Pending", "qosClass": _qos(spec)}}


def _qos(given: Body) -> str:
    containers = given.get("containers") or ()
    amounts = [each.get("resources") or {} for each in containers]
    if not any(each.get("limits") or each.get("requests") for each in amounts):
        return "BestEffort"
    is_guaranteed = all(
        {"cpu", "memory"} <= (each.get("limits") or {}).keys()
        and each.get("requests") == each.get("limits")
        for each in amounts
    )
    return "Guaranteed" if is_guaranteed else "Burstable"


def _check_pod(body: Body) -> Iterable[Cause]:
    return check_spec(body.get("spec") or {}, "spec")


_MAY_CHANGE = ("activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "nodeName",
               "schedulingGates")  # fmt: skip
_FIXED = (
    "pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` "
    "(only additions to existing tolerations),`spec.terminationGracePeriodSeconds` "
    "(allow it to be set to 1 if it was previously negative)"
)


def _check_pod_update(old: Body, new: Body) -> Iterator[Cause]:
    if _fixed_part(old["spec"]) != _fixed_part(new["spec"]):
        yield forbidden_value("spec", _FIXED)


def _fixed_part(given: Body) -> Body:
    kept = {key: value for key, value in given.items() if key not in _MAY_CHANGE}
    for name in ("containers", "initContainers"):
        kept[name] = [{**each, "image": ""} for each in given.get(name) or ()]
    return kept


POD = Rule(
    default=defaulted,
    create=admitted,
    validate=_check_pod,
    validate_update=_check_pod_update,
    has_generation=True,
)
