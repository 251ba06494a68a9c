"""Kinds of Karmada and our own as the values that later stages use.

Comes in: an object that fits its schema. Goes out: the typed value with the defaults that
Karmada's admission fills in, or `Refused` with what that admission would say.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from gitopsd.core.load import (
    affinities,
    clusters,
    ignores,
    instances,
    overrides,
    policies,
    quotas,
    roles,
    rollouts,
)
from gitopsd.core.load.metadata import Mistake
from gitopsd.core.load.parsed import Sort
from gitopsd.kube.body import Body, dig, laid
from gitopsd.model.build import ChartSpec
from gitopsd.model.cluster import read_cluster
from gitopsd.model.gating import Approval
from gitopsd.model.policy import OverridePolicy, OverrideSpec, PropagationPolicy, PropagationSpec
from gitopsd.model.resource import Resource
from gitopsd.model.snapshot import Configuration

# What helm allows for the name of a release.
_RELEASE_CHARACTERS = 53


class Refused(Exception):
    """What is wrong with an object of ours that fits its schema."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__(mistakes)
        self.mistakes = mistakes


def typed(sort: Sort, resource: Resource) -> Any:
    """The typed value of an object of ours; None for a sort that stays a body."""
    found = sorted(_mistakes(sort, resource))
    if found:
        raise Refused(found)
    make = _MAKERS.get(sort)
    try:
        return make(resource) if make else None
    except msgspec.ValidationError as error:
        raise Refused([("/spec", str(error))]) from None


def _mistakes(sort: Sort, resource: Resource) -> Iterator[Mistake]:
    spec = _spec(resource.body)
    namespace = resource.key.namespace
    match sort, resource.key.kind:
        case Sort.POLICY, _:
            yield from policies.mistakes(spec, namespace)
        case Sort.OVERRIDE, _:
            yield from overrides.mistakes(spec, namespace)
        case Sort.CLUSTER, _:
            yield from clusters.mistakes(resource.key.name, spec)
        case Sort.OTHER, "FederatedResourceQuota":
            yield from quotas.mistakes(resource.key.name, spec)
        case Sort.OTHER, "ClusterTaintPolicy":
            yield from affinities.mistakes(dig(spec, "targetClusters"), "/spec/targetClusters")
            yield from clusters.taint_mistakes(spec.get("taints") or [])
        case Sort.CHART, _ if len(resource.key.name) > _RELEASE_CHARACTERS:
            yield "/metadata/name", f"helm takes {_RELEASE_CHARACTERS} characters at most"
        case Sort.CONFIGURATION, _ if resource.origin.path != roles.CONFIGURATION_FILE:
            yield "/kind", f"the Configuration belongs into {roles.CONFIGURATION_FILE}"
        case Sort.CONFIGURATION, _:
            yield from ignores.mistakes(spec)
            yield from instances.mistakes(spec)
        case Sort.ROLLOUT, _:
            yield from rollouts.mistakes(spec)


def _cluster(resource: Resource) -> Any:
    spec = clusters.admitted(_spec(resource.body))
    return read_cluster(laid(resource.body, spec, "spec"), resource.origin)


def _policy(resource: Resource) -> PropagationPolicy:
    spec = policies.admitted_propagation(_spec(resource.body), resource.key.namespace)
    return PropagationPolicy(
        namespace=resource.key.namespace,
        name=resource.key.name,
        spec=msgspec.convert(spec, PropagationSpec),
        annotations=resource.annotations,
        origin=resource.origin,
    )


def _override(resource: Resource) -> OverridePolicy:
    spec = overrides.admitted(_spec(resource.body), resource.key.namespace)
    return OverridePolicy(
        namespace=resource.key.namespace,
        name=resource.key.name,
        spec=msgspec.convert(spec, OverrideSpec),
        origin=resource.origin,
    )


def _configuration(resource: Resource) -> Configuration:
    return msgspec.convert(_spec(resource.body), Configuration)


def _approval(resource: Resource) -> Approval:
    spec = _spec(resource.body)
    expires = spec.get("expires")
    return Approval(
        name=resource.key.name,
        covers=frozenset(spec.get("covers") or ()),
        expires=msgspec.convert(expires, datetime) if expires else None,
    )


def _chart(resource: Resource) -> ChartSpec:
    return msgspec.convert(_spec(resource.body), ChartSpec)


def _spec(body: Body) -> Mapping[str, Any]:
    spec: Mapping[str, Any] = dig(body, "spec", default={})
    return spec


_MAKERS: Mapping[Sort, Callable[[Resource], Any]] = {
    Sort.CLUSTER: _cluster,
    Sort.POLICY: _policy,
    Sort.OVERRIDE: _override,
    Sort.CONFIGURATION: _configuration,
    Sort.APPROVAL: _approval,
    Sort.CHART: _chart,
    Sort.ROLLOUT: rollouts.rollout,
}
