"""Small controllers: volumes for claims, addresses for load balancers, status of autoscalers."""

from typing import Any

from gitopsd.apiserver.rules.plain import PVC_PROTECTION
from gitopsd.apiserver.store import Change, Key, Stored
from gitopsd.kube.body import Body, dig
from gitopsd.sim.controllers import Controllers, condition
from gitopsd.sim.workloads import new_object


def reconcile_claim(controllers: Controllers, stored: Stored) -> None:
    """Makes a volume for a claim and binds it, whatever its class; lets an unused one end."""
    body = stored.body
    if body["metadata"].get("deletionTimestamp"):
        _unprotect(controllers, stored)
        return
    if dig(body, "status", "phase") == "Bound":
        return
    spec = body.get("spec") or {}
    size = dig(spec, "resources", "requests", "storage", default="1Gi")
    modes = spec.get("accessModes") or ["ReadWriteOnce"]
    name = spec.get("volumeName") or f"pvc-{body['metadata']['uid']}"
    _make_volume(controllers, stored, name, {"storage": size}, modes)
    status = {"phase": "Bound", "accessModes": modes, "capacity": {"storage": size}}
    bound = controllers.change(stored, {**body, "spec": {**spec, "volumeName": name}})
    controllers.set_status(bound, status)


def _make_volume(
    controllers: Controllers, claim: Stored, name: str, capacity: Body, modes: list[str]
) -> None:
    spec: dict[str, Any] = {
        "capacity": capacity,
        "accessModes": modes,
        "claimRef": {
            "kind": "PersistentVolumeClaim",
            "namespace": claim.key.namespace,
            "name": claim.key.name,
            "uid": claim.body["metadata"]["uid"],
            "apiVersion": "v1",
        },
        "persistentVolumeReclaimPolicy": "Delete",
        "volumeMode": "Filesystem",
        "hostPath": {"path": f"/volumes/{name}", "type": ""},
    }
    if chosen := dig(claim.body, "spec", "storageClassName"):
        spec["storageClassName"] = chosen
    body = new_object(
        "PersistentVolume", "v1", {"name": name}, {"spec": spec, "status": {"phase": "Bound"}}
    )
    controllers.create(Key("", "persistentvolumes", "", name), body)


def watch(controllers: Controllers, change: Change) -> None:
    """Looks at claims whose pods end; removes the volume that was made for a claim that is gone."""
    last = change.last
    if last.key.resource == "pods" and not last.key.group:
        for volume in dig(last.body, "spec", "volumes", default=()):
            if name := dig(volume, "persistentVolumeClaim", "claimName"):
                controllers.mark(Key("", "persistentvolumeclaims", last.key.namespace, name))
    if last.key.resource == "persistentvolumeclaims" and change.kind == "DELETED":
        name = dig(last.body, "spec", "volumeName", default="")
        if name == f"pvc-{last.body['metadata']['uid']}":
            controllers.later(0, lambda: controllers.remove(Key("", "persistentvolumes", "", name)))


def _unprotect(controllers: Controllers, claim: Stored) -> None:
    """Takes away what keeps a claim while pods use it, once none does."""
    metadata = claim.body["metadata"]
    kept = [each for each in metadata.get("finalizers") or () if each != PVC_PROTECTION]
    if len(kept) == len(metadata.get("finalizers") or ()) or _is_used(controllers, claim.key):
        return
    last = controllers.change(claim, {**claim.body, "metadata": {**metadata, "finalizers": kept}})
    if not kept:
        controllers.store.write(claim.key, last.version, None)


def _is_used(controllers: Controllers, claim: Key) -> bool:
    return any(
        dig(volume, "persistentVolumeClaim", "claimName") == claim.name
        for pod in controllers.store.each("", "pods", claim.namespace)
        if dig(pod.body, "status", "phase") not in ("Succeeded", "Failed")
        for volume in dig(pod.body, "spec", "volumes", default=())
    )


def reconcile_autoscaler(controllers: Controllers, stored: Stored) -> None:
    """Says how many replicas there are; without metrics it never changes them."""
    spec, before = stored.body.get("spec") or {}, stored.body.get("status") or {}
    target = spec.get("scaleTargetRef") or {}
    plural = f"{str(target.get('kind', '')).lower()}s"
    group = str(target.get("apiVersion", "")).rpartition("/")[0]
    found = controllers.store.read(
        Key(group, plural, stored.key.namespace, str(target.get("name", "")))
    )
    replicas = dig(found.body, "spec", "replicas", default=1) if found else 0
    able = condition(before, "AbleToScale", True, "SucceededGetScale",
                     "the HPA controller was able to get the target's current scale")  # fmt: skip
    active = condition(
        before,
        "ScalingActive",
        False,
        "FailedGetResourceMetric",
        "the HPA was unable to compute the replica count: unable to get metrics for resource cpu: "
        "unable to fetch metrics from resource metrics API: the server could not find the "
        "requested resource (get pods.metrics.k8s.io)",
    )
    conditions = [
        {key: value for key, value in each.items() if key != "lastUpdateTime"}
        for each in (able, active)
    ]
    status = {
        "currentMetrics": None,
        "desiredReplicas": 0,
        "conditions": conditions,
        "currentReplicas": replicas,
    }
    if {**before, "conditions": None} == {**status, "conditions": None}:
        status["conditions"] = before.get("conditions") or conditions
    controllers.set_status(stored, status)


def address_giver(address: str) -> Any:
    """A reconciler that gives load balancers and ingresses this address."""

    def reconcile(controllers: Controllers, stored: Stored) -> None:
        is_service = stored.key.resource == "services"
        if is_service and dig(stored.body, "spec", "type") != "LoadBalancer":
            return
        if not dig(stored.body, "status", "loadBalancer", "ingress"):
            entry = {"ip": address, "ipMode": "VIP"} if is_service else {"ip": address}
            controllers.set_status(stored, {"loadBalancer": {"ingress": [entry]}})

    return reconcile
