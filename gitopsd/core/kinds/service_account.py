"""ServiceAccount: who a pod is; older members add a Secret with a token to each."""

from gitopsd.core.kinds.kind import Kind, mappings, text
from gitopsd.kube.body import Body, laid, without


def retain(desired: Body, observed: Body) -> Body:
    """Secrets of the template, then those that the member added by another name."""
    for field in ("secrets", "imagePullSecrets"):
        own = mappings(desired, field)
        names = {text(each, "name") for each in own}
        added = [each for each in mappings(observed, field) if text(each, "name") not in names]
        union = [*own, *_first_of_each_name(added)]
        desired = laid(desired, union, field) if union else without(desired, field)
    return desired


def _first_of_each_name(references: list[Body]) -> list[Body]:
    found: dict[str, Body] = {}
    for each in references:
        found.setdefault(text(each, "name"), each)
    return list(found.values())


KIND = Kind(group="", version="v1", name="ServiceAccount", retain=retain)
