"""`bindings/…`: a ResourceBinding as Karmada shows it, and below it why, and what came of it.

Comes in: a Binding and the outcomes of its clusters. Goes out: two bodies that make one file:
`decided`, which changes with the decision alone, and `observed`, which follows the members.

`decision` has the policy, those that did not win, each cluster's verdict and the overrides in order
of application; `members` has for every cluster what came of it in our own words; `templateStatus`
is the one status that Karmada would write into the template.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from gitopsd.core.kinds import ScriptFailed
from gitopsd.core.summary import aggregated, replicas
from gitopsd.core.summary.aggregated import Seen
from gitopsd.core.summary.standing import WAITING, is_applied
from gitopsd.kube.body import Body
from gitopsd.model.decision import Binding, Manifest, Verdict
from gitopsd.model.delivery import ActionKind, Health, Outcome
from gitopsd.model.policy import OverridePolicy, PropagationPolicy
from gitopsd.model.resource import Resource

# For others, or for the stage of its cluster.
_WAITS = WAITING | {"Window"}


def decided(binding: Binding, created: str) -> Body:
    """Identity, spec and reasons: all of a binding's file that the members have no say in."""
    template = binding.template
    is_namespaced = bool(template.key.namespace)
    metadata: dict[str, Any] = {"name": _name(template)}
    if is_namespaced:
        metadata["namespace"] = template.key.namespace
    if binding.policy is not None:
        metadata["annotations"] = _claim(binding.policy)
    if created:
        metadata["creationTimestamp"] = created
    return {
        "apiVersion": "work.karmada.io/v1alpha2",
        "kind": "ResourceBinding" if is_namespaced else "ClusterResourceBinding",
        "metadata": metadata,
        "spec": _spec(binding),
        "decision": _decision(binding),
    }


def observed(binding: Binding, seen: Seen) -> Body:
    """What came of a binding: for every target cluster in our words, then as Karmada says it."""
    clusters = targets(binding)
    members = [_member(name, binding.manifests.get(name), seen) for name in clusters]
    items = aggregated.items(binding, clusters, seen)
    status: dict[str, Any] = {}
    if binding.assignment.affinity:
        status["schedulerObservingAffinityName"] = binding.assignment.affinity
    status["conditions"] = [_scheduled(binding), aggregated.fully_applied(clusters, items)]
    if items:
        status["aggregatedStatus"] = items
    found: dict[str, Any] = {"members": members} if members else {}
    try:
        if summed := aggregated.template_status(binding, items, seen.kinds):
            found["templateStatus"] = summed
    except ScriptFailed as error:
        found["problems"] = [str(error)]
    return {**found, "status": status}


def targets(binding: Binding) -> tuple[str, ...]:
    """Every cluster that is to hold the template, sorted: assigned, required, or rendered for."""
    names = {share.cluster for share in binding.assignment.shares} | set(binding.manifests)
    for required in binding.required_by.values():
        names.update(required)
    return tuple(sorted(names))


def _member(name: str, manifest: Manifest | None, seen: Seen) -> Body:
    """A cluster's line; of what is remembered to be there and not heard of by now, just that."""
    outcome = seen.outcomes.get(name)
    if outcome is None and manifest is not None and seen.held.get(name) == manifest.hash:
        return {"cluster": name, "state": "Applied", "health": Health.UNKNOWN.value}
    return member(name, manifest, outcome)


def member(name: str, manifest: Manifest | None, outcome: Outcome | None) -> Body:
    """One cluster's line: how many of how many run, what was done, how well it is, and why."""
    line: dict[str, Any] = {"cluster": name}
    key = manifest.key if manifest else (outcome.key if outcome else None)
    status = outcome.status if outcome else None
    if key is not None and manifest is not None:
        measured = replicas.of(key, manifest.body, outcome)
        # What ran and is gone has no count, and lacks nothing.
        if measured is not None and (status is not None or not manifest.hook):
            line["ready"], line["wanted"] = measured
    line["state"] = _state(manifest, outcome)
    if outcome is not None:
        line["health"] = outcome.health.value
        for field in ("reason", "message", "note"):
            if text := getattr(outcome, field):
                line[field] = text
    return line


def _name(template: Resource) -> str:
    return f"{template.key.name}-{template.key.kind}".lower().replace(":", ".")


def _claim(policy: PropagationPolicy) -> Mapping[str, str]:
    if policy.namespace:
        return {
            "propagationpolicy.karmada.io/namespace": policy.namespace,
            "propagationpolicy.karmada.io/name": policy.name,
        }
    return {"clusterpropagationpolicy.karmada.io/name": policy.name}


