"""Nodes: which pods fit where, and pods that start, run, end and go.

Comes in: pods as they appear and change. Goes out: pods bound to the node with most room, ready
after a moment; those that fit nowhere say so and are tried again when room appears.
"""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from gitopsd.apiserver.store import Change, Key, Stored, VersionConflict
from gitopsd.apiserver.writing import now
from gitopsd.kube import quantity
from gitopsd.kube.body import Body, dig
from gitopsd.sim.controllers import Controllers, condition, controller_of
from gitopsd.sim.workloads import is_active, is_ready

_STOP_S = 0.05
_FIRST_IP = int(ip_address("10.244.0.2"))


def node(name: str, cpu: str, memory: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """A Node that is ready and has this room."""
    room = {"cpu": cpu, "memory": memory, "pods": "110", "ephemeral-storage": "100Gi"}
    moment = now()
    ready = {
        "type": "Ready",
        "status": "True",
        "lastHeartbeatTime": moment,
        "lastTransitionTime": moment,
        "reason": "KubeletReady",
        "message": "kubelet is posting ready status",
    }
    return {
        "kind": "Node",
        "apiVersion": "v1",
        "metadata": {
            "name": name,
            "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", **labels},
        },
        "spec": {},
        "status": {
            "capacity": room,
            "allocatable": room,
            "conditions": [ready],
            "addresses": [{"type": "Hostname", "address": name}],
            "nodeInfo": {
                "kubeletVersion": "v1.36.3",
                "osImage": "simulated",
                "kernelVersion": "simulated",
                "containerRuntimeVersion": "simulated://1",
                "operatingSystem": "linux",
                "architecture": "amd64",
            },
        },
    }


class Nodes:
    """Room on the nodes of one member, and what runs there."""

    def __init__(self) -> None:
        self._used: dict[str, dict[str, int]] = {}
        self._held: dict[Key, tuple[str, dict[str, int]]] = {}
        self._waiting: dict[Key, None] = {}
        self._addresses = _FIRST_IP
        self._starting: set[str] = set()

    def watch(self, controllers: Controllers, change: Change) -> None:
        """Counts room as pods come and go; wakes pods that wait for it."""
        key = change.last.key
        if key.group or key.resource not in ("pods", "nodes"):
            return
        if key.resource == "nodes":
            self._wake(controllers)
            for each in controllers.store.each("apps", "daemonsets"):
                controllers.mark(each.key)
            return
        is_gone = change.kind == "DELETED" or not is_active(change.last)
        name = dig(change.last.body, "spec", "nodeName", default="")
        if is_gone and key in self._held:
            node_name, amounts = self._held.pop(key)
            for resource, amount in amounts.items():
                self._used[node_name][resource] -= amount
            self._wake(controllers)
        elif not is_gone and name and key not in self._held:
            self._hold(key, name, requests_of(change.last.body["spec"]))
        if change.kind == "DELETED":
            self._waiting.pop(key, None)

    def _wake(self, controllers: Controllers) -> None:
        for key in self._waiting:
            controllers.mark(key)
        self._waiting = {}

    def _hold(self, key: Key, name: str, amounts: dict[str, int]) -> None:
        used = self._used.setdefault(name, {})
        for resource, amount in amounts.items():
            used[resource] = used.get(resource, 0) + amount
        self._held[key] = (name, amounts)

    def reconcile(self, controllers: Controllers, stored: Stored) -> None:
        """Binds a new pod, starts a bound one, ends one that is deleted."""
        body = stored.body
        if body["metadata"].get("deletionTimestamp"):
            controllers.later(_STOP_S, lambda: _end(controllers, stored.key))
            return
        if not is_active(stored) or is_ready(stored):
            return
        if not dig(body, "spec", "nodeName"):
            self._bind(controllers, stored)
            return
        uid = body["metadata"]["uid"]
        if uid not in self._starting:
            self._starting.add(uid)
            delay = controllers.pods_ready_after_s
            controllers.later(delay, lambda: self._run(controllers, stored.key, uid))

    def _bind(self, controllers: Controllers, stored: Stored) -> None:
        amounts = requests_of(stored.body["spec"])
        name = self._choose(controllers, stored.body["spec"], amounts)
        status = stored.body["status"]
        if name:
            bound = condition(status, "PodScheduled", True, "")
            kept = {key: value for key, value in bound.items() if value}
            spec = {**stored.body["spec"], "nodeName": name}
            body = {**stored.body, "spec": spec, "status": {**status, "conditions": [kept]}}
            controllers.change(stored, body)
            return
        count = controllers.store.count("", "nodes")
        said = f"0/{count} nodes are available: insufficient resources."
        refused = condition(status, "PodScheduled", False, "Unschedulable", said)
        body = {**stored.body, "status": {**status, "conditions": [refused]}}
        controllers.change(stored, body)
        self._waiting[stored.key] = None

    def _choose(self, controllers: Controllers, spec: Body, amounts: dict[str, int]) -> str:
        best, best_room = "", -1
        chosen = spec.get("nodeSelector") or {}
        tolerated = spec.get("tolerations") or ()
        for each in controllers.store.each("", "nodes"):
            if dig(each.body, "spec", "unschedulable"):
                continue
            if any(each.labels.get(key) != value for key, value in chosen.items()):
                continue
            if not _tolerates(dig(each.body, "spec", "taints", default=()), tolerated):
                continue
            room = self._room(each, amounts)
            if room > best_room:
                best, best_room = each.key.name, room
        return best

    def _room(self, stored: Stored, amounts: dict[str, int]) -> int:
        """What is left of the CPU after the pod; -1 where it does not fit."""
        used = self._used.get(stored.key.name, {})
        there = dig(stored.body, "status", "allocatable", default={})
        left = 0
        for resource, amount in amounts.items():
            free = quantity.milli(there.get(resource, 0)) - used.get(resource, 0)
            if free < amount:
                return -1
            if resource == "cpu":
                left = free
        return left

    def _run(self, controllers: Controllers, key: Key, uid: str) -> None:
        self._starting.discard(uid)
        stored = controllers.store.read(key)
        if stored is None or stored.body["metadata"]["uid"] != uid or not is_active(stored):
            return
        self._addresses += 1
        address = str(ip_address(self._addresses))
        body = {**stored.body, "status": _running(stored.body, address)}
        controllers.change(stored, body)
        owner = controller_of(stored.body)
        if owner is not None and owner["kind"] == "Job":
            controllers.later(controllers.jobs_run_s, lambda: _succeed(controllers, key, uid))


