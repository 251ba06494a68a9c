"""GET and lists: selectors, pages, versions, and the three forms of an answer.

Comes in: a call. Goes out: JSON that is mostly put together from bytes made once per object.
"""

import base64
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gitopsd.apiserver import errors, table
from gitopsd.apiserver.call import Call, options_invalid
from gitopsd.apiserver.errors import bad_request
from gitopsd.apiserver.negotiation import Form
from gitopsd.apiserver.store import Stored, encode
from gitopsd.kube import selector, wire
from gitopsd.kube.body import Body, dig
from gitopsd.kube.selector import Selector

# Fields that a selector may name, beside the two of every kind.
_FIELDS = {
    ("", "Pod"): {
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
    },
    ("", "Namespace"): {"status.phase", "name"},
    ("", "Node"): {"spec.unschedulable"},
    ("", "Secret"): {"type"},
    ("", "Service"): {"spec.clusterIP", "spec.type"},
    ("", "Event"): {
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "involvedObject.resourceVersion",
        "involvedObject.fieldPath",
        "reason",
        "reportingComponent",
        "source",
        "type",
    },
    ("", "ReplicationController"): {"status.replicas"},
    ("apps", "ReplicaSet"): {"status.replicas"},
    ("batch", "Job"): {"status.successful"},
}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which objects of a resource are asked for."""

    labels: Selector
    fields: tuple[tuple[tuple[str, ...], str, bool], ...]

    @property
    def is_open(self) -> bool:
        """Everything is asked for."""
        return not self.labels.requirements and not self.fields

    def matches(self, stored: Stored) -> bool:
        """Whether an object is asked for."""
        if not self.labels.matches(stored.labels):
            return False
        for path, value, is_equal in self.fields:
            if (_field_text(stored.body, path) == value) is not is_equal:
                return False
        return True


def check(call: Call) -> None:
    """Raises ApiError for options of a list that contradict each other."""
    forbidden = "FieldValueForbidden"
    if call.query.get("sendInitialEvents") is not None:
        said = "Forbidden: sendInitialEvents is forbidden for list"
        raise options_invalid("ListOptions", "sendInitialEvents", said, forbidden)
    if call.query.get("resourceVersionMatch") and not call.query.get("resourceVersion"):
        said = "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided"
        raise options_invalid("ListOptions", "resourceVersionMatch", said, forbidden)


def filter_of(call: Call) -> Filter:
    """The selectors of a query; raises ApiError for malformed ones and fields unknown to it."""
    try:
        labels = selector.parse(call.query.get("labelSelector", ""))
    except ValueError as error:
        raise bad_request(f"unable to parse requirement: {error}") from None
    return Filter(labels, tuple(_field_terms(call)))


def _field_terms(call: Call) -> list[tuple[tuple[str, ...], str, bool]]:
    found = []
    known = _FIELDS.get((call.of.group, call.of.kind), set()) | {
        "metadata.name",
        "metadata.namespace",
    }
    columns = (call.of.custom or {}).get("selectableFields") or ()
    known |= {each["jsonPath"].lstrip(".") for each in columns}
    for term in call.query.get("fieldSelector", "").split(","):
        if not term:
            continue
        is_equal = "!=" not in term
        field, mark, value = term.partition("!=" if not is_equal else "=")
        value = value.removeprefix("=")
        if not mark:
            raise bad_request(f'invalid selector: "{term}"; can\'t understand "{term}"')
        if field not in known and not _FIELDS.get((call.of.group, call.of.kind)):
            names = 'only "metadata.name", "metadata.namespace"'
            raise bad_request(f'"{field}" is not a known field selector: {names}')
        if field not in known:
            raise bad_request(
                f'Unable to find "{call.of.api_version}, Resource={call.of.plural}" that match '
                f'label selector "{call.query.get("labelSelector", "")}", field selector '
                f'"{call.query["fieldSelector"]}": field label not supported: {field}'
            )
        found.append((tuple(field.split(".")), value, is_equal))
    return found


def _field_text(body: Body, path: tuple[str, ...]) -> str:
    if path == ("name",):
        path = ("metadata", "name")
    value: Any = dig(body, *path)
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "false" if path[-1] in ("unschedulable", "hostNetwork") else ""
    return str(value)


def one(call: Call, stored: Stored, form: Form) -> bytes:
    """A single object in the form that is asked for."""
    if form is Form.PARTIAL:
        return _partial_data(stored)
    if form is Form.TABLE:
        return encode(table.table(call.of, [stored], call.query, stored.version))
    return as_version(call, stored)


def as_version(call: Call, stored: Stored) -> bytes:
    """The object in the version that is asked for."""
    if stored.body["apiVersion"] == call.of.api_version:
        return stored.data
    return encode({**stored.body, "apiVersion": call.of.api_version})


def _partial_data(stored: Stored) -> bytes:
    return stored.metadata_data


def page(call: Call, items: Sequence[Stored], version: str, form: Form) -> bytes:
    """The items of a list, or one page of it, in the form that is asked for."""
    wanted = filter_of(call)
    found = list(items) if wanted.is_open else [each for each in items if wanted.matches(each)]
    try:
        limit = int(call.query.get("limit") or 0)
    except ValueError:
        raise bad_request("limit must be a number") from None
    token = call.query.get("continue", "")
    if token:
        version, after = _from_token(token, version)
        places = [(each.key.namespace, each.key.name) for each in found]
        found = found[bisect_right(places, after) :]
    metadata: dict[str, Any] = {"resourceVersion": version}
    if limit and len(found) > limit:
        last = found[limit - 1].key
        metadata["continue"] = _token(version, last.namespace, last.name)
        if wanted.is_open:
            metadata["remainingItemCount"] = len(found) - limit
        found = found[:limit]
    if form is Form.TABLE:
        made = table.table(call.of, found, call.query, version)
        return encode({**made, "metadata": metadata})
    if form is Form.PARTIAL:
        head = {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1"}
        return _joined({**head, "metadata": metadata}, [each.metadata_data for each in found])
    head = {"kind": call.of.list_kind, "apiVersion": call.of.api_version}
    if call.of.custom is None:
        known = f'{{"kind":"{call.of.kind}","apiVersion":"{call.of.api_version}",'.encode()
        data = [b"{" + each.data.removeprefix(known).removeprefix(b"{") for each in found]
    else:
        data = [as_version(call, each) for each in found]
    return _joined({**head, "metadata": metadata}, data)


def _joined(head: Body, items: list[bytes]) -> bytes:
    return encode(head)[:-1] + b',"items":[' + b",".join(items) + b"]}"


def _token(version: str, namespace: str, name: str) -> str:
    data = encode({"v": "meta.k8s.io/v1", "rv": version, "start": [namespace, name]})
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _from_token(token: str, version: str) -> tuple[str, tuple[str, str]]:
    try:
        made = wire.decode(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        namespace, name = made["start"]
        return made["rv"], (namespace, name)
    except (ValueError, KeyError, TypeError):
        raise bad_request(
            "invalid continue token: continue key is not valid: illegal base64 data"
        ) from None


def inconsistent(call: Call, items: Sequence[Stored], version: str) -> errors.ApiError:
    """The refusal of a continue token that is too old, with one that works without consistency."""
    _, (namespace, name) = _from_token(call.query["continue"], version)
    error = errors.expired(
        "The provided continue parameter is too old to display a consistent list result. You can "
        "start a new list without the continue parameter, or use the continue token in this "
        "response to retrieve the remainder of the results. Continuing with the provided token "
        "results in an inconsistent list - objects that were created, modified, or deleted between "
        "the time the first chunk was returned and now may show up in the list."
    )
    error.continue_token = _token(version, namespace, name)
    return error
