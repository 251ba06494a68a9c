"""Which form of an answer a client takes: the object, its metadata alone, or a table.

Comes in: the Accept header. Goes out: a `Form`. Protobuf and CBOR are not spoken: clients that
ask for them always take JSON too.
"""

from enum import Enum
from functools import lru_cache

from gitopsd.apiserver.errors import not_acceptable

JSON = "application/json"
YAML = "application/yaml"
_KNOWN = (JSON, YAML)


class Form(Enum):
    """What an answer carries."""

    OBJECT = "object"
    PARTIAL = "partial"
    TABLE = "table"


@lru_cache(maxsize=512)
def form_of(accept: str) -> Form:
    """The first form of the header that is spoken; raises ApiError where none is."""
    if not accept:
        return Form.OBJECT
    for entry in accept.split(","):
        media, *parameters = (part.strip() for part in entry.split(";"))
        if media not in (JSON, YAML, "application/*", "*/*"):
            continue
        kind = next((part[3:] for part in parameters if part.startswith("as=")), "")
        if not kind:
            return Form.OBJECT
        if kind == "Table":
            return Form.TABLE
        if kind in ("PartialObjectMetadata", "PartialObjectMetadataList"):
            return Form.PARTIAL
    raise not_acceptable(_KNOWN)


@lru_cache(maxsize=512)
def wants_aggregated(accept: str) -> bool:
    """Whether aggregated discovery is asked for before the older documents."""
    for entry in accept.split(","):
        parts = [part.strip() for part in entry.split(";")]
        if parts[0] == JSON:
            return "as=APIGroupDiscoveryList" in parts and "v=v2" in parts
        if parts[0] in ("*/*", "application/*"):
            return False
    return False
