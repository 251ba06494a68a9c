"""Names, labels and annotations: what an API server takes.

Comes in: a text. Goes out: empty where it is right, else what is wrong, in words that can follow
the name of the field. See https://kubernetes.io/docs/concepts/overview/working-with-objects/names/.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_LABEL = re.compile("[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(rf"{_LABEL.pattern}(?:\.{_LABEL.pattern})*")
_QUALIFIED = re.compile("[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?")

LABEL_LENGTH = 63
SUBDOMAIN_LENGTH = 253
ANNOTATIONS_BYTES = 256 * 1024

# Kinds whose names are more, or less, than a DNS subdomain.
_LABEL_KINDS = frozenset({("", "Namespace"), ("", "Service")})
_ANY_SEGMENT_GROUPS = frozenset({"rbac.authorization.k8s.io"})
_ANY_SEGMENT_KINDS = frozenset(
    {("certificates.k8s.io", "ClusterTrustBundle"), ("networking.k8s.io", "IPAddress")}
)


def label(name: str) -> str:
    """Wrong with a DNS-1123 label: lower case letters, digits and `-`, 63 at most."""
    if len(name) > LABEL_LENGTH:
        return f"{_shown(name)} is longer than {LABEL_LENGTH} characters"
    if not _LABEL.fullmatch(name):
        return (
            f"{_shown(name)} must be lower case letters, digits and '-', "
            "beginning and ending with a letter or digit"
        )
    return ""


def subdomain(name: str) -> str:
    """Wrong with a DNS-1123 subdomain: labels joined by dots, 253 characters at most."""
    if len(name) > SUBDOMAIN_LENGTH:
        return f"{_shown(name)} is longer than {SUBDOMAIN_LENGTH} characters"
    if not _SUBDOMAIN.fullmatch(name):
        return (
            f"{_shown(name)} must be lower case letters, digits, '-' and '.', "
            "beginning and ending with a letter or digit"
        )
    return ""


def segment(name: str) -> str:
    """Wrong with a name that only has to fit into a URL."""
    if name in ("", ".", "..") or "/" in name or "%" in name:
        return f"{_shown(name)} must not be empty, '.' or '..', nor contain '/' or '%'"
    return ""


def name_of_kind(group: str, kind: str, name: str) -> str:
    """Wrong with the name of an object of this kind."""
    if (group, kind) in _LABEL_KINDS:
        return label(name)
    if group in _ANY_SEGMENT_GROUPS or (group, kind) in _ANY_SEGMENT_KINDS:
        return segment(name)
    return subdomain(name)


def label_key(key: str) -> str:
    """Wrong with the key of a label: a name of 63 characters, before it perhaps `domain/`."""
    prefix, slash, name = key.rpartition("/")
    if slash and (subdomain(prefix) or "/" in prefix):
        return f"{_shown(key)} must have a DNS name before its one '/'"
    if len(name) > LABEL_LENGTH:
        return f"{_shown(key)} has more than {LABEL_LENGTH} characters after its '/'"
    if not _QUALIFIED.fullmatch(name):
        return (
            f"{_shown(key)} must be letters, digits, '-', '_' and '.', "
            "beginning and ending with a letter or digit"
        )
    return ""


def label_value(value: str) -> str:
    """Wrong with the value of a label; the empty one is right."""
    if len(value) > LABEL_LENGTH:
        return f"{_shown(value)} is longer than {LABEL_LENGTH} characters"
    if value and not _QUALIFIED.fullmatch(value):
        return (
            f"{_shown(value)} must be letters, digits, '-', '_' and '.', "
            "beginning and ending with a letter or digit, or empty"
        )
    return ""


def annotation_key(key: str) -> str:
    """Wrong with the key of an annotation: as of a label, in any case."""
    return label_key(key.lower()) and label_key(key)


def wrong_labels(labels: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Keys with what is wrong with them or their values."""
    for key, value in labels.items():
        if wrong := label_key(key):
            yield key, wrong
        if not isinstance(value, str):
            yield key, "must be a string; put it in quotes"
        elif wrong := label_value(value):
            yield key, wrong


def wrong_annotations(annotations: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Keys with what is wrong with them; values, which may be anything, are never shown.

    The empty key speaks of all together.
    """
    total = 0
    for key, value in annotations.items():
        if wrong := annotation_key(key):
            yield key, wrong
        if isinstance(value, str):
            total += len(key.encode(errors="replace")) + len(value.encode(errors="replace"))
        else:
            yield key, "must be a string; put it in quotes"
    if total > ANNOTATIONS_BYTES:
        yield "", f"have {total} bytes together; {ANNOTATIONS_BYTES} are the most"


def _shown(text: str) -> str:
    """The text as messages quote it, cut where it is long."""
    return repr(text if len(text) <= 80 else f"{text[:77]}…")
