"""Deleting: preconditions, grace, finalizers and what happens to dependents.

Comes in: a call and its DeleteOptions. Goes out: the object that is on its way, or the Status of
one that is gone. Whoever owns finalizers (garbage collection, namespaces, CRDs) ends the rest.
"""

from collections.abc import Mapping
from typing import Any

from gitopsd.apiserver import admission, crds, errors, protobuf
from gitopsd.apiserver.call import Call, is_dry_run, options_invalid
from gitopsd.apiserver.errors import ApiError, bad_request
from gitopsd.apiserver.rules import rule_of
from gitopsd.apiserver.store import Stored, VersionConflict
from gitopsd.apiserver.writing import Writer, now
from gitopsd.kube import wire, yaml
from gitopsd.kube.body import Body, dig

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"

_ORPHANED_BY_DEFAULT = {("", "ReplicationController"), ("batch", "Job")}
_POD_GRACE_S = 30
_KEPT = ("default", "kube-public", "kube-system")


async def delete(call: Call, writer: Writer) -> tuple[Stored, bool]:
    """The object as it is left; True where it is gone. Raises ApiError."""
    options = _options(call)
    while True:
        old = await writer.store.get(call.key)
        if old is None:
            raise errors.not_found(call.of, call.name)
        _check_preconditions(call, old, options)
        if _holds_itself(call, old.body) and call.name in _KEPT:
            raise errors.forbidden(call.of, call.name, "this namespace may not be deleted")
        try:
            return await _delete(call, writer, old, options)
        except VersionConflict:
            continue


async def _delete(call: Call, writer: Writer, old: Stored, options: Body) -> tuple[Stored, bool]:
    metadata = dict(old.body["metadata"])
    finalizers = _finalizers(call, metadata.get("finalizers") or [], options)
    grace = _grace(call, old.body, options)
    waits = bool(finalizers or grace or _holds_itself(call, old.body))
    dry = is_dry_run(call.query.get("dryRun", "") or "".join(options.get("dryRun") or ()))
    if not waits:
        if dry:
            return old, True
        return await writer.remove(old.key), True
    if metadata.get("deletionTimestamp") and finalizers == (metadata.get("finalizers") or []):
        return old, False
    metadata.setdefault("deletionTimestamp", now())
    if not _holds_itself(call, old.body):
        metadata.setdefault("deletionGracePeriodSeconds", grace)
    if finalizers:
        metadata["finalizers"] = finalizers
    if rule_of(call.of).has_generation:
        metadata["generation"] = metadata.get("generation", 0) + 1
    body = {**old.body, "metadata": metadata}
    if call.of.kind == "Namespace" and not call.of.group:
        body["status"] = {**(body.get("status") or {}), "phase": "Terminating"}
    if dry:
        return Stored(old.key, body, old.version), False
    stored = await writer.store.swap(old.key, old.version, body)
    await writer.told(old, stored)
    return stored, False


def _holds_itself(call: Call, body: Body) -> bool:
    return call.of.kind == "Namespace" and bool(dig(body, "spec", "finalizers", default=()))


def _grace(call: Call, body: Body, options: Body) -> int:
    if (call.of.group, call.of.kind) != ("", "Pod"):
        return 0
    if not dig(body, "spec", "nodeName") or dig(body, "status", "phase") in ("Failed", "Succeeded"):
        return 0
    given = options.get("gracePeriodSeconds")
    if given is None:
        given = dig(body, "spec", "terminationGracePeriodSeconds", default=_POD_GRACE_S)
    return int(given)


def _finalizers(call: Call, given: list[str], options: Body) -> list[str]:
    policy = options.get("propagationPolicy")
    if options.get("orphanDependents") is not None:
        policy = "Orphan" if options["orphanDependents"] else "Background"
    if policy not in (None, "Orphan", "Background", "Foreground"):
        known = '"Foreground", "Background", "Orphan", "nil"'
        said = f'Unsupported value: "{policy}": supported values: {known}'
        raise options_invalid("DeleteOptions", "propagationPolicy", said)
    kept = [each for each in given if each not in (FOREGROUND, ORPHAN)]
    if (call.of.group, call.of.plural) == crds.KEY and not given.count(crds.CLEANUP):
        given = kept = [*kept, crds.CLEANUP]
    if policy is None:
        if given != kept:
            return given
        is_orphaned = (call.of.group, call.of.kind) in _ORPHANED_BY_DEFAULT
        policy = "Orphan" if is_orphaned else "Background"
    if policy == "Foreground":
        return [*kept, FOREGROUND]
    return [*kept, ORPHAN] if policy == "Orphan" else kept


def _check_preconditions(call: Call, old: Stored, options: Body) -> None:
    wanted = options.get("preconditions") or {}
    uid, version = wanted.get("uid"), wanted.get("resourceVersion")
    live = old.body["metadata"].get("uid")
    if uid is not None and uid != live:
        raise _conflict(
            call,
            f"the UID in the precondition ({uid}) does not match the UID in record ({live}). "
            "The object might have been deleted and then recreated",
        )
    if version is not None and version != old.version:
        raise _conflict(
            call,
            f"the ResourceVersion in the precondition ({version}) does not match the "
            f"ResourceVersion in record ({old.version}). The object might have been modified",
        )


def _conflict(call: Call, why: str) -> ApiError:
    """Conflicts of deletions name the kind, not the resource."""
    named = f"{call.of.kind}.{call.of.group}" if call.of.group else call.of.kind
    said = f'Operation cannot be fulfilled on {named} "{call.name}": {why}'
    return ApiError(409, "Conflict", said, errors.details(call.of, call.name, call.of.kind))


def _options(call: Call) -> Body:
    """DeleteOptions from the body, or from the query where there is no body."""
    if call.data:
        given = _given(call.data)
        if not isinstance(given, Mapping):
            raise bad_request("DeleteOptions must be an object")
        return admission.without_nulls(given)
    made: dict[str, Any] = {}
    if "propagationPolicy" in call.query:
        made["propagationPolicy"] = call.query["propagationPolicy"]
    if "orphanDependents" in call.query:
        made["orphanDependents"] = call.says("orphanDependents")
    if call.query.get("gracePeriodSeconds", "").isdigit():
        made["gracePeriodSeconds"] = int(call.query["gracePeriodSeconds"])
    return made


def _given(data: bytes) -> Any:
    try:
        if data.startswith(b"k8s"):
            return protobuf.read(data)
        if data.lstrip()[:1] == b"{":
            return wire.decode(data)
        found = yaml.documents(data)
        return found[0].body if found else {}
    except ValueError as error:
        raise bad_request(f"error decoding DeleteOptions: {error}") from None
