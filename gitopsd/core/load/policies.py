"""PropagationPolicies as Karmada's admission leaves them, and what it refuses.

Comes in: the `spec` of a policy that fits its schema. Goes out: mistakes, or the spec with
defaults filled in (karmada-io/karmada pkg/webhook/propagationpolicy, pkg/util/validation).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gitopsd.core.load import affinities
from gitopsd.core.load.metadata import Mistake
from gitopsd.kube import names
from gitopsd.kube.body import dig

_SERVICE_IMPORT = ("multicluster.x-k8s.io/v1alpha1", "ServiceImport")
_PLACEMENT = "/spec/placement"
# Older words of Karmada that mean the same.
_PURGE_MODES = {"Immediately": "Directly", "Graciously": "Gracefully"}
_GRACE_S = 600
_TOLERATION_S = 300


def admitted_propagation(spec: Mapping[str, Any], namespace: str) -> dict[str, Any]:
    """The spec with every default of admission; `namespace` is empty for a cluster-wide policy."""
    selectors = affinities.with_namespace(spec.get("resourceSelectors") or [], namespace)
    made = {**spec, "resourceSelectors": selectors}
    if any((each["apiVersion"], each["kind"]) == _SERVICE_IMPORT for each in selectors):
        made["propagateDeps"] = True
    if spec.get("placement"):
        made["placement"] = admitted_placement(spec["placement"])
    if spec.get("failover"):
        made["failover"] = _failover(spec["failover"])
    made.setdefault("schedulerName", "default-scheduler")
    return made


def admitted_placement(placement: Mapping[str, Any]) -> dict[str, Any]:
    """The placement with every default of admission; an omitted `maxGroups` stays omitted."""
    made = dict(placement)
    if placement.get("spreadConstraints"):
        made["spreadConstraints"] = [_spread(each) for each in placement["spreadConstraints"]]
    scheduling = placement.get("replicaScheduling")
    if scheduling is not None:
        kind = scheduling.get("replicaSchedulingType") or "Divided"
        filled = {**scheduling, "replicaSchedulingType": kind}
        if kind == "Divided" and not scheduling.get("replicaDivisionPreference"):
            filled["replicaDivisionPreference"] = "Weighted"
        made["replicaScheduling"] = filled
    return made


def _spread(constraint: Mapping[str, Any]) -> dict[str, Any]:
    made = {**constraint, "minGroups": constraint.get("minGroups") or 1}
    if not constraint.get("spreadByField") and not constraint.get("spreadByLabel"):
        made["spreadByField"] = "cluster"
    return made


def _failover(failover: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(failover)
    if failover.get("application") is not None:
        made["application"] = _purged(failover["application"])
        conditions = made["application"].get("decisionConditions") or {}
        made["application"]["decisionConditions"] = {
            "tolerationSeconds": _TOLERATION_S,
            **conditions,
        }
        if made["application"]["purgeMode"] == "Gracefully":
            made["application"].setdefault("gracePeriodSeconds", _GRACE_S)
    if failover.get("cluster") is not None:
        made["cluster"] = _purged(failover["cluster"])
    return made


def _purged(behaviour: Mapping[str, Any]) -> dict[str, Any]:
    mode = behaviour.get("purgeMode") or "Gracefully"
    return {**behaviour, "purgeMode": _PURGE_MODES.get(mode, mode)}


def mistakes(spec: Mapping[str, Any], namespace: str) -> Iterator[Mistake]:
    """What admission refuses; `namespace` is empty for a cluster-wide policy."""
    selectors = spec.get("resourceSelectors") or []
    yield from affinities.selector_mistakes(selectors, namespace)
    if spec.get("preemption") == "Always":
        for number, each in enumerate(selectors):
            if not each.get("name"):
                words = "a policy with preemption: Always must name what it claims"
                yield f"/spec/resourceSelectors/{number}", words
    yield from _placement(spec.get("placement") or {})
    yield from _failover_mistakes(spec)
    stops = dig(spec, "suspension", "dispatchingOnClusters", "clusterNames")
    if stops and dig(spec, "suspension", "dispatching"):
        words = "must be empty where dispatching is suspended everywhere"
        yield "/spec/suspension/dispatchingOnClusters", words


def _placement(placement: Mapping[str, Any]) -> Iterator[Mistake]:
    terms = placement.get("clusterAffinities") or []
    if placement.get("clusterAffinity") is not None and terms:
        yield f"{_PLACEMENT}/clusterAffinities", "must not stand beside clusterAffinity"
    yield from affinities.mistakes(
        placement.get("clusterAffinity"), f"{_PLACEMENT}/clusterAffinity"
    )
    yield from _names(terms, f"{_PLACEMENT}/clusterAffinities", set())
    may_overflow = _may_overflow(placement.get("replicaScheduling") or {})
    for number, term in enumerate(terms):
        at = f"{_PLACEMENT}/clusterAffinities/{number}"
        yield from affinities.mistakes(term, at)
        if term.get("overflowAffinities"):
            yield from _overflow(term, at, may_overflow=may_overflow)
    yield from _spreads(placement.get("spreadConstraints") or [])
    yield from _workload_affinity(placement.get("workloadAffinity") or {})


def _may_overflow(scheduling: Mapping[str, Any]) -> bool:
    return (scheduling.get("replicaSchedulingType") or "Divided") == "Divided" and (
        scheduling.get("replicaDivisionPreference") == "Aggregated"
        or bool(dig(scheduling, "weightPreference", "dynamicWeight"))
    )


def _overflow(term: Mapping[str, Any], at: str, *, may_overflow: bool) -> Iterator[Mistake]:
    at = f"{at}/overflowAffinities"
    if not may_overflow:
        words = "needs replicaSchedulingType: Divided, Aggregated or with a dynamicWeight"
        yield at, words
    parts = ("labelSelector", "fieldSelector", "clusterNames", "exclude")
    if not any(term.get(part) for part in parts):
        yield at, "needs an affinity of the term itself that is not empty"
    yield from _names(term["overflowAffinities"], at, {term.get("affinityName")})
    for number, each in enumerate(term["overflowAffinities"]):
        yield from affinities.mistakes(each, f"{at}/{number}")


def _names(
    terms: Sequence[Mapping[str, Any]], at: str, taken: set[str | None]
) -> Iterator[Mistake]:
    """Names of affinities have the form of a label's key, and none stands twice."""
    for number, term in enumerate(terms):
        name = term.get("affinityName") or ""
        if wrong := names.label_key(name):
            yield f"{at}/{number}/affinityName", wrong
        elif name in taken:
            yield f"{at}/{number}/affinityName", f"{name!r} stands twice"
        taken.add(name)


