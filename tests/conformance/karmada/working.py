"""Answers of `work` cases, from `gitopsd.core.render` and the scheduler's dispenser."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from overriding import overrides, subject

from gitopsd.core.kinds import Misread
from gitopsd.core.render import KARMADA, Rendering, Terms, completions_of
from gitopsd.core.schedule import split
from gitopsd.model.cluster import read_cluster
from gitopsd.model.decision import Component, Need, Requirements, Share
from gitopsd.model.policy import Placement, Suspension
from gitopsd.model.problem import Problem
from gitopsd.model.resource import Origin, Resource, split_api_version


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a `work` request."""
    spec = (request.get("binding") or request["clusterBinding"])["spec"]
    clusters = {each["metadata"]["name"]: read_cluster(each) for each in request["clusters"]}
    shares = tuple(_shares(spec))
    template = _template(request["object"])
    try:
        terms = _terms(template, spec, shares)
    except Misread as error:
        return {"works": [], "error": {"class": "Error", "message": str(error)}}
    rendering = Rendering(template, terms, KARMADA)
    policies = overrides(request)
    works, errors = [], []
    for share in shares:
        if share.cluster not in clusters:
            errors.append(f"{share.cluster} is no member")
            continue
        made = rendering.manifest(clusters[share.cluster], share.replicas, policies)
        if isinstance(made, Problem):
            errors.append(str(made))
            continue
        works.append(
            {
                "cluster": share.cluster,
                "suspendDispatching": made.suspended,
                "preserveResourcesOnDeletion": made.preserve,
                "manifests": [made.body],
            }
        )
    failed = {"error": {"class": "Error", "message": "; ".join(errors)}} if errors else {}
    return {"works": works, **failed}


def _template(body: Mapping[str, Any]) -> Resource:
    _, version = split_api_version(body["apiVersion"])
    return Resource(subject(body).key, version, body, Origin("object.yaml"))


def _shares(spec: Mapping[str, Any]) -> Iterator[Share]:
    seen = set()
    for holder in (spec, *spec.get("requiredBy", ())):
        for each in holder.get("clusters", ()):
            if each["name"] not in seen:
                seen.add(each["name"])
                yield Share(each["name"], each.get("replicas", 0))


def _terms(template: Resource, spec: Mapping[str, Any], shares: tuple[Share, ...]) -> Terms:
    need = Need(
        replicas=spec.get("replicas", 0),
        requirements=msgspec.convert(spec.get("replicaRequirements"), Requirements | None),
        components=msgspec.convert(spec.get("components", ()), tuple[Component, ...]),
    )
    placement = msgspec.convert(spec.get("placement") or {}, Placement)
    scheduling = placement.replica_scheduling
    is_divided = scheduling is not None and scheduling.replica_scheduling_type == "Divided"
    total = completions_of(template) if is_divided and need.replicas > 0 else None
    uid = spec["resource"].get("uid", "")
    return Terms(
        need=need,
        is_divided=is_divided,
        conflict=spec.get("conflictResolution") or "Abort",
        preserve=bool(spec.get("preserveResourcesOnDeletion")),
        suspension=msgspec.convert(spec.get("suspension"), Suspension | None),
        completions=split(total, shares, uid) if total is not None else {},
    )
