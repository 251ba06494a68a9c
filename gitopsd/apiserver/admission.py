"""What a body must be before it may be stored, whatever its kind.

Comes in: a decoded body and the call. Goes out: the body without unknown fields, or a refusal:
wrong kind, wrong name, unknown fields under strict validation, missing or ending namespace.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gitopsd.apiserver import errors, protobuf
from gitopsd.apiserver.call import Call
from gitopsd.apiserver.errors import ApiError, Cause, bad_request, invalid_value, required
from gitopsd.apiserver.store import Key, Store
from gitopsd.kube import names, wire, yaml
from gitopsd.kube.body import Body
from gitopsd.kube.shape import ANY, Shape

_SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
    r"for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_LABEL = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
    "must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex "
    "used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
_LABEL_1035 = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
    "alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or "
    "'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
)
_LABEL_VALUE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or "
    "'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
_QUALIFIED = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end "
    "with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
    "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)


_MEDIA_TYPES = ("application/json", "application/yaml", protobuf.MEDIA_TYPE)


class StrictError(ApiError):
    """Fields that are unknown or given twice, under strict validation."""

    def __init__(self, call: Call, found: str) -> None:
        self.found = f"strict decoding error: {found}"
        super().__init__(400, "BadRequest", f"{_handled_as(call)}{self.found}")


def _handled_as(call: Call) -> str:
    kind = call.of.kind
    return f'{kind} in version "{call.of.version}" cannot be handled as a {kind}: '


def decoded(call: Call) -> Body:
    """The body of a request; raises ApiError where it is none."""
    media = call.content_type.partition(";")[0].strip()
    if media not in _MEDIA_TYPES and media:
        raise errors.unsupported_media_type(media, _MEDIA_TYPES)
    if media == protobuf.MEDIA_TYPE:
        return checked_kind(call, _from_protobuf(call))
    if media == "application/yaml":
        found = yaml.documents(call.data)
        return checked_kind(call, found[0].body if found else None)
    try:
        body = wire.decode(call.data)
    except ValueError as error:
        raise bad_request(f"couldn't get version/kind; json parse error: {_cause(error)}") from None
    return checked_kind(call, body)


def _from_protobuf(call: Call) -> Body:
    try:
        body = protobuf.read(call.data)
    except protobuf.ProtobufError as error:
        raise bad_request(str(error)) from None
    call.data = b""
    return body


def checked_kind(call: Call, body: Any) -> Body:
    """The body where it is of the kind that the URL names; raises ApiError for another."""
    if not isinstance(body, Mapping):
        raise bad_request(
            "couldn't get version/kind; json parse error: json: cannot unmarshal "
            "into Go value of type struct"
        )
    of = call.of
    if call.subresource in ("scale", "eviction", "binding", "token"):
        return body
    kind, version = body.get("kind"), body.get("apiVersion")
    if not kind or not version:
        if of.custom is not None or call.content_type.startswith("application/apply-patch"):
            what = "Kind" if not kind else "apiVersion"
            raise bad_request(f"Object '{what}' is missing in '{{}}'")
        return {**body, "kind": of.kind, "apiVersion": of.api_version}
    if kind == of.kind and version == of.api_version:
        return body
    name = str(version).rpartition("/")[2]
    if call.content_type.startswith("application/apply-patch"):
        group = str(version).rpartition("/")[0]
        raise bad_request(f"invalid object type: {group}/{name}, Kind={kind}")
    head = f'{kind} in version "{name}" cannot be handled as a {of.kind}: '
    if kind != of.kind:
        into = f"({of.group or 'core'}.{of.kind})"
        raise bad_request(f"{head}converting ({name}.{kind}) to {into}: unknown conversion")
    raise bad_request(
        f'{head}no kind "{kind}" is registered for version "{version}" in scheme '
        '"pkg/runtime/scheme.go:111"'
    )


def placed(call: Call, body: Body) -> Body:
    """The body with metadata as its URL says, kind and version first; raises where they differ."""
    given = body.get("metadata") or {}
    metadata = {key: value for key, value in given.items() if value is not None}
    if call.of.is_namespaced:
        namespace = metadata.get("namespace") or call.namespace
        if namespace != call.namespace:
            raise bad_request(
                "the namespace of the provided object does not match the namespace sent on the "
                "request"
            )
        metadata["namespace"] = call.namespace
    elif metadata.get("namespace"):
        raise bad_request("namespace is not allowed on this type")
    if call.name:
        name = metadata.setdefault("name", call.name)
        if name != call.name:
            raise bad_request(
                f"the name of the object ({name}) does not match the name on the URL ({call.name})"
            )
    rest = {
        key: value for key, value in body.items() if key not in ("kind", "apiVersion", "metadata")
    }
    head = {"kind": body["kind"], "apiVersion": body["apiVersion"], "metadata": metadata}
    return {**head, **rest}


def placed_anyhow(call: Call, body: Body) -> tuple[Body, ApiError | None]:
    """The body as its URL says, and the refusal where it said otherwise itself."""
    try:
        return placed(call, body), None
    except ApiError as error:
        metadata = {**(body.get("metadata") or {}), "name": call.name}
        metadata.pop("namespace", None)
        return placed(call, {**body, "metadata": metadata}), error


def known_fields(call: Call, body: Body) -> Body:
    """The body without unknown fields and nulls; raises or warns as the call's validation says."""
    unknown: list[str] = []
    shape = call.of.shape
    is_native = call.of.custom is None
    try:
        kept: Body = _known(body, shape, "", unknown, is_native)
    except _Unfit as unfit:
        said = (
            f"json: cannot unmarshal {unfit.found} into Go struct field {_struct(call, unfit.path)}"
        )
        raise bad_request(f"{_handled_as(call)}{said} of type {unfit.wanted}") from None
    if call.validation == "Ignore":
        return kept
    found = [f'unknown field "{each}"' for each in unknown]
    found += [f'duplicate field "{each}"' for each in _duplicates(call.data, body)]
    if not found:
        return kept
    if call.validation == "Strict":
        raise StrictError(call, ", ".join(found))
    call.warnings += found
    return kept