def _spreads(constraints: Sequence[Mapping[str, Any]]) -> Iterator[Mistake]:
    at = f"{_PLACEMENT}/spreadConstraints"
    fields: list[str] = []
    for number, each in enumerate(constraints):
        by_field, by_label = each.get("spreadByField"), each.get("spreadByLabel")
        if by_field and by_label:
            yield f"{at}/{number}", "has spreadByField and spreadByLabel; one of them is right"
            continue
        field = by_field or ("" if by_label else "cluster")
        if field and field in fields:
            yield f"{at}/{number}", f"spreads by {field}, as one before it does"
        fields.append(field)
        most = each.get("maxGroups") or 0
        least = each.get("minGroups") or 1
        if 0 < most < least:
            yield f"{at}/{number}/maxGroups", f"must not be less than minGroups, {least}"
    used = [field for field in fields if field]
    if used and "cluster" not in used:
        yield at, "one of them must have spreadByField: cluster"


def _workload_affinity(affinity: Mapping[str, Any]) -> Iterator[Mistake]:
    keys = []
    for part in ("affinity", "antiAffinity"):
        key = dig(affinity, part, "groupByLabelKey")
        if key is not None:
            at = f"{_PLACEMENT}/workloadAffinity/{part}/groupByLabelKey"
            if wrong := names.label_key(key):
                yield at, wrong
            elif key in keys:
                yield at, "must be another key than that of affinity"
            keys.append(key)


def _failover_mistakes(spec: Mapping[str, Any]) -> Iterator[Mistake]:
    failover = spec.get("failover") or {}
    application = failover.get("application")
    if application is not None and not spec.get("propagateDeps"):
        yield "/spec/failover/application", "needs propagateDeps: true"
    for part in ("application", "cluster"):
        behaviour = failover.get(part) or {}
        at = f"/spec/failover/{part}"
        mode = _purged(behaviour)["purgeMode"]
        if behaviour.get("gracePeriodSeconds") is not None and mode != "Gracefully":
            yield f"{at}/gracePeriodSeconds", "has a meaning only with purgeMode: Gracefully"
        rules = dig(behaviour, "statePreservation", "rules", default=[])
        for number, rule in enumerate(rules):
            if wrong := names.label_key(rule["aliasLabelName"]):
                yield f"{at}/statePreservation/rules/{number}/aliasLabelName", wrong
