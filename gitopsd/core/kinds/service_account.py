"""ServiceAccount: who a pod is; older members add a Secret with a token to each."""

from gitopsd.core.kinds.kind import Kind, mappings
from gitopsd.kube.body import Body, laid


def retain(desired: Body, observed: Body) -> Body:
    """Secrets of the template and those that the member added, each name once."""
    for field in ("secrets", "imagePullSecrets"):
        added = mappings(observed, field)
        if added:
            desired = laid(desired, _union([*mappings(desired, field), *added]), field)
    return desired


def _union(references: list[Body]) -> list[Body]:
    return list({each.get("name"): each for each in reversed(references)}.values())[::-1]


KIND = Kind(group="", version="v1", name="ServiceAccount", retain=retain)