def without_nulls(body: Body) -> Body:
    """The body without null fields; the very same where there are none."""
    kept: Body = _without_nulls(body)
    return kept


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        made = {key: _without_nulls(each) for key, each in value.items() if each is not None}
        is_same = len(made) == len(value) and all(made[key] is value[key] for key in made)
        return value if is_same else made
    if isinstance(value, list):
        items = [_without_nulls(each) for each in value]
        return value if all(a is b for a, b in zip(items, value, strict=True)) else items
    return value


def checked_name(call: Call, body: Body) -> Iterator[Cause]:
    """What is wrong with name, labels and annotations."""
    metadata = body["metadata"]
    name = metadata.get("name") or ""
    if not name:
        yield required("metadata.name", "name or generateName is required")
    elif names.name_of_kind(call.of.group, call.of.kind, name):
        yield invalid_value("metadata.name", name, _name_rule(call, name))
    for key, value in (metadata.get("labels") or {}).items():
        if names.label_key(key):
            yield invalid_value("metadata.labels", key, _QUALIFIED)
        if names.label_value(value):
            yield invalid_value("metadata.labels", value, _LABEL_VALUE)
    for key in metadata.get("annotations") or {}:
        if names.annotation_key(key):
            yield invalid_value("metadata.annotations", key, _QUALIFIED)
    size = sum(len(k) + len(v) for k, v in (metadata.get("annotations") or {}).items())
    if size > names.ANNOTATIONS_BYTES:
        said = f"Too long: may not be more than {names.ANNOTATIONS_BYTES} bytes"
        yield Cause("FieldValueTooLong", said, "metadata.annotations")


