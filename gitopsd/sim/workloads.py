"""Controllers of workloads: Deployment, ReplicaSet, StatefulSet, DaemonSet, Job.

Comes in: one object and the pods it has. Goes out: pods made and removed, and the status that a
real controller would write, so that health rules say the same.
"""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from gitopsd.apiserver.rules.pods import admitted, defaulted
from gitopsd.apiserver.store import Key, Stored
from gitopsd.apiserver.writing import now
from gitopsd.kube.body import Body, dig
from gitopsd.kube.wire import hash_of
from gitopsd.sim.controllers import Controllers, condition, reference_to

REVISION = "deployment.kubernetes.io/revision"
HASH = "pod-template-hash"
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


def short_hash(value: Any, length: int = 10) -> str:
    """A name part that follows from a value, in the letters that Kubernetes uses."""
    number = int(hash_of(value)[:16], 16)
    letters = []
    for _ in range(length):
        number, rest = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[rest])
    return "".join(letters)


def new_object(
    kind: str, api_version: str, metadata: Mapping[str, Any], rest: Mapping[str, Any]
) -> dict[str, Any]:
    """An object as a controller makes it."""
    made = {"uid": str(uuid.uuid4()), "creationTimestamp": now(), **metadata}
    return {"kind": kind, "apiVersion": api_version, "metadata": made, **rest}


def make_pod(controllers: Controllers, owner: Stored, template: Body, name: str) -> None:
    """A pod of a controller."""
    metadata = {
        "name": name,
        "namespace": owner.key.namespace,
        "generation": 1,
        **{key: template["metadata"][key] for key in ("labels", "annotations")
           if (template.get("metadata") or {}).get(key)},
        "ownerReferences": [reference_to(owner)],
    }  # fmt: skip
    body = new_object("Pod", "v1", metadata, {"spec": template.get("spec") or {}})
    made = admitted(defaulted(body))
    controllers.create(Key("", "pods", owner.key.namespace, name), dict(made))


def is_ready(pod: Stored) -> bool:
    """Whether a pod is ready."""
    return any(
        each["type"] == "Ready" and each["status"] == "True"
        for each in dig(pod.body, "status", "conditions", default=())
    )


def is_active(pod: Stored) -> bool:
    """Whether a pod runs or is going to."""
    phase = dig(pod.body, "status", "phase")
    is_over = phase in ("Succeeded", "Failed")
    return not is_over and not pod.body["metadata"].get("deletionTimestamp")


# ReplicaSet


def reconcile_replica_set(controllers: Controllers, stored: Stored) -> None:
    """Makes and removes pods until there are as many as wanted."""
    spec = stored.body["spec"]
    wanted = 0 if _is_ending(stored) else spec.get("replicas", 1)
    pods = [each for each in controllers.owned(stored, "", "pods") if is_active(each)]
    if not _is_ending(stored):
        for _ in range(wanted - len(pods)):
            name = f"{stored.key.name}-{short_hash(uuid.uuid4().hex, 5)}"
            make_pod(controllers, stored, spec["template"], name)
        surplus = sorted(pods, key=lambda each: (is_ready(each), each.key.name))
        for each in surplus[: max(len(pods) - wanted, 0)]:
            controllers.remove(each.key)
    pods = [each for each in controllers.owned(stored, "", "pods") if is_active(each)]
    ready = sum(map(is_ready, pods))
    status: dict[str, Any] = {"replicas": len(pods)}
    if pods:
        status["fullyLabeledReplicas"] = len(pods)
    if ready:
        status["readyReplicas"] = status["availableReplicas"] = ready
    status["observedGeneration"] = stored.body["metadata"].get("generation", 1)
    fresh = controllers.store.read(stored.key)
    if fresh is not None:
        controllers.set_status(fresh, status)


def _is_ending(stored: Stored) -> bool:
    return bool(stored.body["metadata"].get("deletionTimestamp"))


# Deployment


def reconcile_deployment(controllers: Controllers, stored: Stored) -> None:
    """Rolls out the template: the new ReplicaSet first, the old ones as it gets ready."""
    if _is_ending(stored):
        return
    spec = stored.body["spec"]
    wanted = spec.get("replicas", 1)
    sets = controllers.owned(stored, "apps", "replicasets")
    current = _current_set(controllers, stored, sets)
    if current is None:
        return
    old = [each for each in sets if each.key != current.key]
    ready = dig(current.body, "status", "readyReplicas", default=0)
    if not spec.get("paused"):
        _scale(controllers, current, _allowed(spec, wanted, ready, old))
        _shrink(controllers, old, wanted, ready)
    _trim(controllers, old, spec.get("revisionHistoryLimit", 10))
    _deployment_status(controllers, stored.key)


