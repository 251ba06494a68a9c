"""Tables: the columns that kubectl prints.

Comes in: objects of one resource. Goes out: a `Table` of meta.k8s.io. A kind with columns of its
own has a line in `COLUMNS`; custom kinds bring theirs in the definition; all others show name and
age. Ages are told as kubectl tells them.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from gitopsd.apiserver.resources import ResourceType
from gitopsd.apiserver.store import Stored, partial
from gitopsd.kube.body import Body, dig


class Column(NamedTuple):
    """One column: wide ones are shown by `-o wide` alone."""

    name: str
    value: Callable[[Body], Any]
    is_wide: bool = False
    type: str = "string"


def _get(*path: str | int, default: Any = "") -> Callable[[Body], Any]:
    def value(body: Body) -> Any:
        found = dig(body, *path)
        return default if found is None or found == "" else found

    return value


def _number(*path: str | int) -> Callable[[Body], Any]:
    return _get(*path, default=0)


def _subjects(kind: str) -> Callable[[Body], str]:
    def value(body: Body) -> str:
        found = [each for each in body.get("subjects") or () if each.get("kind") == kind]
        names = [
            f"{each.get('namespace')}/{each['name']}" if kind == "ServiceAccount" else each["name"]
            for each in found
        ]
        return ", ".join(names)

    return value


def _age(body: Body) -> str:
    return age(dig(body, "metadata", "creationTimestamp", default=""))


def age(text: str) -> str:
    """How long ago a time was, as kubectl says it."""
    try:
        then = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return "<unknown>"
    return duration(int((datetime.now(UTC) - then).total_seconds()))


def duration(seconds: int) -> str:
    """Seconds as kubectl shortens them."""
    seconds = max(seconds, 0)
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 120:
        return f"{seconds}s"
    if minutes < 10:
        return f"{minutes}m{seconds % 60}s" if seconds % 60 else f"{minutes}m"
    if hours < 3:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    if days < 8:
        return f"{days}d{hours % 24}h" if hours % 24 else f"{days}d"
    return f"{days}d" if days < 730 else f"{days // 365}y{days % 365}d"


def _name(body: Body) -> str:
    return str(body["metadata"]["name"])


def _count(*path: str) -> Callable[[Body], int]:
    return lambda body: len(dig(body, *path, default=()))


def _of(ready: Sequence[str], wanted: Sequence[str]) -> Callable[[Body], str]:
    return lambda body: f"{dig(body, *ready, default=0)}/{dig(body, *wanted, default=0)}"


def _images(*path: str) -> Callable[[Body], str]:
    return lambda body: ",".join(
        str(each.get("image", "")) for each in dig(body, *path, default=())
    )


def _containers(*path: str) -> Callable[[Body], str]:
    return lambda body: ",".join(str(each["name"]) for each in dig(body, *path, default=()))


def _selector(*path: str) -> Callable[[Body], str]:
    def value(body: Body) -> str:
        found = dig(body, *path, default={})
        labels = found.get("matchLabels", found) if isinstance(found, Mapping) else {}
        pairs = [f"{key}={each}" for key, each in sorted(labels.items()) if isinstance(each, str)]
        return ",".join(pairs) or "<none>"

    return value


def _pod_status(body: Body) -> str:
    if dig(body, "metadata", "deletionTimestamp"):
        return "Terminating"
    for each in dig(body, "status", "containerStatuses", default=()):
        waiting = dig(each, "state", "waiting", "reason")
        ended = dig(each, "state", "terminated", "reason")
        if waiting or ended:
            return str(waiting or ended)
    return str(dig(body, "status", "reason") or dig(body, "status", "phase", default="Unknown"))


def _pod_ready(body: Body) -> str:
    ready = [each for each in dig(body, "status", "containerStatuses", default=()) if each["ready"]]
    return f"{len(ready)}/{len(dig(body, 'spec', 'containers', default=()))}"


def _restarts(body: Body) -> str:
    found = dig(body, "status", "containerStatuses", default=())
    return str(sum(each.get("restartCount", 0) for each in found))


def _ports(body: Body) -> str:
    texts = []
    for port in dig(body, "spec", "ports", default=()):
        node = f":{port['nodePort']}" if port.get("nodePort") else ""
        texts.append(f"{port['port']}{node}/{port.get('protocol', 'TCP')}")
    return ",".join(texts) or "<none>"


def _addresses(body: Body) -> str:
    found = dig(body, "status", "loadBalancer", "ingress", default=())
    return ",".join(str(each.get("ip") or each.get("hostname", "")) for each in found)


def _external(body: Body) -> str:
    kind = dig(body, "spec", "type")
    if kind == "LoadBalancer":
        return _addresses(body) or "<pending>"
    if kind == "ExternalName":
        return str(dig(body, "spec", "externalName", default=""))
    return ",".join(dig(body, "spec", "externalIPs", default=())) or "<none>"


def _hosts(body: Body) -> str:
    found = [each["host"] for each in dig(body, "spec", "rules", default=()) if each.get("host")]
    return ",".join(found) or "*"


def _node_status(body: Body) -> str:
    ready = [
        each for each in dig(body, "status", "conditions", default=()) if each["type"] == "Ready"
    ]
    said = "Ready" if ready and ready[0]["status"] == "True" else "NotReady"
    return f"{said},SchedulingDisabled" if dig(body, "spec", "unschedulable") else said


def _node_roles(body: Body) -> str:
    prefix = "node-role.kubernetes.io/"
    labels = dig(body, "metadata", "labels", default={})
    roles = sorted(key.removeprefix(prefix) for key in labels if key.startswith(prefix))
    return ",".join(roles) or "<none>"


def _node_address(kind: str) -> Callable[[Body], str]:
    return lambda body: next(
        (
            str(each["address"])
            for each in dig(body, "status", "addresses", default=())
            if each["type"] == kind
        ),
        "<none>",
    )


def _targets(body: Body) -> str:
    texts = []
    for each in dig(body, "spec", "metrics", default=()):
        target = dig(each, str(each.get("type", "")).lower(), "target", default={})
        wanted = target.get("averageUtilization")
        said = f"{wanted}%" if wanted is not None else target.get("averageValue", "<unknown>")
        name = dig(each, "resource", "name", default="")
        texts.append(f"{name}: <unknown>/{said}" if name else f"<unknown>/{said}")
    return ", ".join(texts) or "<none>"


def _reference(body: Body) -> str:
    found = dig(body, "spec", "scaleTargetRef", default={})
    return f"{found.get('kind')}/{found.get('name')}"


def _job_duration(body: Body) -> str:
    start, end = dig(body, "status", "startTime"), dig(body, "status", "completionTime")
    if not start:
        return ""
    if not end:
        return age(start)
    first, last = (datetime.fromisoformat(each.replace("Z", "+00:00")) for each in (start, end))
    return duration(int((last - first).total_seconds()))


def _job_status(body: Body) -> str:
    for each in dig(body, "status", "conditions", default=()):
        if each["status"] == "True" and each["type"] in ("Complete", "Failed", "Suspended"):
            return str(each["type"])
    return "Running"


def _claim_modes(*path: str) -> Callable[[Body], str]:
    short = {
        "ReadWriteOnce": "RWO",
        "ReadOnlyMany": "ROX",
        "ReadWriteMany": "RWX",
        "ReadWriteOncePod": "RWOP",
    }
    return lambda body: ",".join(short.get(each, each) for each in dig(body, *path, default=()))


def _role_reference(body: Body) -> str:
    return f"{dig(body, 'roleRef', 'kind')}/{dig(body, 'roleRef', 'name')}"


def _event_object(body: Body) -> str:
    found = body.get("involvedObject") or {}
    return f"{str(found.get('kind', '')).lower()}/{found.get('name', '')}"


_NAME = Column("Name", _name)
_AGE = Column("Age", _age)
_TEMPLATE = ("spec", "template", "spec", "containers")
_JOB_TEMPLATE = ("spec", "jobTemplate", *_TEMPLATE)
_CREATED = Column("Created At", lambda body: str(dig(body, "metadata", "creationTimestamp")))
_SUBJECTS = (
    Column("Users", _subjects("User"), True),
    Column("Groups", _subjects("Group"), True),
    Column("ServiceAccounts", _subjects("ServiceAccount"), True),
)


def _workload(*columns: Column) -> tuple[Column, ...]:
    return (
        _NAME,
        *columns,
        _AGE,
        Column("Containers", _containers(*_TEMPLATE), True),
        Column("Images", _images(*_TEMPLATE), True),
        Column("Selector", _selector("spec", "selector"), True),
    )


COLUMNS: Mapping[tuple[str, str], tuple[Column, ...]] = {
    ("", "Pod"): (
        _NAME,
        Column("Ready", _pod_ready),
        Column("Status", _pod_status),
        Column("Restarts", _restarts),
        _AGE,
        Column("IP", _get("status", "podIP", default="<none>"), True),
        Column("Node", _get("spec", "nodeName", default="<none>"), True),
        Column("Nominated Node", _get("status", "nominatedNodeName", default="<none>"), True),
        Column("Readiness Gates", lambda body: "<none>", True),
    ),
    ("apps", "Deployment"): _workload(
        Column("Ready", _of(("status", "readyReplicas"), ("spec", "replicas"))),
        Column("Up-to-date", _number("status", "updatedReplicas")),
        Column("Available", _number("status", "availableReplicas")),
    ),
    ("apps", "ReplicaSet"): _workload(
        Column("Desired", _number("spec", "replicas"), type="integer"),
        Column("Current", _number("status", "replicas"), type="integer"),
        Column("Ready", _number("status", "readyReplicas"), type="integer"),
    ),
    ("apps", "StatefulSet"): (
        _NAME,
        Column("Ready", _of(("status", "readyReplicas"), ("spec", "replicas"))),
        _AGE,
        Column("Containers", _containers(*_TEMPLATE), True),
        Column("Images", _images(*_TEMPLATE), True),
    ),
    ("apps", "DaemonSet"): _workload(
        Column("Desired", _number("status", "desiredNumberScheduled"), type="integer"),
        Column("Current", _number("status", "currentNumberScheduled"), type="integer"),
        Column("Ready", _number("status", "numberReady"), type="integer"),
        Column("Up-to-date", _number("status", "updatedNumberScheduled"), type="integer"),
        Column("Available", _number("status", "numberAvailable"), type="integer"),
        Column("Node Selector", _selector("spec", "template", "spec", "nodeSelector")),
    ),
    ("batch", "Job"): _workload(
        Column("Status", _job_status),
        Column("Completions", _of(("status", "succeeded"), ("spec", "completions"))),
        Column("Duration", _job_duration),
    ),
    ("batch", "CronJob"): (
        _NAME,
        Column("Schedule", _get("spec", "schedule")),
        Column("Timezone", _get("spec", "timeZone", default="<none>")),
        Column("Suspend", lambda body: bool(dig(body, "spec", "suspend")), type="boolean"),
        Column("Active", _count("status", "active"), type="integer"),
        Column(
            "Last Schedule",
            lambda body: (
                age(dig(body, "status", "lastScheduleTime", default=""))
                if dig(body, "status", "lastScheduleTime")
                else "<none>"
            ),
        ),
        _AGE,
        Column("Containers", _containers(*_JOB_TEMPLATE), True),
        Column("Images", _images(*_JOB_TEMPLATE), True),
        Column("Selector", _selector("spec", "jobTemplate", "spec", "selector"), True),
    ),
    ("", "Service"): (
        _NAME,
        Column("Type", _get("spec", "type")),
        Column("Cluster-IP", _get("spec", "clusterIP", default="<none>")),
        Column("External-IP", _external),
        Column("Port(s)", _ports),
        _AGE,
        Column("Selector", _selector("spec", "selector"), True),
    ),
    ("networking.k8s.io", "Ingress"): (
        _NAME,
        Column("Class", _get("spec", "ingressClassName", default="<none>")),
        Column("Hosts", _hosts),
        Column("Address", _addresses),
        Column("Ports", lambda body: "80, 443" if dig(body, "spec", "tls") else "80"),
        _AGE,
    ),
    ("", "ConfigMap"): (
        _NAME,
        Column(
            "Data",
            lambda body: len(body.get("data") or ()) + len(body.get("binaryData") or ()),
        ),
        _AGE,
    ),
    ("", "Secret"): (
        _NAME,
        Column("Type", _get("type")),
        Column("Data", lambda body: len(body.get("data") or ())),
        _AGE,
    ),
    ("", "Namespace"): (_NAME, Column("Status", _get("status", "phase")), _AGE),
    ("", "Node"): (
        _NAME,
        Column("Status", _node_status),
        Column("Roles", _node_roles),
        _AGE,
        Column("Version", _get("status", "nodeInfo", "kubeletVersion")),
        Column("Internal-IP", _node_address("InternalIP"), True),
        Column("External-IP", _node_address("ExternalIP"), True),
        Column("OS-Image", _get("status", "nodeInfo", "osImage", default="<unknown>"), True),
        Column(
            "Kernel-Version", _get("status", "nodeInfo", "kernelVersion", default="<unknown>"), True
        ),
        Column(
            "Container-Runtime",
            _get("status", "nodeInfo", "containerRuntimeVersion", default="<unknown>"),
            True,
        ),
    ),
    ("", "PersistentVolumeClaim"): (
        _NAME,
        Column("Status", _get("status", "phase")),
        Column("Volume", _get("spec", "volumeName")),
        Column("Capacity", _get("status", "capacity", "storage")),
        Column("Access Modes", _claim_modes("status", "accessModes")),
        Column("StorageClass", _get("spec", "storageClassName")),
        Column(
            "VolumeAttributesClass", _get("spec", "volumeAttributesClassName", default="<unset>")
        ),
        _AGE,
        Column("VolumeMode", _get("spec", "volumeMode"), True),
    ),
    ("", "PersistentVolume"): (
        _NAME,
        Column("Capacity", _get("spec", "capacity", "storage")),
        Column("Access Modes", _claim_modes("spec", "accessModes")),
        Column("Reclaim Policy", _get("spec", "persistentVolumeReclaimPolicy")),
        Column("Status", _get("status", "phase")),
        Column(
            "Claim",
            lambda body: (
                "/".join(str(dig(body, "spec", "claimRef", part)) for part in ("namespace", "name"))
                if dig(body, "spec", "claimRef")
                else ""
            ),
        ),
        Column("StorageClass", _get("spec", "storageClassName")),
        Column(
            "VolumeAttributesClass", _get("spec", "volumeAttributesClassName", default="<unset>")
        ),
        Column("Reason", _get("status", "reason")),
        _AGE,
        Column("VolumeMode", _get("spec", "volumeMode"), True),
    ),
    ("", "ServiceAccount"): (_NAME, Column("Secrets", _count("secrets"), type="integer"), _AGE),
    ("", "Event"): (
        Column(
            "Last Seen", lambda body: age(body.get("lastTimestamp") or body.get("eventTime") or "")
        ),
        Column("Type", _get("type")),
        Column("Reason", _get("reason")),
        Column("Object", _event_object),
        Column("Subobject", _get("involvedObject", "fieldPath"), True),
        Column("Source", _get("source", "component"), True),
        Column("Message", _get("message")),
        Column("First Seen", lambda body: age(body.get("firstTimestamp") or ""), True),
        Column("Count", _get("count", default=1), True),
        Column("Name", _name, True),
    ),
    ("autoscaling", "HorizontalPodAutoscaler"): (
        _NAME,
        Column("Reference", _reference),
        Column("Targets", _targets),
        Column("MinPods", _get("spec", "minReplicas", default="<unset>")),
        Column("MaxPods", _number("spec", "maxReplicas")),
        Column("Replicas", _number("status", "currentReplicas")),
        _AGE,
    ),
    ("policy", "PodDisruptionBudget"): (
        _NAME,
        Column("Min Available", _get("spec", "minAvailable", default="N/A")),
        Column("Max Unavailable", _get("spec", "maxUnavailable", default="N/A")),
        Column("Allowed Disruptions", _number("status", "disruptionsAllowed"), type="integer"),
        _AGE,
    ),
    ("rbac.authorization.k8s.io", "Role"): (_NAME, _CREATED),
    ("rbac.authorization.k8s.io", "ClusterRole"): (_NAME, _CREATED),
    ("rbac.authorization.k8s.io", "RoleBinding"): (
        _NAME,
        Column("Role", _role_reference),
        _AGE,
        *_SUBJECTS,
    ),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): (
        _NAME,
        Column("Role", _role_reference),
        _AGE,
        *_SUBJECTS,
    ),
    ("storage.k8s.io", "StorageClass"): (
        _NAME,
        Column("Provisioner", _get("provisioner")),
        Column("ReclaimPolicy", _get("reclaimPolicy")),
        Column("VolumeBindingMode", _get("volumeBindingMode")),
        Column(
            "AllowVolumeExpansion", lambda body: str(bool(body.get("allowVolumeExpansion"))).lower()
        ),
        _AGE,
    ),
    ("networking.k8s.io", "NetworkPolicy"): (
        _NAME,
        Column("Pod-Selector", _selector("spec", "podSelector")),
        _AGE,
    ),
    ("apiextensions.k8s.io", "CustomResourceDefinition"): (_NAME, _CREATED),
    ("coordination.k8s.io", "Lease"): (
        _NAME,
        Column("Holder", _get("spec", "holderIdentity")),
        _AGE,
    ),
    ("scheduling.k8s.io", "PriorityClass"): (
        _NAME,
        Column("Value", _number("value"), type="integer"),
        Column("Global-Default", lambda body: str(bool(body.get("globalDefault"))).lower()),
        _AGE,
    ),
}
_OTHERS = (_NAME, _AGE)


def table(
    of: ResourceType, items: Iterable[Stored], query: Mapping[str, str], version: str
) -> dict[str, Any]:
    """The Table of these objects; rows carry what `includeObject` asks for."""
    columns = _columns(of)
    includes = query.get("includeObject", "Metadata")
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {"resourceVersion": version},
        "columnDefinitions": [_definition(each) for each in columns],
        "rows": [
            {
                "cells": [_cell(each, stored.body) for each in columns],
                "object": _object(stored.body, includes),
            }
            for stored in items
        ],
    }


def bookmark(
    of: ResourceType, body: Body, query: Mapping[str, str], version: str
) -> dict[str, Any]:
    """A Table whose only row says how far a watch has come."""
    cells = ["" for _ in _columns(of)]
    made = table(of, (), query, version)
    return {**made, "columnDefinitions": None, "rows": [{"cells": cells, "object": body}]}


def _object(body: Body, includes: str) -> Any:
    if includes == "Object":
        return body
    return None if includes == "None" else partial(body)


def _cell(column: Column, body: Body) -> Any:
    try:
        return column.value(body)
    except (KeyError, TypeError, ValueError, AttributeError):
        return "<unknown>"


def _definition(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "type": column.type,
        "format": "name" if column.name == "Name" else "",
        "description": "",
        "priority": 1 if column.is_wide else 0,
    }


def _columns(of: ResourceType) -> Sequence[Column]:
    if of.custom is None:
        found: Sequence[Column] = COLUMNS.get((of.group, of.kind), _OTHERS)
        return found
    own: Sequence[Body] | None = of.custom.get("additionalPrinterColumns")
    if not own:
        return _OTHERS
    return (_NAME, *(_custom_column(each) for each in own))


def _custom_column(given: Body) -> Column:
    path = [part for part in re.split(r"[.\[\]]+", given.get("jsonPath", "")) if part]
    steps: list[str | int] = [int(part) if part.isdigit() else part for part in path]
    is_date = given.get("type") == "date"

    def value(body: Body) -> Any:
        found = dig(body, *steps)
        if is_date and isinstance(found, str):
            return age(found)
        return found

    return Column(given["name"], value, bool(given.get("priority")), given.get("type", "string"))