async def checked_namespace(call: Call, store: Store) -> None:
    """Raises where the namespace of a new object is missing or ends."""
    if not call.of.is_namespaced:
        return
    found = await store.get(Key("", "namespaces", "", call.namespace))
    if found is None:
        about = {"name": call.namespace, "kind": "namespaces"}
        said = f'namespaces "{call.namespace}" not found'
        raise ApiError(404, "NotFound", said, about)
    if found.body["metadata"].get("deletionTimestamp"):
        cause = Cause(
            "NamespaceTerminating",
            f"namespace {call.namespace} is being terminated",
            "metadata.namespace",
        )
        why = (
            f"unable to create new content in namespace {call.namespace} because it is being "
            "terminated"
        )
        raise errors.forbidden(call.of, call.name, why, [cause])


class _Unfit(Exception):
    """A value of the wrong type."""

    def __init__(self, path: str, wanted: str, found: str) -> None:
        super().__init__(path)
        self.path, self.wanted, self.found = path, wanted, found


_JSON_NAMES = {str: "string", bool: "bool", dict: "object", list: "array"}


def _struct(call: Call, path: str) -> str:
    """The Go field at a path, as far as names of kinds tell it."""
    if path.startswith(("spec.", "status.")):
        head = path.partition(".")[0].capitalize()
        return f"{call.of.kind}{head}.{path}"
    parent = path.rpartition(".")[0]
    return f"{call.of.kind}.{parent or path}"


def _name_rule(call: Call, name: str) -> str:
    if len(name) > 253:
        return "must be no more than 253 characters"
    if call.of.kind == "Service" and not call.of.group:
        return _LABEL_1035
    return _LABEL if call.of.kind == "Namespace" else _SUBDOMAIN


def _known(value: Any, shape: Shape, path: str, unknown: list[str], drops_nulls: bool) -> Any:
    if isinstance(value, dict):
        if shape.is_leaf or shape is ANY:
            return _without_nulls(value) if drops_nulls else value
        return _known_fields(value, shape, path, unknown, drops_nulls)
    if isinstance(value, list) and shape.is_list:
        element = shape.element
        if element.is_leaf:
            return value
        items = [
            _known(each, element, f"{path}[{index}]", unknown, drops_nulls)
            for index, each in enumerate(value)
        ]
        return value if all(a is b for a, b in zip(items, value, strict=True)) else items
    return value


def _known_fields(
    value: dict[str, Any], shape: Shape, path: str, unknown: list[str], drops_nulls: bool
) -> dict[str, Any]:
    made, is_changed = {}, False
    declared = shape.fields
    for name, each in value.items():
        below = declared.get(name)
        if below is None:
            if not shape.is_open:
                unknown.append(f"{path}.{name}" if path else name)
                is_changed = True
                continue
            below = shape.element
        if each is None and drops_nulls:
            is_changed = True
            continue
        kept = each
        if drops_nulls and not below.accepts(each):
            where = f"{path}.{name}" if path else name
            raise _Unfit(where, below.go_type, _JSON_NAMES.get(type(each), "number"))
        if isinstance(each, (dict, list)):
            where = f"{path}.{name}" if path else name
            kept = _known(each, below, where, unknown, drops_nulls)
            is_changed = is_changed or kept is not each
        made[name] = kept
    return made if is_changed else value


def _duplicates(data: bytes, body: Body) -> Sequence[str]:
    """Fields given twice. Compact JSON of the right length has none, which is cheap to see."""
    if not data.startswith(b"{") or len(wire.encode(body)) == len(data):
        return ()
    return _twice(json.loads(data, object_pairs_hook=list), "")


def _twice(value: Any, path: str) -> list[str]:
    found = []
    if isinstance(value, list) and value and all(isinstance(each, tuple) for each in value):
        seen = set()
        for name, each in value:
            where = f"{path}.{name}" if path else name
            if name in seen:
                found.append(where)
            seen.add(name)
            found += _twice(each, where)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            found += _twice(each, f"{path}[{index}]")
    return found


def _cause(error: ValueError) -> str:
    return str(error).lower()
