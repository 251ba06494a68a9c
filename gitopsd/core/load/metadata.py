"""The part that all objects share: who they are, and what only a server may write.

Comes in: a body as it stands in a file. Goes out: mistakes as JSON pointer and words, and the body
without fields that a server fills in.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from gitopsd.core.hooks import HOOK
from gitopsd.core.load import wishes
from gitopsd.kube import names
from gitopsd.kube.body import Body, dig
from gitopsd.kube.wording import pointer

Mistake: TypeAlias = tuple[str, str]

_LONGEST_SUFFIX = "0000000-post-delete"
SERVER_FIELDS = (
    "managedFields",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "selfLink",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
)
# Labels by which gitopsd and Karmada know what is theirs on a member.
RESERVED = {
    "applyset.kubernetes.io/part-of": "gitopsd writes this label itself; remove it",
    "applyset.kubernetes.io/id": "gitopsd writes this label itself; remove it",
    "karmada.io/managed": "a Karmada would take the object for its own; remove it",
}


def mistakes(body: Body, group: str, kind: str) -> Iterator[Mistake]:
    """What is wrong with name, labels and annotations."""
    metadata = body["metadata"]
    yield from _name(metadata, group, kind)
    labels = metadata.get("labels")
    if isinstance(labels, Mapping):
        for key, wrong in names.wrong_labels(labels):
            yield pointer(("metadata", "labels", key)), wrong
        for key in sorted(RESERVED.keys() & labels.keys()):
            yield pointer(("metadata", "labels", key)), RESERVED[key]
    elif labels is not None:
        yield "/metadata/labels", "must be a mapping"
    annotations = metadata.get("annotations")
    if isinstance(annotations, Mapping):
        for key, wrong in names.wrong_annotations(annotations):
            yield pointer(("metadata", "annotations", *([key] if key else []))), wrong
        yield from wishes.mistakes(annotations)
    elif annotations is not None:
        yield "/metadata/annotations", "must be a mapping"


def _name(metadata: Mapping[str, Any], group: str, kind: str) -> Iterator[Mistake]:
    name, prefix = metadata["name"], metadata.get("generateName")
    if prefix and name == prefix and dig(metadata, "annotations", HOOK) is not None:
        if wrong := names.name_of_kind(group, kind, f"{prefix}{_LONGEST_SUFFIX}"):
            yield "/metadata/generateName", wrong
        prefix = None
    elif wrong := names.name_of_kind(group, kind, name):
        yield "/metadata/name", wrong
    if prefix:
        yield "/metadata/generateName", "has no meaning in a repository; metadata.name is enough"
    namespace = metadata.get("namespace")
    if namespace and isinstance(namespace, str) and (wrong := names.label(namespace)):
        yield "/metadata/namespace", wrong


def stripped(body: Body) -> tuple[Body, tuple[str, ...]]:
    """The body without what a server writes, and pointers to what was not null of it.

    The very same body where there is nothing of that sort.
    """
    metadata = body["metadata"]
    own = [name for name in SERVER_FIELDS if name in metadata]
    if not own and "status" not in body:
        return body, ()
    said = [f"/metadata/{name}" for name in own if metadata[name] is not None]
    if body.get("status"):
        said.append("/status")
    kept = {key: value for key, value in body.items() if key != "status"}
    kept["metadata"] = {key: value for key, value in metadata.items() if key not in own}
    return kept, tuple(said)
