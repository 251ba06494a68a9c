"""Answers of `schedule` cases, from `gitopsd.core.schedule`."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from gitopsd.core.schedule import KARMADA, Fleet, is_reschedule_due, schedule
from gitopsd.model.cluster import read_cluster
from gitopsd.model.decision import Component, Need, Request, Requirements, Share
from gitopsd.model.policy import Placement
from gitopsd.model.resource import ResourceKey, split_api_version

_CLASSES = {
    "NoClusterFit": "FitError",
    "Unschedulable": "UnschedulableError",
    "SchedulerError": "Other",
}


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a `schedule` request."""
    options = replace(KARMADA, propagates_empty=request["enableEmptyWorkloadPropagation"])
    fleet = Fleet(read_cluster(each) for each in request["clusters"])
    asked = _request(request["spec"], request.get("status") or {})
    assignment = schedule(asked, fleet, options)
    if not assignment.is_scheduled:
        return {"error": {"class": _CLASSES[assignment.reason], "message": assignment.message}}
    return {
        "clusters": [
            {"name": share.cluster, "replicas": share.replicas} for share in assignment.shares
        ],
        "affinityName": assignment.affinity,
    }


def _request(spec: Mapping[str, Any], status: Mapping[str, Any]) -> Request:
    resource = spec["resource"]
    group, _ = split_api_version(resource["apiVersion"])
    return Request(
        key=ResourceKey(
            group, resource["kind"], resource.get("namespace", ""), resource.get("name", "")
        ),
        api_version=resource["apiVersion"],
        uid=resource.get("uid", ""),
        need=_need(spec),
        placement=msgspec.convert(spec["placement"], Placement),
        previous=tuple(
            Share(each["name"], each.get("replicas", 0)) for each in spec.get("clusters", ())
        ),
        affinity=status.get("schedulerObservingAffinityName", ""),
        evicted=tuple(each["fromCluster"] for each in spec.get("gracefulEvictionTasks", ())),
        fresh=is_reschedule_due(spec.get("rescheduleTriggeredAt"), status.get("lastScheduledTime")),
    )


def _need(spec: Mapping[str, Any]) -> Need:
    return Need(
        replicas=spec.get("replicas", 0),
        requirements=msgspec.convert(spec.get("replicaRequirements"), Requirements | None),
        components=msgspec.convert(spec.get("components", ()), tuple[Component, ...]),
    )
