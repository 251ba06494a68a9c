"""Refusals: what an API server answers, in its own words, as a Status.

Comes in: what went wrong. Goes out: an `ApiError` that knows its HTTP code and its Status body.
Messages are those of kube-apiserver, because clients match on them.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from gitopsd.apiserver.resources import ResourceType


class Cause(NamedTuple):
    """One reason of a refusal, with the field it is about."""

    reason: str
    message: str
    field: str = ""

    def body(self) -> dict[str, str]:
        """As it stands in a Status."""
        made = {"reason": self.reason, "message": self.message}
        return {**made, "field": self.field} if self.field else made


def required(field: str, why: str = "") -> Cause:
    """A field that must be there."""
    return Cause("FieldValueRequired", "Required value" + (f": {why}" if why else ""), field)


def invalid_value(field: str, value: Any, why: str) -> Cause:
    """A field with a value that cannot be."""
    return Cause("FieldValueInvalid", f"Invalid value: {go_text(value)}: {why}", field)


def not_supported(field: str, value: Any, known: Iterable[str]) -> Cause:
    """A field that must have one of some words."""
    words = ", ".join(f'"{each}"' for each in sorted(known))
    said = f"Unsupported value: {go_text(value)}: supported values: {words}"
    return Cause("FieldValueNotSupported", said, field)


def forbidden_value(field: str, why: str) -> Cause:
    """A field that may not be there or not change."""
    return Cause("FieldValueForbidden", f"Forbidden: {why}", field)


def duplicate_value(field: str, value: Any) -> Cause:
    """A value that must be there once."""
    return Cause("FieldValueDuplicate", f"Duplicate value: {go_text(value)}", field)


def go_text(value: Any) -> str:
    """A value as messages show it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    if isinstance(value, (Mapping, list, tuple)):
        return json.dumps(value, separators=(",", ":"))
    return str(value)


class ApiError(Exception):
    """A refusal; `headers` go with it, `retry_after_s` says when to come back."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        details: Mapping[str, Any] | None = None,
        retry_after_s: int = 0,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
        self.retry_after_s = retry_after_s
        self.continue_token = ""

    def body(self) -> dict[str, Any]:
        """The Status."""
        metadata = {"continue": self.continue_token} if self.continue_token else {}
        made: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": metadata,
            "status": "Failure",
            "message": self.message,
        }
        if self.reason:
            made["reason"] = self.reason
        details = dict(self.details) if self.details is not None else None
        if self.retry_after_s:
            details = {**(details or {}), "retryAfterSeconds": self.retry_after_s}
        if details is not None:
            made["details"] = details
        made["code"] = self.code
        return made


def success(details: Mapping[str, Any]) -> dict[str, Any]:
    """The Status of a deletion that is done."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": dict(details),
    }


def details(of: ResourceType, name: str, kind: str = "") -> dict[str, Any]:
    """What a refusal is about; `kind` is the plural unless said otherwise."""
    made = {"name": name} if name else {}
    if of.group:
        made["group"] = of.group
    return {**made, "kind": kind or of.plural}


def not_found(of: ResourceType, name: str) -> ApiError:
    """There is no such object."""
    return ApiError(404, "NotFound", f'{of.qualified} "{name}" not found', details(of, name))


def no_resource() -> ApiError:
    """The group and version are served, but not this resource."""
    said = "the server could not find the requested resource"
    return ApiError(404, "NotFound", said, {})


def already_exists(of: ResourceType, name: str) -> ApiError:
    """An object of this name is there."""
    said = f'{of.qualified} "{name}" already exists'
    return ApiError(409, "AlreadyExists", said, details(of, name))


_MODIFIED = (
    "the object has been modified; please apply your changes to the latest version and try again"
)


def conflict(of: ResourceType, name: str, why: str = _MODIFIED) -> ApiError:
    """The object is not what the request took it for."""
    said = f'Operation cannot be fulfilled on {of.qualified} "{name}": {why}'
    return ApiError(409, "Conflict", said, details(of, name))


def invalid(of: ResourceType, name: str, causes: Iterable[Cause]) -> ApiError:
    """The object breaks rules; each cause says one."""
    found = list(dict.fromkeys(causes))
    texts = [f"{each.field}: {each.message}" if each.field else each.message for each in found]
    joined = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    named = f"{of.kind}.{of.group}" if of.group else of.kind
    about = {**details(of, name, of.kind), "causes": [each.body() for each in found]}
    return ApiError(422, "Invalid", f'{named} "{name}" is invalid: {joined}', about)


def bad_request(message: str) -> ApiError:
    """The request makes no sense."""
    return ApiError(400, "BadRequest", message)


def forbidden(of: ResourceType, name: str, why: str, causes: Iterable[Cause] = ()) -> ApiError:
    """The request is understood and refused."""
    subject = f'{of.qualified} "{name}"' if name else of.qualified
    about = details(of, name)
    if found := [each.body() for each in causes]:
        about["causes"] = found
    return ApiError(403, "Forbidden", f"{subject} is forbidden: {why}", about)


def expired(message: str) -> ApiError:
    """What was asked for is too old."""
    return ApiError(410, "Expired", message)


def unauthorized() -> ApiError:
    """Nobody knows who asks."""
    return ApiError(401, "Unauthorized", "Unauthorized")


def too_many_requests(retry_after_s: int = 1) -> ApiError:
    """Come back later."""
    said = "The server is currently handling too many requests. Please try again later."
    return ApiError(429, "TooManyRequests", said, None, retry_after_s)


def method_not_allowed() -> ApiError:
    """The resource cannot do that."""
    said = "the server does not allow this method on the requested resource"
    return ApiError(405, "MethodNotAllowed", said, {})


def unsupported_media_type(wanted: str, known: Iterable[str]) -> ApiError:
    """The body is in no form that the resource takes."""
    said = (
        "the body of the request was in an unknown format - accepted media types include: "
        + ", ".join(known)
    )
    return ApiError(415, "UnsupportedMediaType", said)


def not_acceptable(known: Iterable[str]) -> ApiError:
    """The answer cannot be given in a form that the client takes."""
    said = "only the following media types are accepted: " + ", ".join(known)
    return ApiError(406, "NotAcceptable", said)


def internal(message: str) -> ApiError:
    """The server failed."""
    return ApiError(500, "InternalError", f"Internal error occurred: {message}", {
        "causes": [{"message": message}]
    })  # fmt: skip
