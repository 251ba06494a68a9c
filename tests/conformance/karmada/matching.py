"""Answers of `match` cases, from `gitopsd.core.match`."""

from collections.abc import Mapping
from typing import Any

from gitopsd.core.match import Policies, choose
from gitopsd.kube.body import dig
from gitopsd.model.policy import read_propagation_policy
from gitopsd.model.resource import Origin, Resource, ResourceKey, split_api_version


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a `match` request."""
    bodies = request["propagationPolicies"] + request["clusterPropagationPolicies"]
    policies = Policies(read_propagation_policy(each) for each in bodies)
    policy = choose(_template(request["object"]), policies).policy
    if policy is None:
        return {"policy": None}
    return {"policy": {"kind": policy.kind, "namespace": policy.namespace, "name": policy.name}}


def _template(body: Mapping[str, Any]) -> Resource:
    group, version = split_api_version(body["apiVersion"])
    namespace = dig(body, "metadata", "namespace", default="")
    key = ResourceKey(group, body["kind"], namespace, dig(body, "metadata", "name", default=""))
    return Resource(key, version, body, Origin("object.yaml"))
