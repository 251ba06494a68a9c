"""Kustomization of Flux: a folder of a source, applied to the cluster."""

from gitopsd.core.kinds.custom_workload import collected, last_of, observed, reflect_of
from gitopsd.core.kinds.flux import (
    is_ready_by,
    merged_conditions,
    named,
    retain_suspend,
    secrets_at,
)
from gitopsd.core.kinds.kind import Dependency, Items, Kind
from gitopsd.core.kinds.statuses import with_status
from gitopsd.kube.body import Body

_LATEST = ("lastAttemptedRevision", "lastAppliedRevision")
_secrets = secrets_at(("decryption", "secretRef"), ("kubeConfig", "secretRef"))


def aggregate(body: Body, items: Items, now: str) -> Body:
    """The revisions of the last member that says some, else the old ones; conditions merged."""
    old = (body.get("status") or {}) if items is not None else dict.fromkeys(_LATEST, "")
    statuses = collected(items)
    status = {
        **(body.get("status") or {}),
        **{name: last_of(statuses, name, old.get(name)) for name in _LATEST},
        "conditions": merged_conditions(items),
        "observedGeneration": observed(body, items),
    }
    return with_status(body, status)


def dependencies(body: Body) -> tuple[Dependency, ...]:
    """The Secrets it decrypts and reaches clusters with, and the account it applies as."""
    return _secrets(body) + named("ServiceAccount", body, ("spec", "serviceAccountName"))


KIND = Kind(
    group="kustomize.toolkit.fluxcd.io",
    version="v1",
    name="Kustomization",
    retain=retain_suspend,
    reflect=reflect_of("conditions", *_LATEST, "observedGeneration"),
    aggregate=aggregate,
    is_healthy=is_ready_by("ReconciliationSucceeded"),
    dependencies=dependencies,
)
