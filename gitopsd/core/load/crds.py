"""CustomResourceDefinitions of the repository: sane ones, and custom objects checked by them.

Comes in: a CRD, or a custom object and the schemas of the commit's CRDs. Goes out: mistakes.
"""

from collections.abc import Iterator

from gitopsd.core.load.metadata import Mistake
from gitopsd.kube.body import Body, dig
from gitopsd.kube.schemas import Schemas
from gitopsd.model.resource import Resource


def mistakes(crd: Body) -> Iterator[Mistake]:
    """What an API server would refuse in a CRD that fits its schema."""
    spec = crd["spec"]
    right = f"{dig(spec, 'names', 'plural')}.{spec.get('group')}"
    if crd["metadata"]["name"] != right:
        yield "/metadata/name", f"must be spec.names.plural and spec.group: {right}"
    if spec.get("scope") not in ("Namespaced", "Cluster"):
        yield "/spec/scope", "must be Namespaced or Cluster"
    versions = spec.get("versions") or []
    if not versions:
        yield "/spec/versions", "must not be empty"
        return
    if sum(bool(each.get("storage")) for each in versions) != 1:
        yield "/spec/versions", "exactly one version must have storage: true"
    names = [each["name"] for each in versions]
    for number, (name, version) in enumerate(zip(names, versions, strict=True)):
        if name in names[:number]:
            yield f"/spec/versions/{number}/name", f"the version {name!r} stands twice"
        if dig(version, "schema", "openAPIV3Schema", "type") != "object":
            pointer = f"/spec/versions/{number}/schema/openAPIV3Schema"
            yield pointer, "must be there, with type: object"


def custom_mistakes(resource: Resource, schemas: Schemas) -> Iterator[Mistake]:
    """What is wrong with a custom object by the CRDs of its commit; nothing without its CRD."""
    key = resource.key
    scope = schemas.scope(key.group, key.kind)
    if scope is None:
        return
    if not schemas.knows(key.group, resource.version, key.kind):
        known = ", ".join(schemas.versions(key.group, key.kind))
        yield "/apiVersion", f"the CRD serves no version {resource.version!r}; known: {known}"
        return
    if scope == "Cluster" and key.namespace:
        yield "/metadata/namespace", f"{key.kind} stands in no namespace; remove this"
    yield from schemas.validate(resource.body)
