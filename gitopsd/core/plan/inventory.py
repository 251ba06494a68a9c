"""What is recorded on a member of what we applied there: the parent ConfigMap of an ApplySet.

Comes in: an Inventory, or a ConfigMap as it was read. Goes out: the other one. Stands alone because
the form is shared with kubectl's ApplySet tooling, and with every version of gitopsd that ever
wrote one. See https://git.k8s.io/enhancements/keps/sig-cli/3659-kubectl-apply-prune; the labels and
annotations are those that kubectl ships (pkg/cmd/apply/applyset.go).
"""

import base64
import binascii
import hashlib
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from gitopsd import __version__
from gitopsd.kube import wire
from gitopsd.kube.body import Body, dig
from gitopsd.model.delivery import Entry
from gitopsd.model.instance import why_no_instance
from gitopsd.model.resource import ResourceKey

PART_OF = "applyset.kubernetes.io/part-of"
ID = "applyset.kubernetes.io/id"
TOOLING = "applyset.kubernetes.io/tooling"
GROUP_KINDS = "applyset.kubernetes.io/contains-group-kinds"
NAMESPACES = "applyset.kubernetes.io/additional-namespaces"

LIMIT_BYTES = 900 * 1024

_TOOL = "gitopsd"
_CHUNK = "entries-"
_AFTER = "dependsOn"
_CHUNK_CHARACTERS = 128 * 1024
_LARGEST_BYTES = 16 * 1024 * 1024
_LEVEL = 1
_MOST_NAMES = 64
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(tuple[Entry, ...])


@dataclass(frozen=True, slots=True)
class Inventory:
    """What one set holds on one member: its repository, the commit, and each object by its key.

    `source` is the repository's URL without credentials, `desired_hash` that of the whole set.
    `after` are the instances whose sets come first on the member, `cluster` is its name.
    """

    source: str = ""
    commit: str = ""
    desired_hash: str = ""
    entries: Mapping[ResourceKey, Entry] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    cluster: str = ""


def applyset_id(name: str, namespace: str, kind: str = "ConfigMap", group: str = "") -> str:
    """The id of the set with this parent, as kubectl computes it; it fits into a label."""
    digest = hashlib.sha256(f"{name}.{namespace}.{kind}.{group}".encode()).digest()
    return f"applyset-{base64.urlsafe_b64encode(digest).decode().rstrip('=')}-v1"


def parent(name: str, namespace: str, inventory: Inventory) -> Body:
    """The ConfigMap that says this; equal inventories give equal bodies, whatever their order."""
    keys = sorted(inventory.entries)
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {ID: applyset_id(name, namespace)},
            "annotations": {
                TOOLING: f"{_TOOL}/{__version__}",
                GROUP_KINDS: _listed(key.group_kind for key in keys),
                NAMESPACES: _listed(key.namespace for key in keys if key.namespace != namespace),
            },
        },
        "data": {
            "source": inventory.source,
            "commit": inventory.commit,
            "desiredHash": inventory.desired_hash,
            **({_AFTER: ",".join(inventory.after)} if inventory.after else {}),
            "cluster": inventory.cluster,
            **_packed([inventory.entries[key] for key in keys]),
        },
    }


def read(body: Body) -> Inventory:
    """The inventory that a parent ConfigMap holds.

    Raises ValueError, in words for users, where another tool or another set owns it, or where it
    cannot be read: then nothing may be changed in its name.
    """
    name = _text(body, "metadata", "name")
    namespace = _text(body, "metadata", "namespace")
    where = f"ConfigMap {namespace}/{name}"
    _check_owner(body, where, applyset_id(name, namespace))
    data = body.get("data")
    entries = _unpacked(data if isinstance(data, Mapping) else {}, where)
    return Inventory(
        _text(body, "data", "source"),
        _text(body, "data", "commit"),
        _text(body, "data", "desiredHash"),
        {each.key: each for each in entries},
        _names(_text(body, "data", _AFTER)),
        _text(body, "data", "cluster"),
    )


def size(body: Body) -> int:
    """How many bytes a parent takes; above LIMIT_BYTES it must not be sent (`TooLarge`)."""
    return len(wire.encode(body))


def _check_owner(body: Body, where: str, id_: str) -> None:
    tooling = _text(body, "metadata", "annotations", TOOLING)
    tool = tooling.rpartition("/")[0]
    if tool != _TOOL:
        said = repr(tooling) if tooling else "missing"
        raise ValueError(f"{where}: annotation {TOOLING} is {said}, so it is not ours to change")
    found = _text(body, "metadata", "labels", ID)
    if found != id_:
        said = repr(found) if found else "missing"
        raise ValueError(f"{where}: label {ID} is {said}; right would be {id_!r}")


def _packed(entries: list[Entry]) -> dict[str, str]:
    text = base64.b64encode(zlib.compress(_ENCODER.encode(entries), _LEVEL)).decode()
    starts = range(0, len(text), _CHUNK_CHARACTERS)
    return {
        f"{_CHUNK}{number}": text[start : start + _CHUNK_CHARACTERS]
        for number, start in enumerate(starts)
    }


def _unpacked(data: Mapping[str, str], where: str) -> tuple[Entry, ...]:
    """The entries; raises ValueError where a part is missing or anything is damaged."""
    count = sum(key.startswith(_CHUNK) for key in data)
    try:
        text = "".join(data[f"{_CHUNK}{number}"] for number in range(count))
        unpacking = zlib.decompressobj()
        plain = unpacking.decompress(base64.b64decode(text, validate=True), _LARGEST_BYTES)
        if not unpacking.eof:
            raise ValueError("they end too early" if not unpacking.unconsumed_tail else "too large")
        return _DECODER.decode(plain)
    except KeyError as error:
        raise ValueError(f"{where}: {error.args[0]} is missing, others are there") from None
    except (ValueError, TypeError, zlib.error, binascii.Error, msgspec.MsgspecError) as error:
        raise ValueError(f"{where}: its entries cannot be read: {error}") from None


def _names(text: str) -> tuple[str, ...]:
    """The instances that are named; what cannot be one is none."""
    found = text.split(",", _MOST_NAMES)[:_MOST_NAMES]
    return tuple(name for name in found if not why_no_instance(name))


def _listed(words: Iterable[str]) -> str:
    return ",".join(sorted({word for word in words if word}))


def _text(body: Body, *path: str) -> str:
    found = dig(body, *path, default="")
    return found if isinstance(found, str) else ""
