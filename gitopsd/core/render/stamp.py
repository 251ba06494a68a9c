"""What Karmada writes on every object that it sends to a member; `KARMADA` options alone do so.

Comes in: a body after its overrides, the template and the cluster. Goes out: the body with the
labels and annotations by which a Karmada knows its own. Our default writes none of them: a Karmada
on the same member would take the object for its own.
"""

from collections.abc import Mapping
from uuid import NAMESPACE_DNS, uuid5

from gitopsd.core.override.marks import told
from gitopsd.kube.body import Body, dig, laid
from gitopsd.model.resource import Resource, ResourceKey

CONFLICT = "work.karmada.io/conflict-resolution"

_TEMPLATE = "resourcetemplate.karmada.io"
_MANAGED_ANNOTATIONS = f"{_TEMPLATE}/managed-annotations"
_MANAGED_LABELS = f"{_TEMPLATE}/managed-labels"
_FNV_START, _FNV_PRIME = 2166136261, 16777619
_SAFE_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


def stamped(body: Body, template: Resource, cluster: str, conflict: str) -> Body:
    """The body with Karmada's bookkeeping; labels that are not strings throughout give way."""
    labels = {**told(body, "labels"), **_labels(template.key)}
    annotations = {
        **told(body, "annotations"),
        **_annotations(template, cluster),
        CONFLICT: conflict.lower(),
        _MANAGED_ANNOTATIONS: "",
        _MANAGED_LABELS: ",".join(sorted(labels)),
    }
    annotations[_MANAGED_ANNOTATIONS] = ",".join(sorted(annotations))
    body = laid(body, labels, "metadata", "labels")
    return laid(body, annotations, "metadata", "annotations")


def work_name(key: ResourceKey) -> str:
    """The name of the Work that carries an object: its own and a hash."""
    parts = (key.namespace, key.name, key.kind) if key.namespace else (key.name, key.kind)
    digest = str(_fnv("-".join(parts).lower()))
    letters = "".join(_SAFE_LETTERS[ord(digit) % len(_SAFE_LETTERS)] for digit in digest)
    return f"{key.name.lower().replace(':', '.')}-{letters}"


def _labels(key: ResourceKey) -> Mapping[str, str]:
    binding = "resourcebinding" if key.namespace else "clusterresourcebinding"
    return {
        "karmada.io/managed": "true",
        f"{binding}.karmada.io/permanent-id": str(uuid5(NAMESPACE_DNS, key.id)),
    }


def _annotations(template: Resource, cluster: str) -> Mapping[str, str]:
    key = template.key
    name = f"{key.name}-{key.kind}".lower().replace(":", ".")
    metadata: Mapping[str, object] = dig(template.body, "metadata", default={})
    bound = (
        {
            "resourcebinding.karmada.io/namespace": key.namespace,
            "resourcebinding.karmada.io/name": name,
        }
        if key.namespace
        else {"clusterresourcebinding.karmada.io/name": name}
    )
    told = {
        f"{_TEMPLATE}/{field}": str(metadata[field])
        for field in ("uid", "generation")
        if metadata.get(field)
    }
    work = {
        "work.karmada.io/namespace": f"karmada-es-{cluster}",
        "work.karmada.io/name": work_name(key),
    }
    return bound | told | work


def _fnv(text: str) -> int:
    """FNV-1a, 32 bits."""
    digest = _FNV_START
    for byte in text.encode():
        digest = ((digest ^ byte) * _FNV_PRIME) & 0xFFFFFFFF
    return digest
