"""Workflow of Argo: steps that run to their end."""

from gitopsd.core.kinds.custom_workload import revise_of
from gitopsd.core.kinds.kind import Dependency, Kind, integer, mappings, namespace, text
from gitopsd.core.kinds.pods import dependencies as pod_dependencies
from gitopsd.core.kinds.pods import requirements
from gitopsd.kube.body import Body, dig, laid
from gitopsd.model.decision import Need

_COUNT = ("spec", "parallelism")
_CLAIMS = ("affinity", "nodeSelector", "tolerations")
_VOLUMES = ("volumes", "imagePullSecrets", "serviceAccountName")


def need(body: Body) -> Need:
    """As many steps as run at once, one where that is not written."""
    at_once = 1 if dig(body, *_COUNT) is None else integer(body, *_COUNT)
    spec = dig(body, "spec", default={})
    asked = requirements({"spec": {name: spec[name] for name in _CLAIMS if name in spec}})
    return Need(at_once, asked, is_scalable=True)


def is_healthy(body: Body) -> bool:
    """It has begun and has not failed."""
    status = dig(body, "status", default={})
    phase = status.get("phase") or ""
    return phase not in ("", "Error", "Failed") and status.get("failed") != "Error"


def retain(desired: Body, observed: Body) -> Body:
    """The member stays suspended, or not, and keeps the notes that its controller makes."""
    suspend = dig(observed, "spec", "suspend")
    if suspend is not None:
        desired = laid(desired, suspend, "spec", "suspend")
    status = observed.get("status")
    return desired if status is None else {**desired, "status": status}


def dependencies(body: Body) -> tuple[Dependency, ...]:
    """What its volumes name, its accounts, and the claims that it makes."""
    spec = dig(body, "spec", default={})
    volumes = [_volume(each) for each in mappings(spec, "volumes")]
    pod = {**{name: spec[name] for name in _VOLUMES if name in spec}, "volumes": volumes}
    found = set(pod_dependencies(pod, namespace(body)))
    executor = text(spec, "executor", "serviceAccountName")
    claims = [text(each, "metadata", "name") for each in mappings(spec, "volumeClaimTemplates")]
    wanted = [("ServiceAccount", executor), *(("PersistentVolumeClaim", name) for name in claims)]
    found |= {Dependency("v1", kind, namespace(body), name) for kind, name in wanted if name}
    return tuple(sorted(found, key=lambda each: (each.kind, each.name)))


def _volume(volume: Body) -> Body:
    """Karmada looks for the Secret of a volume under `name`."""
    secret = volume.get("secret")
    if secret is None:
        return volume
    return {**volume, "secret": {"secretName": secret.get("name")}}


KIND = Kind(
    group="argoproj.io",
    version="v1alpha1",
    name="Workflow",
    count=_COUNT,
    need=need,
    revise=revise_of(_COUNT),
    retain=retain,
    is_healthy=is_healthy,
    dependencies=dependencies,
)
