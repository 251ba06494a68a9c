"""A refusal of an API server as one of our errors.

Comes in: status code, headers and body of an answer, or the Status in a watch. Goes out: the error
that says who is meant: the member as a whole, or the one object. An answer that an API server does
not give (a page of a proxy before it) never speaks of an object.

Messages of the server are passed on without the values of structures that it quotes, and those
about Secrets without any value.
"""

import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from gitopsd.edge.member.reading import decoded, media_type
from gitopsd.kube.body import dig
from gitopsd.model.errors import (
    AlreadyThere,
    ClusterError,
    Conflict,
    FieldConflict,
    Forbidden,
    Gone,
    NotThere,
    ObjectError,
    Rejected,
    Throttled,
    TooLarge,
)

_WORDS = 1000
_CAUSES = 100
# However much patience a server, or a proxy before it, asks for: it is asked again by then.
_LONGEST_S = 60.0
_MANAGER_CONFLICT = "FieldManagerConflict"
_STORE_LIMITS = ("etcdserver: request is too large", "trying to send message larger than max")
# An apply with a field that the kind does not have, or of another type: answered with 500.
_NO_SUCH_FIELD = "failed to create typed patch object"
# Go's way to say that a path is served by nobody; it is no Status.
_NOBODY = b"404 page not found"
# A quoted map, list or structure: `Invalid value: core.PodTemplateSpec{…}: field is immutable`.
_STRUCTURE = re.compile(r"\b(value: |got )&?[\w.*\[\]]*(?:\{.*\}|\[.*\])(?=: |, |\]|$)", re.DOTALL)
_UID = "metadata.uid"
_SECRETS = re.compile(r"/secrets(/|$)")


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was answered instead of a success; `path` is what was asked for."""

    member: str
    path: str
    code: int
    headers: Mapping[str, str] = field(default_factory=dict)
    data: bytes = b""


class PageGone(Gone):
    """A continue token is too old; `token` goes on without consistency, empty for none."""

    token = ""


def in_our_words(refusal: Refusal) -> ClusterError:
    """The error that this answer means; one of a member is never an ObjectError."""
    status = _status(refusal.data)
    if status is None and refusal.code == 404 and refusal.data.strip() == _NOBODY:
        status = {"message": "the server could not find the requested resource"}
    return _member_error(refusal, status) or _object_error(refusal, status or {})


def of_status(member: str, path: str, status: Any) -> ClusterError:
    """The error that a Status means which came in a watch."""
    code = dig(status, "code")
    reason = dig(status, "reason")
    is_old = reason in ("Expired", "Gone")
    found = code if isinstance(code, int) and code >= 400 else 410 if is_old else 500
    data = msgspec.json.encode(status) if isinstance(status, Mapping) else b""
    return in_our_words(Refusal(member, path, found, {}, data))


def _member_error(refusal: Refusal, status: Mapping[str, Any] | None) -> ClusterError | None:
    """What the answer says of the member; None where it speaks of an object."""
    code, member = refusal.code, refusal.member
    reason = dig(status, "reason")
    wait_s = _wait_s(refusal, status)
    if code == 429 or (wait_s and (code == 503 or reason == "ServerTimeout")):
        return Throttled(member, "asks for patience", wait_s=wait_s or 1.0, status=code)
    if code == 401:
        return ClusterError(member, "does not accept the credentials (401)", status=code)
    if code in (502, 503, 504) or reason == "ServerTimeout":
        return ClusterError(member, f"is not able to answer ({code})", status=code)
    if code < 400:
        return ClusterError(member, f"answers {code}, as no Kubernetes API does", status=code)
    if status is None and code != 413:
        kind = media_type(refusal.headers)
        return ClusterError(member, f"answers {code} with {kind} and no Status", status=code)
    return None


def _object_error(refusal: Refusal, status: Mapping[str, Any]) -> ObjectError:
    told = dig(status, "details", "causes", default=())
    listed = told[:_CAUSES] if isinstance(told, list) else ()
    causes = tuple(_cause(each, refusal.path) for each in listed if isinstance(each, Mapping))
    kind, retry = _kind(refusal, status, causes)
    subject = f"{refusal.member} {refusal.path}"
    words = _message(refusal, status, causes)
    error = kind(subject, words, retry=retry, status=refusal.code, causes=causes)
    if isinstance(error, PageGone):
        token = dig(status, "metadata", "continue", default="")
        error.token = token if isinstance(token, str) else ""
    return error


def _kind(
    refusal: Refusal, status: Mapping[str, Any], causes: tuple[Mapping[str, str], ...]
) -> tuple[type[ObjectError], bool]:
    """Which error, and whether waiting may help."""
    code, message = refusal.code, str(status.get("message", ""))
    if code == 413 or any(words in message for words in _STORE_LIMITS):
        return TooLarge, False
    if code == 500 and _NO_SUCH_FIELD in message:
        return Rejected, False
    match code:
        case 404:
            return NotThere, True
        case 409:
            return _kind_of_conflict(refusal, status, causes)
        case 410:
            return PageGone, True
        case 422 if causes and all(each["field"] == _UID for each in causes):
            # Another object has the name now: a race, and nothing is wrong with ours.
            return Conflict, True
        case 400 | 422:
            return Rejected, False
        case 403:
            is_ending = any(each["reason"] == "NamespaceTerminating" for each in causes)
            return Forbidden, is_ending or "exceeded quota" in message
        case _:
            return ObjectError, code == 405 or code >= 500


def _kind_of_conflict(
    refusal: Refusal, status: Mapping[str, Any], causes: tuple[Mapping[str, str], ...]
) -> tuple[type[ObjectError], bool]:
    if any(each["reason"] == _MANAGER_CONFLICT for each in causes):
        return FieldConflict, False
    if status.get("reason") == "AlreadyExists":
        return AlreadyThere, True
    is_quota = dig(status, "details", "kind") == "resourcequotas"
    if is_quota and "/resourcequotas" not in refusal.path:
        return ObjectError, True
    return Conflict, True


def _message(
    refusal: Refusal, status: Mapping[str, Any], causes: tuple[Mapping[str, str], ...]
) -> str:
    reason = status.get("reason")
    word = reason if isinstance(reason, str) and reason else f"answer {refusal.code}"
    if _SECRETS.search(refusal.path):
        fields = sorted({each["field"] for each in causes if each["field"]})
        about = f": {', '.join(fields)}" if fields else ""
        return _cut(f"{word}{about} (more is not shown, it may quote the Secret)")
    message = status.get("message")
    return _without_values(message) if isinstance(message, str) and message else _cut(word)


def _cause(cause: Mapping[str, Any], path: str) -> Mapping[str, str]:
    """A cause of which all three words are text."""
    reason, field, message = (
        value if isinstance(value := cause.get(name), str) else ""
        for name in ("reason", "field", "message")
    )
    if _SECRETS.search(path) and reason != _MANAGER_CONFLICT:
        message = ""
    return {"reason": reason, "field": _cut(field), "message": _without_values(message)}


def _without_values(text: str) -> str:
    return _cut(_STRUCTURE.sub(r"\1…", text))


def _cut(text: str) -> str:
    """On one line that a terminal can show, and not longer than people read."""
    line = " ".join("".join(each for each in text if each.isprintable() or each.isspace()).split())
    return line if len(line) <= _WORDS else f"{line[:_WORDS]}…"


def _wait_s(refusal: Refusal, status: Mapping[str, Any] | None) -> float:
    """How long the server asks to wait, 1 at least; 0 where it does not."""
    asked = refusal.headers.get("Retry-After", "")
    if asked:
        return min(max(_seconds(asked), 1.0), _LONGEST_S)
    told = dig(status, "details", "retryAfterSeconds")
    if isinstance(told, (int, float)) and not isinstance(told, bool) and told > 0:
        return min(max(float(told), 1.0), _LONGEST_S)
    return 0.0


def _seconds(asked: str) -> float:
    """Seconds, or the time until an HTTP date; 0 for anything else."""
    try:
        seconds = float(asked)
        return seconds if math.isfinite(seconds) else 0.0
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(asked).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError):
        return 0.0


def _status(data: bytes) -> Mapping[str, Any] | None:
    """The Status; None where the body is none."""
    found = decoded(data)
    if isinstance(found, dict) and found.get("kind") == "Status":
        return found
    return None