def _current_set(controllers: Controllers, owner: Stored, sets: Sequence[Stored]) -> Stored | None:
    template = owner.body["spec"]["template"]
    mark = short_hash(template)
    name = f"{owner.key.name}-{mark}"
    found = next((each for each in sets if each.key.name == name), None)
    revisions = [int(_revision(each) or 0) for each in sets]
    newest = max(revisions, default=0)
    if found is not None:
        if int(_revision(found) or 0) < newest:
            found = _annotated(controllers, found, str(newest + 1))
        _note_revision(controllers, owner, _revision(found))
        return found
    if owner.body["spec"].get("paused"):
        return sets[-1] if sets else None
    metadata = template.get("metadata") or {}
    labels = {**(metadata.get("labels") or {}), HASH: mark}
    selector = owner.body["spec"].get("selector") or {}
    chosen = {**selector, "matchLabels": {**(selector.get("matchLabels") or {}), HASH: mark}}
    body = new_object(
        "ReplicaSet",
        "apps/v1",
        {
            "name": name,
            "namespace": owner.key.namespace,
            "generation": 1,
            "labels": labels,
            "annotations": {REVISION: str(newest + 1)},
            "ownerReferences": [reference_to(owner)],
        },
        {
            "spec": {
                "replicas": 0,
                "selector": chosen,
                "template": {**template, "metadata": {**metadata, "labels": labels}},
            },
            "status": {"replicas": 0},
        },
    )
    made = controllers.create(Key("apps", "replicasets", owner.key.namespace, name), body)
    _note_revision(controllers, owner, str(newest + 1))
    return made


def _revision(stored: Stored) -> str:
    return str(dig(stored.body, "metadata", "annotations", REVISION, default=""))


def _annotated(controllers: Controllers, stored: Stored, revision: str) -> Stored:
    metadata = stored.body["metadata"]
    annotations = {**(metadata.get("annotations") or {}), REVISION: revision}
    changed = {**stored.body, "metadata": {**metadata, "annotations": annotations}}
    return controllers.change(stored, changed)


def _note_revision(controllers: Controllers, owner: Stored, revision: str) -> None:
    fresh = controllers.store.read(owner.key)
    if fresh is not None and _revision(fresh) != revision:
        _annotated(controllers, fresh, revision)


def _allowed(spec: Body, wanted: int, ready: int, old: Sequence[Stored]) -> int:
    """How many pods of the new template may be there now."""
    is_recreated = dig(spec, "strategy", "type") == "Recreate"
    left = sum(dig(each.body, "status", "replicas", default=0) for each in old)
    return 0 if is_recreated and left and not ready else wanted


def _scale(controllers: Controllers, stored: Stored, replicas: int) -> None:
    if stored.body["spec"].get("replicas") == replicas:
        return
    metadata = stored.body["metadata"]
    body = {
        **stored.body,
        "metadata": {**metadata, "generation": metadata.get("generation", 0) + 1},
        "spec": {**stored.body["spec"], "replicas": replicas},
    }
    controllers.change(stored, body)


def _shrink(controllers: Controllers, old: Sequence[Stored], wanted: int, ready: int) -> None:
    """Old ReplicaSets keep what the new one does not have ready yet."""
    left = max(wanted - ready, 0)
    for each in sorted(old, key=lambda one: -int(_revision(one) or 0)):
        kept = min(each.body["spec"].get("replicas", 0), left)
        left -= kept
        _scale(controllers, each, kept)


def _trim(controllers: Controllers, old: Sequence[Stored], limit: int) -> None:
    empty = [
        each
        for each in sorted(old, key=lambda one: int(_revision(one) or 0))
        if not each.body["spec"].get("replicas") and not dig(each.body, "status", "replicas")
    ]
    for each in empty[: max(len(empty) - limit, 0)]:
        controllers.remove(each.key)


def _deployment_status(controllers: Controllers, key: Key) -> None:
    stored = controllers.store.read(key)
    if stored is None:
        return
    spec, before = stored.body["spec"], stored.body.get("status") or {}
    wanted = spec.get("replicas", 1)
    sets = controllers.owned(stored, "apps", "replicasets")
    name = f"{key.name}-{short_hash(spec['template'])}"
    total = sum(dig(each.body, "status", "replicas", default=0) for each in sets)
    ready = sum(dig(each.body, "status", "readyReplicas", default=0) for each in sets)
    updated = sum(
        dig(each.body, "status", "replicas", default=0) for each in sets if each.key.name == name
    )
    status: dict[str, Any] = {"observedGeneration": stored.body["metadata"].get("generation", 1)}
    if total:
        status["replicas"] = total
    if updated:
        status["updatedReplicas"] = updated
    if ready:
        status["readyReplicas"] = status["availableReplicas"] = ready
    if missing := max(max(total, wanted) - ready, 0):
        status["unavailableReplicas"] = missing
    is_available = ready >= wanted - _may_miss(spec, wanted)
    available = (
        condition(before, "Available", True, "MinimumReplicasAvailable",
                  "Deployment has minimum availability.")
        if is_available
        else condition(before, "Available", False, "MinimumReplicasUnavailable",
                       "Deployment does not have minimum availability.")
    )  # fmt: skip
    is_done = updated == wanted == total and ready >= wanted
    progressing = (
        condition(before, "Progressing", True, "NewReplicaSetAvailable",
                  f'ReplicaSet "{name}" has successfully progressed.')
        if is_done
        else condition(before, "Progressing", True, "ReplicaSetUpdated",
                       f'ReplicaSet "{name}" is progressing.')
    )  # fmt: skip
    status["conditions"] = [available, progressing]
    controllers.set_status(stored, status)


