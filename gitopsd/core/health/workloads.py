"""Whether controllers of pods have come to what is wanted: counters, revisions and conditions.

Comes in: a Case. Goes out: a Finding. The rules and most words are kstatus'
(kubernetes-sigs/cli-utils pkg/kstatus/status/core.go); a paused Deployment, and one whose pods
are refused, are our own.
"""

from gitopsd.core.health.finding import (
    PATIENCE,
    Case,
    Condition,
    Finding,
    current,
    failed,
    failed_after,
    in_progress,
    is_true,
    started,
    words,
)
from gitopsd.core.kinds.kind import integer, text
from gitopsd.kube.body import dig

_NO_DEADLINE = 2**31 - 1


def deployment(case: Case) -> Finding:
    """Current once every wanted replica is new and available, and no old one is left."""
    if dig(case.body, "spec", "paused") is True:
        return current(note="paused: changes of the template wait")
    progressing = case.condition("Progressing")
    if progressing is not None and progressing.get("reason") == "ProgressDeadlineExceeded":
        return failed(words(progressing, "progress deadline exceeded"))
    refused = case.condition("ReplicaFailure")
    if refused is not None and is_true(refused):
        said = words(refused, "pods cannot be created")
        return failed_after(case, PATIENCE, started(case, refused), said)
    return _counted_deployment(case, progressing is not None and _has_new_set(progressing))


def _counted_deployment(case: Case, has_progressed: bool) -> Finding:
    wanted, replicas = case.replicas(), case.count("replicas")
    updated, available = case.count("updatedReplicas"), case.count("availableReplicas")
    if wanted > replicas:
        return in_progress(f"replicas: {replicas}/{wanted}")
    if wanted > updated:
        return in_progress(f"updated: {updated}/{wanted}")
    if replicas > wanted:
        return in_progress(f"pending termination: {replicas - wanted}")
    if updated > available:
        return in_progress(f"available: {available}/{updated}")
    if wanted > case.count("readyReplicas"):
        return in_progress(f"ready: {case.count('readyReplicas')}/{wanted}")
    if not has_progressed and _has_deadline(case):
        return in_progress("ReplicaSet not available")
    if not is_true(case.condition("Available")):
        return in_progress(words(case.condition("Available"), "Deployment not available"))
    return current(f"available: {available}/{wanted}")


def _has_new_set(progressing: Condition) -> bool:
    return is_true(progressing) and bool(progressing.get("reason") == "NewReplicaSetAvailable")


def _has_deadline(case: Case) -> bool:
    return integer(case.body, "spec", "progressDeadlineSeconds") not in (0, _NO_DEADLINE)


def stateful_set(case: Case) -> Finding:
    """Current once every wanted replica is ready and, down to the partition, new."""
    if text(case.body, "spec", "updateStrategy", "type") == "OnDelete":
        return current(note="pods are replaced when they are deleted (OnDelete)")
    wanted, replicas, ready = case.replicas(), case.count("replicas"), case.count("readyReplicas")
    if wanted > replicas:
        return in_progress(f"replicas: {replicas}/{wanted}")
    if wanted > ready:
        return in_progress(f"ready: {ready}/{wanted}")
    if replicas > wanted:
        return in_progress(f"pending termination: {replicas - wanted}")
    if dig(case.body, "spec", "updateStrategy", "rollingUpdate", "partition") is not None:
        return _partition(case, wanted)
    if wanted > case.count("currentReplicas"):
        return in_progress(f"current: {case.count('currentReplicas')}/{wanted}")
    if text(case.status, "currentRevision") != text(case.status, "updateRevision"):
        return in_progress("waits for the updated revision to be the current one")
    return current(f"ready: {ready}/{wanted}")


def _partition(case: Case, wanted: int) -> Finding:
    partition = integer(case.body, "spec", "updateStrategy", "rollingUpdate", "partition")
    updated, due = case.count("updatedReplicas"), wanted - partition
    if updated < due:
        return in_progress(f"updated: {updated}/{due} above partition {partition}")
    return current(f"updated: {updated}/{wanted}")


def daemon_set(case: Case) -> Finding:
    """Current once every node that should has a new pod that is ready."""
    if dig(case.body, "metadata", "generation") is None:
        return in_progress("metadata.generation is missing")
    for name in ("observedGeneration", "desiredNumberScheduled"):
        if case.status.get(name) is None:
            return in_progress(f"status.{name} is missing")
    wanted = case.count("desiredNumberScheduled")
    for name, word in (
        ("currentNumberScheduled", "current"),
        ("updatedNumberScheduled", "updated"),
        ("numberAvailable", "available"),
        ("numberReady", "ready"),
    ):
        if wanted > case.count(name):
            return in_progress(f"{word}: {case.count(name)}/{wanted}")
    return current(f"ready: {wanted}/{wanted}")


def replica_set(case: Case) -> Finding:
    """Current once every wanted replica is labelled, available and ready, and none is too many."""
    refused = case.condition("ReplicaFailure")
    if is_true(refused):
        return in_progress(words(refused, "pods cannot be created"))
    wanted, replicas = case.replicas(), case.count("replicas")
    for name, word in (
        ("fullyLabeledReplicas", "labelled"),
        ("availableReplicas", "available"),
        ("readyReplicas", "ready"),
    ):
        if wanted > case.count(name):
            return in_progress(f"{word}: {case.count(name)}/{wanted}")
    if replicas > wanted:
        return in_progress(f"pending termination: {replicas - wanted}")
    return current(f"ready: {case.count('readyReplicas')}/{wanted}")
