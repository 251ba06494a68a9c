"""What of a member's object stays as it is when the object is changed.

Comes in: a manifest and the live object. Goes out: the body to apply. Server-side apply leaves
alone whatever a manifest does not write, so the live object is read only where something that is
written is the member's after all: Karmada's retention, by label, by rule or by script.
"""

from gitopsd.core.kinds import Interpreter
from gitopsd.kube.body import Body, dig, without
from gitopsd.model.decision import Manifest

_RETAIN = "retain"
_RETAIN_REPLICAS = "resourcetemplate.karmada.io/retain-replicas"
_REPLICAS = "/spec/replicas"
# Kinds of Kubernetes itself: but for the two below, nothing that they retain is ever written.
_NATIVE = frozenset({"", "apps", "batch"})
_SERVERS_OWN = (
    "managedFields",
    "resourceVersion",
    "uid",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "selfLink",
)


def retains(manifest: Manifest, kinds: Interpreter) -> bool:
    """Whether the live object must be read before this one is changed."""
    key, version = manifest.key, manifest.version
    if kinds.asks(_RETAIN, key, version):
        return True
    if key.group in _NATIVE:
        is_account = key[:2] == ("", "ServiceAccount") and "imagePullSecrets" in manifest.body
        return is_account or bool(owned_by_member(manifest.body))
    kind = kinds.kind_of(key.group, version, key.kind)
    return kind is not None and kind.retain is not None


def retained(manifest: Manifest, observed: Body, kinds: Interpreter) -> Body:
    """The body to apply over this live one. Raises Misread where the kind's rule cannot say.

    What only a server writes is left out, whatever a script took along.
    """
    body = manifest.body
    found = kinds.retain(body, observed, manifest.key, manifest.version)
    if found is body:
        return body
    metadata = {
        name: value
        for name, value in (dig(found, "metadata", default={}) or {}).items()
        if name not in _SERVERS_OWN
    }
    for name in ("name", "namespace"):
        metadata.pop(name, None)
        if (own := dig(body, "metadata", name)) is not None:
            metadata[name] = own
    found = {
        **found,
        "apiVersion": body["apiVersion"],
        "kind": body["kind"],
        "metadata": metadata,
    }
    return found if "status" in body else without(found, "status")


def owned_by_member(body: Body) -> frozenset[str]:
    """Pointers to fields that are no drift when they are not ours any more."""
    is_retained = (
        body.get("kind") == "Deployment"
        and dig(body, "metadata", "labels", _RETAIN_REPLICAS) == "true"
    )
    return frozenset({_REPLICAS}) if is_retained else frozenset()
