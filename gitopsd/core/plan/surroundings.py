"""What of a member the body of an object cannot tell, but its health depends on.

Comes in: what is wanted there, and lists of classes and Ingresses. Goes out: an `Around`. Lists are
asked for only where something wanted depends on them.
"""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from gitopsd.core.definitions import CRD
from gitopsd.core.health import Around
from gitopsd.kube.body import Body, dig
from gitopsd.model.decision import Wanted
from gitopsd.model.resource import ResourceKey

Kind: TypeAlias = tuple[str, str]

CLAIM: Kind = ("", "PersistentVolumeClaim")
INGRESS: Kind = ("networking.k8s.io", "Ingress")
STORAGE_CLASS: Kind = ("storage.k8s.io", "StorageClass")
# What has to be listed for objects of a kind.
LISTED: Mapping[Kind, Kind] = {CLAIM: STORAGE_CLASS, INGRESS: INGRESS}


def asked(keys: Iterable[ResourceKey]) -> frozenset[Kind]:
    """The kinds that have to be listed for these objects."""
    kinds = {key[:2] for key in keys}
    return frozenset(listed for kind, listed in LISTED.items() if kind in kinds)


def around_of(wanted: Wanted, listed: Mapping[Kind, Iterable[Body]]) -> Around:
    """What is known from these lists, and from what is wanted itself."""
    own: dict[Kind, list[Body]] = {STORAGE_CLASS: [], CRD: []}
    for key, manifest in wanted.manifests.items():
        if key[:2] in own:
            own[key[:2]].append(manifest.body)
    return around(own, listed)


def around(own: Mapping[Kind, Iterable[Body]], listed: Mapping[Kind, Iterable[Body]]) -> Around:
    """What is known from these lists, and from the definitions and classes of a set."""
    classes = [*listed.get(STORAGE_CLASS, ()), *own.get(STORAGE_CLASS, ())]
    return Around(
        late_classes=frozenset(
            str(dig(each, "metadata", "name"))
            for each in classes
            if dig(each, "volumeBindingMode") == "WaitForFirstConsumer"
        ),
        publishing_classes=frozenset(
            str(dig(each, "spec", "ingressClassName"))
            for each in listed.get(INGRESS, ())
            if dig(each, "status", "loadBalancer", "ingress")
        ),
        without_status=frozenset(
            (str(dig(each, "spec", "group")), str(dig(each, "spec", "names", "kind")))
            for each in own.get(CRD, ())
            if not _has_status(each)
        ),
    )


def concerned(before: Around, now: Around) -> frozenset[Kind]:
    """The kinds whose objects may do otherwise by what is known now."""
    found = set(before.without_status ^ now.without_status)
    if before.late_classes != now.late_classes:
        found.add(CLAIM)
    if before.publishing_classes != now.publishing_classes:
        found.add(INGRESS)
    return frozenset(found)


def _has_status(definition: Body) -> bool:
    """Whether some version may have a status; a schema that is not there may have anything."""
    for version in dig(definition, "spec", "versions", default=[]):
        schema = dig(version, "schema", "openAPIV3Schema", default={})
        is_open = not schema or schema.get("x-kubernetes-preserve-unknown-fields") is True
        if is_open or "status" in dig(schema, "properties", default={}):
            return True
    return False