def _may_miss(spec: Body, wanted: int) -> int:
    given = dig(spec, "strategy", "rollingUpdate", "maxUnavailable", default=0)
    if isinstance(given, str) and given.endswith("%"):
        return wanted * int(given[:-1]) // 100
    return int(given)


# StatefulSet


def reconcile_stateful_set(controllers: Controllers, stored: Stored) -> None:
    """Pods with numbers and claims of their own; a changed template replaces them all."""
    if _is_ending(stored):
        return
    spec = stored.body["spec"]
    wanted = spec.get("replicas", 1)
    start = dig(spec, "ordinals", "start", default=0)
    revision = f"{stored.key.name}-{short_hash(spec['template'])}"
    template = spec["template"]
    metadata = template.get("metadata") or {}
    pods = {each.key.name: each for each in controllers.owned(stored, "", "pods")}
    names = [f"{stored.key.name}-{start + number}" for number in range(wanted)]
    for name in names:
        pod = pods.get(name)
        if pod is None:
            labels = {
                **(metadata.get("labels") or {}),
                "controller-revision-hash": revision,
                "statefulset.kubernetes.io/pod-name": name,
                "apps.kubernetes.io/pod-index": name.rpartition("-")[2],
            }
            _claims(controllers, stored, name)
            mine = _with_claims(template, spec.get("volumeClaimTemplates") or (), name)
            make_pod(
                controllers, stored, {**mine, "metadata": {**metadata, "labels": labels}}, name
            )
        elif (
            pod.labels.get("controller-revision-hash") != revision
            and is_active(pod)
            and dig(spec, "updateStrategy", "type") != "OnDelete"
        ):
            controllers.remove(pod.key)
    for name, pod in pods.items():
        if name not in names and is_active(pod):
            controllers.remove(pod.key)
    _stateful_status(controllers, stored.key, revision)


def _claims(controllers: Controllers, owner: Stored, pod: str) -> None:
    for template in owner.body["spec"].get("volumeClaimTemplates") or ():
        name = f"{template['metadata']['name']}-{pod}"
        labels = dig(owner.body, "spec", "selector", "matchLabels", default={})
        body = new_object(
            "PersistentVolumeClaim",
            "v1",
            {"name": name, "namespace": owner.key.namespace, "labels": labels},
            {"spec": template.get("spec") or {}, "status": {"phase": "Pending"}},
        )
        controllers.create(Key("", "persistentvolumeclaims", owner.key.namespace, name), body)


def _with_claims(template: Body, claims: Sequence[Body], pod: str) -> Body:
    if not claims:
        return template
    names = {each["metadata"]["name"] for each in claims}
    spec = template.get("spec") or {}
    kept = [each for each in spec.get("volumes") or () if each.get("name") not in names]
    made = [
        {"name": name, "persistentVolumeClaim": {"claimName": f"{name}-{pod}"}}
        for name in sorted(names)
    ]
    return {**template, "spec": {**spec, "volumes": [*kept, *made]}}


def _stateful_status(controllers: Controllers, key: Key, revision: str) -> None:
    stored = controllers.store.read(key)
    if stored is None:
        return
    wanted = stored.body["spec"].get("replicas", 1)
    pods = [each for each in controllers.owned(stored, "", "pods") if is_active(each)]
    new = [each for each in pods if each.labels.get("controller-revision-hash") == revision]
    ready = sum(map(is_ready, pods))
    before = stored.body.get("status") or {}
    is_done = len(new) == len(pods) == wanted and ready == wanted
    current = revision if is_done else before.get("currentRevision", revision)
    old = [each for each in pods if each.labels.get("controller-revision-hash") == current]
    status: dict[str, Any] = {
        "observedGeneration": stored.body["metadata"].get("generation", 1),
        "replicas": len(pods),
    }
    if ready:
        status["readyReplicas"] = ready
    if old:
        status["currentReplicas"] = len(old)
    if new:
        status["updatedReplicas"] = len(new)
    status |= {
        "currentRevision": current,
        "updateRevision": revision,
        "collisionCount": 0,
        "availableReplicas": ready,
    }
    controllers.set_status(stored, status)


