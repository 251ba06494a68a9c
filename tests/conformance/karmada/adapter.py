"""Recorded questions to Karmada, answered by the product: each operation is one function.

`answer(case)` takes a recorded case and gives a response of the same form. What stands here only
turns forms into values and back; whatever is decided is decided by the product.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec

from gitopsd.core.match import Policies, choose
from gitopsd.core.schedule import KARMADA, Fleet, is_reschedule_due, schedule
from gitopsd.kube.body import dig
from gitopsd.model.cluster import read_cluster
from gitopsd.model.decision import Component, Need, Request, Requirements, Share
from gitopsd.model.policy import Placement, read_propagation_policy
from gitopsd.model.resource import Origin, Resource, ResourceKey, split_api_version

ERRORS = {
    "NoClusterFit": "FitError",
    "Unschedulable": "UnschedulableError",
    "SchedulerError": "Other",
}


def answer(case: dict[str, Any]) -> dict[str, Any]:
    """The product's response to a recorded case."""
    return OPERATIONS[case["op"]](case["request"])


def answer_schedule(request: dict[str, Any]) -> dict[str, Any]:
    options = replace(KARMADA, propagates_empty=request["enableEmptyWorkloadPropagation"])
    fleet = Fleet(read_cluster(each) for each in request["clusters"])
    assignment = schedule(_request(request["spec"], request.get("status") or {}), fleet, options)
    if not assignment.is_scheduled:
        return {"error": {"class": ERRORS[assignment.reason], "message": assignment.message}}
    clusters = [{"name": each.cluster, "replicas": each.replicas} for each in assignment.shares]
    return {"clusters": clusters, "affinityName": assignment.affinity}


def _request(spec: dict[str, Any], status: dict[str, Any]) -> Request:
    resource = spec["resource"]
    requirements = spec.get("replicaRequirements")
    return Request(
        key=_key(resource["apiVersion"], resource["kind"], resource),
        api_version=resource["apiVersion"],
        uid=resource.get("uid", ""),
        need=Need(
            replicas=spec.get("replicas", 0),
            requirements=msgspec.convert(requirements, Requirements | None),
            components=msgspec.convert(spec.get("components", ()), tuple[Component, ...]),
        ),
        placement=msgspec.convert(spec["placement"], Placement),
        previous=tuple(
            Share(each["name"], each.get("replicas", 0)) for each in spec.get("clusters", ())
        ),
        affinity=status.get("schedulerObservingAffinityName", ""),
        evicted=tuple(each["fromCluster"] for each in spec.get("gracefulEvictionTasks", ())),
        fresh=is_reschedule_due(spec.get("rescheduleTriggeredAt"), status.get("lastScheduledTime")),
    )


def answer_match(request: dict[str, Any]) -> dict[str, Any]:
    bodies = request["propagationPolicies"] + request["clusterPropagationPolicies"]
    policies = Policies(read_propagation_policy(each) for each in bodies)
    policy = choose(_resource(request["object"]), policies).policy
    if policy is None:
        return {"policy": None}
    return {
        "policy": {"kind": policy.kind, "namespace": policy.namespace, "name": policy.name},
    }


def _resource(body: dict[str, Any]) -> Resource:
    key = _key(body["apiVersion"], body["kind"], dig(body, "metadata"))
    _, version = split_api_version(body["apiVersion"])
    return Resource(key, version, body, Origin("object.yaml"))


def _key(api_version: str, kind: str, named: dict[str, Any]) -> ResourceKey:
    group, _ = split_api_version(api_version)
    return ResourceKey(group, kind, named.get("namespace", ""), named.get("name", ""))


OPERATIONS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "match": answer_match,
    "schedule": answer_schedule,
}
