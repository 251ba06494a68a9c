"""Whether single objects are ready for those that use them: phases, addresses, conditions.

Comes in: a Case. Goes out: a Finding. kstatus knows Service, PersistentVolumeClaim and
CustomResourceDefinition (kubernetes-sigs/cli-utils pkg/kstatus/status/core.go); addresses, late
binding and the other kinds are our own.
"""

from gitopsd.core.health.finding import (
    Case,
    Finding,
    current,
    failed,
    in_progress,
    is_false,
    is_true,
    words,
)
from gitopsd.core.kinds.kind import mappings, text


def service(case: Case) -> Finding:
    """Current, but a LoadBalancer only with an address."""
    if text(case.body, "spec", "type") != "LoadBalancer":
        return current()
    if not text(case.body, "spec", "clusterIP"):
        return in_progress("has no cluster IP")
    return _addressed(case)


def ingress(case: Case) -> Finding:
    """Current, but with a class that publishes addresses only once it has one."""
    class_ = text(case.body, "spec", "ingressClassName")
    return _addressed(case) if class_ in case.around.publishing_classes else current()


def _addressed(case: Case) -> Finding:
    if not mappings(case.status, "loadBalancer", "ingress"):
        return in_progress("has no address of a load balancer")
    return current()


def persistent_volume_claim(case: Case) -> Finding:
    """Current once it is bound, or where its class binds with the first consumer."""
    phase = text(case.status, "phase")
    if phase == "Bound":
        return current("bound")
    if phase == "Pending" and (
        text(case.body, "spec", "storageClassName") in case.around.late_classes
    ):
        return current(note="binds with its first consumer")
    return in_progress(f"not bound: {phase or 'no phase'}")


def persistent_volume(case: Case) -> Finding:
    """Current unless it could not be reclaimed."""
    if text(case.status, "phase") == "Failed":
        return failed(words(case.status, "could not be reclaimed"))
    return current()


def namespace(case: Case) -> Finding:
    """Current once it is active."""
    phase = text(case.status, "phase")
    return current() if phase == "Active" else in_progress(f"not active: {phase or 'no phase'}")


def custom_resource_definition(case: Case) -> Finding:
    """Current once it is served, Failed where its names or its schema are refused."""
    for each in case.conditions:
        type_ = each.get("type")
        if type_ == "NamesAccepted" and is_false(each):
            return failed(words(each, "its names are not accepted"))
        if type_ == "Established" and is_true(each):
            return current()
        if type_ == "Established" and is_false(each) and each.get("reason") != "Installing":
            return failed(words(each, "not established"))
    return in_progress("not established")


def horizontal_pod_autoscaler(case: Case) -> Finding:
    """Current while it can scale; want of metrics, which may be by design, is a note."""
    able, active = case.condition("AbleToScale"), case.condition("ScalingActive")
    if is_false(able):
        return in_progress(words(able, "cannot scale"))
    if active is None or not is_false(active):
        return current()
    reason = text(active, "reason")
    if reason == "ScalingDisabled" or reason.startswith("FailedGet"):
        return current(note=words(active, "does not scale"))
    return in_progress(words(active, "does not scale"))


def api_service(case: Case) -> Finding:
    """Current once its server answers."""
    available = case.condition("Available")
    return current() if is_true(available) else in_progress(words(available, "not available"))