def requests_of(spec: Body) -> dict[str, int]:
    """What a pod asks for, in thousandths, with one pod among it."""
    total = {"pods": 1000}
    for container in spec.get("containers") or ():
        for resource, amount in dig(container, "resources", "requests", default={}).items():
            try:
                total[resource] = total.get(resource, 0) + quantity.milli(amount)
            except ValueError:
                continue
    return total


def _tolerates(taints: Any, tolerations: Any) -> bool:
    for taint in taints:
        if taint.get("effect") == "PreferNoSchedule":
            continue
        if not any(_matches(each, taint) for each in tolerations):
            return False
    return True


def _matches(toleration: Body, taint: Body) -> bool:
    if toleration.get("effect") not in (None, "", taint.get("effect")):
        return False
    if toleration.get("operator") == "Exists":
        return toleration.get("key") in (None, "", taint.get("key"))
    return toleration.get("key") == taint.get("key") and toleration.get("value", "") == taint.get(
        "value", ""
    )


def _running(body: Body, address: str) -> dict[str, Any]:
    moment = now()
    kinds = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    generation = body["metadata"].get("generation", 1)
    return {
        "observedGeneration": generation,
        "phase": "Running",
        "conditions": [
            {"type": kind, "status": "True", "lastTransitionTime": moment} for kind in kinds
        ],
        "hostIP": "10.0.0.1",
        "podIP": address,
        "podIPs": [{"ip": address}],
        "startTime": moment,
        "containerStatuses": [
            {
                "name": each["name"],
                "state": {"running": {"startedAt": moment}},
                "ready": True,
                "restartCount": 0,
                "image": each.get("image", ""),
                "imageID": "",
                "started": True,
            }
            for each in dig(body, "spec", "containers", default=())
        ],
        "qosClass": dig(body, "status", "qosClass", default="BestEffort"),
    }


def _succeed(controllers: Controllers, key: Key, uid: str) -> None:
    stored = controllers.store.read(key)
    if stored is None or stored.body["metadata"]["uid"] != uid or not is_active(stored):
        return
    moment = now()
    conditions = [
        {**each, "status": "False", "reason": "PodCompleted", "lastTransitionTime": moment}
        if each["type"] in ("Ready", "ContainersReady")
        else each
        for each in stored.body["status"]["conditions"]
    ]
    ended = {"exitCode": 0, "reason": "Completed", "startedAt": moment, "finishedAt": moment}
    statuses = [
        {**each, "ready": False, "started": False, "state": {"terminated": ended}}
        for each in stored.body["status"]["containerStatuses"]
    ]
    status = {
        **stored.body["status"],
        "phase": "Succeeded",
        "conditions": conditions,
        "containerStatuses": statuses,
    }
    controllers.change(stored, {**stored.body, "status": status})


def _end(controllers: Controllers, key: Key) -> None:
    stored = controllers.store.read(key)
    if stored is None or stored.body["metadata"].get("finalizers"):
        return
    if stored.body["metadata"].get("deletionTimestamp"):
        try:
            controllers.store.write(key, stored.version, None)
        except VersionConflict:
            return