# DaemonSet


def reconcile_daemon_set(controllers: Controllers, stored: Stored) -> None:
    """One pod on every node that takes it."""
    if _is_ending(stored):
        return
    spec = stored.body["spec"]
    revision = short_hash(spec["template"])
    template = spec["template"]
    metadata = template.get("metadata") or {}
    labels = {
        **(metadata.get("labels") or {}),
        "controller-revision-hash": revision,
        "pod-template-generation": str(stored.body["metadata"].get("generation", 1)),
    }
    chosen = dig(template, "spec", "nodeSelector", default={})
    nodes = [
        each.key.name
        for each in controllers.store.each("", "nodes")
        if all(each.labels.get(key) == value for key, value in chosen.items())
    ]
    pods = [each for each in controllers.owned(stored, "", "pods") if is_active(each)]
    held: dict[str, Stored] = {}
    for pod in pods:
        node = dig(pod.body, "spec", "nodeName", default="")
        is_old = pod.labels.get("controller-revision-hash") != revision
        if node not in nodes or node in held or is_old:
            controllers.remove(pod.key)
        else:
            held[node] = pod
    for node in nodes:
        if node not in held:
            bound = {**template, "spec": {**(template.get("spec") or {}), "nodeName": node},
                     "metadata": {**metadata, "labels": labels}}  # fmt: skip
            name = f"{stored.key.name}-{short_hash(uuid.uuid4().hex, 5)}"
            make_pod(controllers, stored, bound, name)
    _daemon_status(controllers, stored.key, len(nodes), revision)


def _daemon_status(controllers: Controllers, key: Key, wanted: int, revision: str) -> None:
    stored = controllers.store.read(key)
    if stored is None:
        return
    pods = [each for each in controllers.owned(stored, "", "pods") if is_active(each)]
    ready = sum(map(is_ready, pods))
    new = [each for each in pods if each.labels.get("controller-revision-hash") == revision]
    status: dict[str, Any] = {
        "currentNumberScheduled": len(pods),
        "numberMisscheduled": 0,
        "desiredNumberScheduled": wanted,
        "numberReady": ready,
        "observedGeneration": stored.body["metadata"].get("generation", 1),
    }
    if new:
        status["updatedNumberScheduled"] = len(new)
    if ready:
        status["numberAvailable"] = ready
    if missing := wanted - ready:
        status["numberUnavailable"] = missing
    controllers.set_status(stored, status)


# Job


def reconcile_job(controllers: Controllers, stored: Stored) -> None:
    """Runs pods until enough have succeeded."""
    if _is_ending(stored):
        return
    spec, before = stored.body["spec"], stored.body.get("status") or {}
    if any(each["type"] in ("Complete", "Failed") for each in before.get("conditions") or ()):
        return
    if spec.get("suspend"):
        suspended = condition(before, "Suspended", True, "JobSuspended", "Job suspended")
        controllers.set_status(stored, {**before, "conditions": [_probed(suspended)]})
        return
    pods = controllers.owned(stored, "", "pods")
    succeeded = [each for each in pods if dig(each.body, "status", "phase") == "Succeeded"]
    active = [each for each in pods if is_active(each)]
    wanted = spec.get("completions") or spec.get("parallelism") or 1
    room = min(spec.get("parallelism", 1), wanted - len(succeeded)) - len(active)
    for _ in range(room):
        name = f"{stored.key.name}-{short_hash(uuid.uuid4().hex, 5)}"
        make_pod(controllers, stored, spec["template"], name)
    _job_status(controllers, stored.key, wanted)


def _job_status(controllers: Controllers, key: Key, wanted: int) -> None:
    stored = controllers.store.read(key)
    if stored is None:
        return
    before = stored.body.get("status") or {}
    pods = controllers.owned(stored, "", "pods")
    succeeded = sum(dig(each.body, "status", "phase") == "Succeeded" for each in pods)
    active = [each for each in pods if is_active(each)]
    status: dict[str, Any] = {"startTime": before.get("startTime") or now()}
    if active:
        status["active"] = len(active)
    status["ready"] = sum(map(is_ready, active))
    status["terminating"] = 0
    if succeeded:
        status["succeeded"] = succeeded
    status["uncountedTerminatedPods"] = {}
    if succeeded >= wanted:
        said = "Reached expected number of succeeded pods"
        met = condition(before, "SuccessCriteriaMet", True, "CompletionsReached", said)
        done = condition(before, "Complete", True, "CompletionsReached", said)
        status["completionTime"] = now()
        status["conditions"] = [_probed(met), _probed(done)]
    controllers.set_status(stored, status)


def _probed(given: Body) -> Body:
    made = {"lastProbeTime": given.get("lastUpdateTime", now()), **given}
    made.pop("lastUpdateTime", None)
    return made
