"""Secret: what must not be told; the token of a ServiceAccount is made by each member."""

from gitopsd.core.kinds.kind import Kind
from gitopsd.kube.body import Body, laid

TOKEN = "kubernetes.io/service-account-token"


def retain(desired: Body, observed: Body) -> Body:
    """The member keeps the token that it made."""
    if desired.get("type") != TOKEN or "data" not in observed:
        return desired
    return laid(desired, observed["data"], "data")


KIND = Kind(group="", version="v1", name="Secret", retain=retain)
