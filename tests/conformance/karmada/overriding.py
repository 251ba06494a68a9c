"""Answers of `override` cases, from `gitopsd.core.override`."""

from collections.abc import Mapping
from typing import Any

from gitopsd.core.override import Overrides, Subject, override
from gitopsd.kube.body import dig
from gitopsd.model.cluster import read_cluster
from gitopsd.model.policy import read_override_policy
from gitopsd.model.resource import ResourceKey, split_api_version


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to an `override` request."""
    body = request["object"]
    done = override(body, subject(body), read_cluster(request["cluster"]), overrides(request))
    if done.problem:
        return {"error": {"class": "Error", "message": str(done.problem)}}
    return {
        "object": done.body,
        "appliedClusterOverrides": [
            each.policy.name for each in done.applied if not each.policy.namespace
        ],
        "appliedOverrides": [each.policy.name for each in done.applied if each.policy.namespace],
    }


def overrides(request: Mapping[str, Any]) -> Overrides:
    """The override policies of a request."""
    bodies = [
        each
        for field in ("clusterOverridePolicies", "overridePolicies")
        for each in request.get(field) or ()
    ]
    return Overrides(read_override_policy(each) for each in bodies)


def subject(body: Mapping[str, Any]) -> Subject:
    """Which template the object of a request is."""
    group, _ = split_api_version(body["apiVersion"])
    key = ResourceKey(
        group,
        body["kind"],
        dig(body, "metadata", "namespace", default=""),
        dig(body, "metadata", "name", default=""),
    )
    return Subject(body["apiVersion"], key)