def _spec(binding: Binding) -> Body:
    key = binding.template.key
    resource = {"apiVersion": binding.template.api_version, "kind": key.kind}
    if key.namespace:
        resource["namespace"] = key.namespace
    spec: dict[str, Any] = {"resource": {**resource, "name": key.name}}
    if binding.need.is_workload:
        spec["replicas"] = binding.need.replicas
        if binding.need.requirements is not None:
            spec["replicaRequirements"] = msgspec.to_builtins(binding.need.requirements)
        if binding.need.components:
            spec["components"] = msgspec.to_builtins(binding.need.components)
    spec["clusters"] = [
        {"name": share.cluster, **({"replicas": share.replicas} if share.replicas else {})}
        for share in binding.assignment.shares
    ]
    if binding.required_by:
        spec["requiredBy"] = [
            {
                **({"namespace": drawing.namespace} if drawing.namespace else {}),
                "name": f"{drawing.name}-{drawing.kind}".lower().replace(":", "."),
                "clusters": [{"name": name} for name in sorted(clusters)],
            }
            for drawing, clusters in sorted(binding.required_by.items())
        ]
    if binding.policy is not None:
        spec.update(_asked(binding.policy))
    return spec


def _asked(policy: PropagationPolicy) -> Body:
    asked = policy.spec
    spec: dict[str, Any] = {"conflictResolution": asked.conflict_resolution}
    if asked.propagate_deps:
        spec["propagateDeps"] = True
    if asked.preserve_resources_on_deletion:
        spec["preserveResourcesOnDeletion"] = True
    if asked.scheduler_name:
        spec["schedulerName"] = asked.scheduler_name
    if asked.suspension is not None:
        spec["suspension"] = msgspec.to_builtins(asked.suspension)
    if asked.failover is not None:
        spec["failover"] = asked.failover
    spec["placement"] = msgspec.to_builtins(asked.placement)
    return spec


def _decision(binding: Binding) -> Body:
    found: dict[str, Any] = {"source": str(binding.template.origin)}
    if binding.policy is not None:
        found["policy"] = _named(binding.policy)
    if binding.refused:
        found["otherPolicies"] = [
            {**_named(each.policy), "reason": each.reason} for each in binding.refused
        ]
    if not binding.assignment.is_scheduled:
        found["reason"] = binding.assignment.reason
    if binding.assignment.message:
        found["message"] = binding.assignment.message
    if binding.assignment.passed:
        found["passedGroups"] = [
            {"name": name, "reason": reason} for name, reason in binding.assignment.passed
        ]
    if binding.assignment.verdicts:
        found["verdicts"] = _verdicts(binding.assignment.verdicts)
    if overrides := _overrides(binding):
        found["overrides"] = overrides
    if binding.problems:
        found["problems"] = [str(problem) for problem in binding.problems]
    return found


def _named(policy: PropagationPolicy | OverridePolicy) -> dict[str, Any]:
    named = {"name": str(policy)}
    if policy.origin is not None:
        named["source"] = str(policy.origin)
    return named


def _verdicts(verdicts: Iterable[Verdict]) -> Sequence[Body]:
    """Clusters that were let in one by one, the others together by what kept them out."""
    let_in: list[Body] = []
    kept_out: dict[tuple[str, str], list[str]] = {}
    for verdict in verdicts:
        if not verdict.accepted:
            kept_out.setdefault((verdict.stage, verdict.reason), []).append(verdict.cluster)
            continue
        line: dict[str, Any] = {"cluster": verdict.cluster, "stage": verdict.stage}
        if verdict.reason:
            line["reason"] = verdict.reason
        if verdict.score:
            line["score"] = verdict.score
        if verdict.replicas:
            line["replicas"] = verdict.replicas
        let_in.append(line)
    return [
        *let_in,
        *(
            {"refused": names, "stage": stage, "reason": reason}
            for (stage, reason), names in kept_out.items()
        ),
    ]


def _overrides(binding: Binding) -> Sequence[Body]:
    same: dict[tuple[str, ...], list[str]] = {}
    for name, manifest in sorted(binding.manifests.items()):
        if manifest.applied:
            rules = tuple(str(each) for each in manifest.applied)
            same.setdefault(rules, []).append(name)
    return [{"clusters": names, "applied": list(rules)} for rules, names in same.items()]


def _state(manifest: Manifest | None, outcome: Outcome | None) -> str:
    if manifest is not None and manifest.suspended:
        return "Suspended"
    if outcome is None:
        return "Pending"
    if outcome.action is ActionKind.FAIL:
        return "Failed"
    if outcome.action is ActionKind.SKIP:
        return "Waiting" if outcome.reason in _WAITS else "Skipped"
    return "Applied" if is_applied(manifest, outcome) else "Pending"


def _scheduled(binding: Binding) -> Body:
    assignment = binding.assignment
    success = "Binding has been scheduled successfully." if assignment.is_scheduled else ""
    condition = {
        "type": "Scheduled",
        "status": "True" if assignment.is_scheduled else "False",
        "reason": assignment.reason,
    }
    message = assignment.message or success
    return {**condition, "message": message} if message else condition
