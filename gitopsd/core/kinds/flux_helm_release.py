"""HelmRelease of Flux: a chart with values, installed in the cluster."""

from typing import Any

from gitopsd.core.kinds.custom_workload import collected, last_of, observed, reflect_of
from gitopsd.core.kinds.flux import (
    is_ready_by,
    merged_conditions,
    named,
    retain_suspend,
    secrets_at,
)
from gitopsd.core.kinds.kind import Dependency, Items, Kind, integer, mappings, namespace, text
from gitopsd.core.kinds.statuses import with_status
from gitopsd.kube.body import Body

_LATEST = (
    "lastAttemptedRevision",
    "lastAppliedRevision",
    "lastAttemptedValuesChecksum",
    "helmChart",
    "lastReleaseRevision",
)
_COUNTERS = ("failures", "upgradeFailures", "installFailures")
_secrets = secrets_at(("chart", "spec", "verify", "secretRef"), ("kubeConfig", "secretRef"))


def aggregate(body: Body, items: Items, now: str) -> Body:
    """The last member's word, conditions merged, failures on top of those that are counted."""
    old: dict[str, Any] = dict(body.get("status") or {})
    if items is None:
        old = {**old, **dict.fromkeys(_LATEST, ""), **dict.fromkeys(_COUNTERS, 0)}
    statuses = collected(items)
    status = {
        **old,
        **{name: last_of(statuses, name, old.get(name)) for name in _LATEST},
        **{
            name: old[name] + sum(integer(each, name) for each in statuses)
            for name in _COUNTERS
            if old.get(name) is not None
        },
        "conditions": merged_conditions(items),
        "observedGeneration": observed(body, items),
    }
    return with_status(body, status)


def dependencies(body: Body) -> tuple[Dependency, ...]:
    """What values come from, the Secrets it needs, and the account it installs as."""
    values = {
        (str(each.get("kind")), text(each, "name"))
        for each in mappings(body, "spec", "valuesFrom")
        if each.get("kind") in ("Secret", "ConfigMap")
    }
    secrets = {each.name for each in _secrets(body)}
    wanted = sorted(values | {("Secret", name) for name in secrets})
    found = tuple(Dependency("v1", kind, namespace(body), name) for kind, name in wanted)
    return found + named("ServiceAccount", body, ("spec", "serviceAccountName"))


KIND = Kind(
    group="helm.toolkit.fluxcd.io",
    version="v2beta1",
    name="HelmRelease",
    retain=retain_suspend,
    reflect=reflect_of("conditions", "observedGeneration", *_LATEST, *_COUNTERS),
    aggregate=aggregate,
    is_healthy=is_ready_by("ReconciliationSucceeded"),
    dependencies=dependencies,
)
