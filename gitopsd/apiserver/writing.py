"""Creating, replacing, patching: from the body of a request to the next stored version.

Comes in: a call. Goes out: the stored object and whether it is new. The order is that of an API
server: decode, unknown fields, ownership, defaults, what the kind settles, validation, and only
then the write. A dry run does all but the write; a write that changes nothing is none.
"""

import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from gitopsd.apiserver import admission, crds, errors
from gitopsd.apiserver.call import Call
from gitopsd.apiserver.errors import ApiError, Cause, bad_request, invalid_value
from gitopsd.apiserver.rules import rule_of
from gitopsd.apiserver.rules.services import Addresses
from gitopsd.apiserver.store import ABSENT, Key, Store, Stored, VersionConflict, encode
from gitopsd.kube import fields, merge, patch, strategic, wire, yaml
from gitopsd.kube.body import Body
from gitopsd.kube.merge import Author

APPLY = "application/apply-patch+yaml"
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
PATCHES = (JSON_PATCH, MERGE_PATCH, STRATEGIC, APPLY)

_TRIES = 5
_FROM_OLD = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
             "generation", "selfLink")  # fmt: skip
_NOT_SPEC = frozenset({"metadata", "status", "apiVersion", "kind"})

Written = Callable[[Stored | None, Stored | None], Awaitable[None]]


class Writer:
    """Writes through a store. `written` is told of every write: what was, what is."""

    def __init__(self, store: Store, written: Written) -> None:
        self.store = store
        self.told = written
        self._addresses = Addresses()

    async def create(self, call: Call) -> Stored:
        """A new object; raises ApiError where it may not be."""
        body = admission.decoded(call)
        body = admission.placed(call, admission.known_fields(call, body))
        return await self._create(call, body, Author(call.manager, now()), "Update")

    async def update(self, call: Call) -> tuple[Stored, bool]:
        """A whole object in place of the old one; True where it is new."""
        body = admission.decoded(call)
        if call.subresource == "scale":
            return await self._update_scale(call, body), False
        body = admission.placed(call, admission.known_fields(call, body))
        for _ in range(_TRIES):
            old = await self.store.get(call.key)
            if old is None:
                if not rule_of(call.of).creates_on_update or call.subresource:
                    raise errors.not_found(call.of, call.name)
                return await self._create(call, body, Author(call.manager, now()), "Update"), True
            if call.of.custom is not None and not _claims_version(body):
                raise _version_wanted(call)
            try:
                return await self._replace(call, old, body, _claims_version(body)), False
            except VersionConflict:
                if _claims_version(body):
                    raise errors.conflict(call.of, call.name) from None
        raise errors.conflict(call.of, call.name)

    async def patch(self, call: Call) -> tuple[Stored, bool]:
        """The object as a patch changes it; True where an apply made it."""
        kind = call.content_type.partition(";")[0].strip()
        known = [each for each in PATCHES if each != STRATEGIC or call.of.custom is None]
        if kind not in PATCHES:
            raise ApiError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})
        if kind not in known:
            raise errors.unsupported_media_type(kind, known)
        if kind == APPLY:
            return await self._apply(call)
        if call.query.get("force") is not None:
            raise _options_invalid("force", "may not be specified for non-apply patch")
        for _ in range(_TRIES):
            old = await self.store.get(call.key)
            if old is None:
                raise errors.not_found(call.of, call.name)
            body = self._patched(call, kind, old.body)
            claims = _claims_version(body) and body["metadata"]["resourceVersion"] != old.version
            if claims:
                raise errors.conflict(call.of, call.name)
            try:
                return await self._replace(call, old, body, False), False
            except VersionConflict:
                continue
        raise errors.conflict(call.of, call.name)

    # Apply

    async def _apply(self, call: Call) -> tuple[Stored, bool]:
        if not call.query.get("fieldManager"):
            raise _options_invalid("fieldManager", "is required for apply patch", "Required value")
        given = self._config(call)
        config, wrong = admission.placed_anyhow(call, given)
        author = Author(call.manager, now(), call.subresource, call.says("force"))
        namespace = (given.get("metadata") or {}).get("namespace") or ""
        for _ in range(_TRIES):
            old = await self.store.get(call.key)
            if call.subresource and old is None:
                raise errors.not_found(call.of, call.name)
            if old is None and (uid := config["metadata"].get("uid")):
                raise errors.conflict(
                    call.of,
                    call.name,
                    f"uid mismatch: the provided object specified uid {uid}, "
                    "and no existing object was found",
                )
            merged = self._merged(call, old, config, author, namespace)
            if wrong is not None:
                raise wrong
            if old is not None:
                _check_claims(call, old, config)
                if merged is old.body:
                    return old, False
            try:
                if old is None:
                    return await self._create(call, merged, author, "Apply"), True
                return await self._commit(call, old, merged), False
            except VersionConflict:
                continue
        raise errors.conflict(call.of, call.name)

    def _config(self, call: Call) -> Body:
        """What is applied, decoded and placed; raises ApiError."""
        try:
            if call.data.lstrip()[:1] == b"{":
                body = wire.decode(call.data)
            else:
                found = yaml.documents(call.data)
                body = found[0].body if found else None
        except ValueError as error:
            raise bad_request(f"error decoding YAML: {error}") from None
        body = admission.checked_kind(call, body)
        if (body.get("metadata") or {}).get("managedFields"):
            raise bad_request("metadata.managedFields must be nil")
        return body

    def _merged(
        self, call: Call, old: Stored | None, config: Body, author: Author, namespace: str
    ) -> Body:
        live = old.body if old is not None else None
        if old is not None and live is not None and live["apiVersion"] != call.of.api_version:
            live = {**live, "apiVersion": call.of.api_version}
        try:
            merged = merge.apply(live, _without_claims(config), author, call.of.shape)
            return old.body if old is not None and merged is live else merged
        except merge.TypedError as error:
            place = f"{namespace}/{call.name}"
            group = f"{call.of.api_version}, Kind={call.of.kind}"
            said = f"failed to create typed patch object ({place}; {group}): {error}"
            raise ApiError(500, "", said) from None
        except merge.Conflicts as error:
            causes = [_conflict_cause(each) for each in error.conflicts]
            raise ApiError(409, "Conflict", str(error), {"causes": causes}) from None

    # Other patches

    def _patched(self, call: Call, kind: str, old: Body) -> Body:
        try:
            given = wire.decode(call.data)
        except ValueError as error:
            raise bad_request(f"error decoding patch: {error}") from None
        before = scale_of(call, old) if call.subresource == "scale" else old
        if before["apiVersion"] != call.of.api_version and call.subresource != "scale":
            before = {**before, "apiVersion": call.of.api_version}
        try:
            if kind == JSON_PATCH:
                body = patch.apply(before, patch.read(given))
            elif kind == MERGE_PATCH:
                body = patch.merge(before, given)
            else:
                body = strategic.merge(before, given, call.of.shape)
        except (patch.PatchError, strategic.StrategicError) as error:
            if kind == JSON_PATCH:
                said = "the server rejected our request due to an error in our request"
                raise ApiError(422, "Invalid", said, {}) from error
            raise bad_request(str(error)) from None
        if call.subresource == "scale":
            return scaled(call, old, body)
        try:
            body = admission.known_fields(call, admission.checked_kind(call, body))
        except admission.StrictError as error:
            shown = encode(body).decode() if kind != STRATEGIC else _go_map(given)
            raise _patch_invalid(f"{errors.go_text(shown)}: {error.found}") from None
        return admission.placed(call, body)

    async def _update_scale(self, call: Call, scale: Body) -> Stored:
        for _ in range(_TRIES):
            old = await self.store.get(call.key)
            if old is None:
                raise errors.not_found(call.of, call.name)
            claimed = (scale.get("metadata") or {}).get("resourceVersion")
            if claimed and claimed != old.version:
                raise errors.conflict(call.of, call.name)
            try:
                return await self._replace(call, old, scaled(call, old.body, scale), False)
            except VersionConflict:
                continue
        raise errors.conflict(call.of, call.name)

    # The common way

    async def _create(self, call: Call, body: Body, author: Author, operation: str) -> Stored:
        metadata = dict(body["metadata"])
        prefix = metadata.get("generateName")
        if prefix and not metadata.get("name"):
            metadata["name"] = f"{prefix[:58]}{uuid.uuid4().hex[:5]}"
        if metadata.get("resourceVersion"):
            said = "resourceVersion should not be set on objects to be created"
            raise ApiError(500, "", said)
        for name in ("selfLink", "deletionTimestamp", "deletionGracePeriodSeconds"):
            metadata.pop(name, None)
        metadata["uid"] = str(uuid.uuid4())
        metadata["creationTimestamp"] = author.now
        rule = rule_of(call.of)
        if rule.has_generation:
            metadata["generation"] = 1
        else:
            metadata.pop("generation", None)
        body = {**body, "metadata": metadata}
        call.name = metadata.get("name") or ""
        if "status" in call.of.subresources:
            body = {key: value for key, value in body.items() if key != "status"}
        if call.of.custom is not None:
            body = crds.prepared(call.of, body)
        else:
            body = admission.without_nulls(body)
        body = rule.default(body)
        if operation == "Update":
            empty = _empty(body) if call.of.custom is None else None
            body = merge.updated(empty, _ordered(body), author, call.of.shape)
        body = rule.create(body)
        await admission.checked_namespace(call, self.store)
        self._check(call, None, body)
        body = self._with_addresses(call, _ordered(body))
        if call.is_dry_run:
            if await self.store.get(call.key) is not None:
                raise errors.already_exists(call.of, call.name)
            return Stored(call.key, body, "")
        try:
            stored = await self.store.swap(call.key, ABSENT, body)
        except VersionConflict:
            if operation == "Apply":
                raise
            raise errors.already_exists(call.of, call.name) from None
        await self.told(None, stored)
        return stored

    async def _replace(self, call: Call, old: Stored, body: Body, claims: bool) -> Stored:
        """Puts a changed body in place; raises VersionConflict where the version is another."""
        if claims and body["metadata"]["resourceVersion"] != old.version:
            raise errors.conflict(call.of, call.name)
        uid = body["metadata"].get("uid")
        if uid and uid != old.body["metadata"].get("uid"):
            raise _other_uid(call, uid, old)
        body = self._settled(call, old.body, body)
        moment = "" if call.subresource == "scale" else now()
        author = Author(call.manager, moment, call.subresource)
        base = old.body
        if base["apiVersion"] != call.of.api_version:
            base = {**base, "apiVersion": call.of.api_version}
        body = merge.updated(base, body, author, call.of.shape)
        return await self._commit(call, old, body)

    def _settled(self, call: Call, old: Body, body: Body) -> Body:
        """The body with what a client cannot change as it was, and with defaults."""
        before = old["metadata"]
        if call.subresource == "status":
            given = body["metadata"].get("managedFields")
            metadata = {**before, "managedFields": given} if given else before
            status = {"status": body["status"]} if body.get("status") is not None else {}
            rest = {key: value for key, value in old.items() if key != "status"}
            return {**rest, "apiVersion": call.of.api_version, "metadata": metadata, **status}
        metadata = dict(body["metadata"])
        for name in _FROM_OLD:
            metadata.pop(name, None)
            if name in before:
                metadata[name] = before[name]
        metadata["resourceVersion"] = before.get("resourceVersion", "")
        body = {**body, "metadata": metadata}
        if "status" in call.of.subresources:
            body = {key: value for key, value in body.items() if key != "status"}
            if "status" in old:
                body["status"] = old["status"]
        if call.of.custom is not None:
            return crds.prepared(call.of, body)
        return rule_of(call.of).default(admission.without_nulls(body))

    async def _commit(self, call: Call, old: Stored, body: Body) -> Stored:
        """The last steps of any change; the old version where nothing changes."""
        if call.content_type.startswith(APPLY):
            managed = body["metadata"].get("managedFields")
            body = self._settled(call, old.body, body)
            body = {**body, "metadata": {**body["metadata"], "managedFields": managed}}
            if not managed:
                del body["metadata"]["managedFields"]
        rule = rule_of(call.of)
        if call.subresource != "status":
            body = rule.update(old.body, body)
        if _is_unchanged(old.body, body):
            return old
        metadata = {**body["metadata"]}
        if rule.has_generation and _spec_changed(call, old.body, body):
            metadata["generation"] = metadata.get("generation", 0) + 1
        body = _ordered({**body, "metadata": metadata})
        self._check(call, old.body, body)
        body = self._with_addresses(call, body)
        is_last = (
            metadata.get("deletionTimestamp")
            and not metadata.get("finalizers")
            and not metadata.get("deletionGracePeriodSeconds")
            and not (body.get("spec") or {}).get("finalizers")
            and old.body["metadata"].get("finalizers")
        )
        if call.is_dry_run:
            return Stored(old.key, body, old.version)
        if is_last:
            await self.store.swap(old.key, old.version, body)
            return await self.remove(old.key)
        stored = await self.store.swap(old.key, old.version, body)
        await self.told(old, stored)
        return stored

    async def remove(self, key: Key) -> Stored:
        """Takes an object out of the store; gives its last state."""
        while True:
            old = await self.store.get(key)
            if old is None:
                raise VersionConflict
            try:
                last = await self.store.swap(key, old.version, None)
            except VersionConflict:
                continue
            if key.resource == "services" and not key.group:
                self._addresses.release(old.body)
            await self.told(old, None)
            return last

    def _check(self, call: Call, old: Body | None, body: Body) -> None:
        """Raises ApiError for a body that may not be stored."""
        rule = rule_of(call.of)
        causes: list[Cause] = list(admission.checked_name(call, body))
        if call.of.custom is not None:
            causes += crds.mistakes(call.of, body)
        elif not call.subresource:
            causes += rule.validate(body)
            if old is not None:
                causes += rule.validate_update(old, body)
        if causes:
            raise errors.invalid(call.of, call.name, causes)

    def _with_addresses(self, call: Call, body: Body) -> Body:
        if (call.of.group, call.of.kind) != ("", "Service") or call.subresource:
            return body
        try:
            made = self._addresses.assign(body)
        except LookupError as error:
            field = "spec.clusterIPs" if "IP" in str(error) else "spec.ports[0].nodePort"
            value = body["spec"].get("clusterIP") if "IP" in str(error) else None
            shown = [value] if value else (body["spec"].get("ports") or [{}])[0].get("nodePort")
            raise errors.invalid(
                call.of, call.name, [invalid_value(field, shown, f"failed to allocate IP: {error}"
                if "IP" in str(error) else str(error))]
            ) from None  # fmt: skip
        if call.is_dry_run and not body["spec"].get("clusterIP"):
            self._addresses.release(body)
        return made


def now() -> str:
    """This second, as objects carry times."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def scale_of(call: Call, body: Body) -> Body:
    """The Scale of a workload."""
    metadata = body["metadata"]
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    path, status_path, selector_path = _scale_paths(call)
    selector = _at(body, selector_path)
    if isinstance(selector, Mapping):
        labels = selector.get("matchLabels") or selector
        pairs = [f"{key}={value}" for key, value in sorted(labels.items())]
        selector = ",".join(pairs)
    status: dict[str, Any] = {"replicas": _at(body, status_path) or 0}
    if selector:
        status["selector"] = selector
    spec = {"replicas": _at(body, path)} if _at(body, path) else {}
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: metadata[key] for key in kept if key in metadata},
        "spec": spec,
        "status": status,
    }


def scaled(call: Call, body: Body, scale: Body) -> Body:
    """The workload with the replicas of a Scale; raises ApiError for a senseless number."""
    replicas = (scale.get("spec") or {}).get("replicas") or 0
    if not isinstance(replicas, int) or replicas < 0:
        said = "must be greater than or equal to 0"
        raise errors.invalid(call.of, call.name, [invalid_value("spec.replicas", replicas, said)])
    return _with(body, replicas, _scale_paths(call)[0])


def _scale_paths(call: Call) -> tuple[list[str], list[str], list[str]]:
    scale = ((call.of.custom or {}).get("subresources") or {}).get("scale")
    if not scale:
        return ["spec", "replicas"], ["status", "replicas"], ["spec", "selector"]
    texts = (
        scale.get("specReplicasPath"),
        scale.get("statusReplicasPath"),
        scale.get("labelSelectorPath"),
    )
    first, second, third = ((text or "").strip(".").split(".") for text in texts)
    return first, second, third


def _at(body: Any, path: Iterable[str]) -> Any:
    for step in path:
        body = body.get(step) if isinstance(body, Mapping) else None
    return body


def _with(body: Body, value: Any, path: list[str]) -> Body:
    head, rest = path[0], path[1:]
    below = _with(body.get(head) or {}, value, rest) if rest else value
    return {**body, head: below}


# Parts of native objects that are always there, if only empty: nobody owns them.
_ALWAYS = frozenset({"metadata", "spec", "status", "strategy", "updateStrategy", "template",
                     "jobTemplate", "loadBalancer"})  # fmt: skip


def _empty(body: Body) -> dict[str, Any]:
    """What a native object is before anything is said of it."""
    made: dict[str, Any] = {key: body[key] for key in ("kind", "apiVersion") if key in body}
    for name, value in body.items():
        if name in _ALWAYS and isinstance(value, Mapping):
            made[name] = _empty(value)
        elif name == "containers":
            made[name] = []
    return made


def _go_map(value: Any) -> str:
    """A value as Go prints it."""
    if isinstance(value, Mapping):
        return f"map[{' '.join(f'{key}:{_go_map(each)}' for key, each in sorted(value.items()))}]"
    if isinstance(value, (list, tuple)):
        return f"[{' '.join(map(_go_map, value))}]"
    return "true" if value is True else "false" if value is False else str(value)


def _version_wanted(call: Call) -> ApiError:
    cause = invalid_value("metadata.resourceVersion", 0, "must be specified for an update")
    about = {**errors.details(call.of, call.name), "causes": [cause.body()]}
    said = f'{call.of.qualified} "{call.name}" is invalid: {cause.field}: {cause.message}'
    return ApiError(422, "Invalid", said, about)


def _patch_invalid(said: str) -> ApiError:
    cause = Cause("FieldValueInvalid", f"Invalid value: {said}", "patch").body()
    return ApiError(
        422, "Invalid", f' "" is invalid: patch: {cause["message"]}', {"causes": [cause]}
    )


def _other_uid(call: Call, uid: str, old: Stored) -> ApiError:
    key = "/".join(part for part in ("/registry", call.of.plural, *old.key[2:]) if part)
    return errors.conflict(
        call.of,
        call.name,
        f"StorageError: invalid object, Code: 4, Key: {key}, ResourceVersion: 0, "
        f"AdditionalErrorMsg: Precondition failed: UID in precondition: {uid}, "
        f"UID in object meta: {old.body['metadata'].get('uid')}",
    )


def _ordered(body: Body) -> Body:
    """Kind and version first, as servers write them."""
    head = {"kind": body["kind"], "apiVersion": body["apiVersion"]}
    return {**head, **body} if next(iter(body)) != "kind" else body


def _claims_version(body: Body) -> bool:
    return bool(body["metadata"].get("resourceVersion"))


def _without_claims(config: Body) -> Body:
    """What is applied without the versions it was checked against."""
    metadata = config["metadata"]
    if not metadata.keys() & {"uid", "resourceVersion", "creationTimestamp", "generation"}:
        return config
    dropped = ("uid", "resourceVersion", "creationTimestamp", "generation", "selfLink")
    kept = {key: value for key, value in metadata.items() if key not in dropped}
    return {**config, "metadata": kept}


def _check_claims(call: Call, old: Stored, config: Body) -> None:
    metadata = config["metadata"]
    if (version := metadata.get("resourceVersion")) and version != old.version:
        raise errors.conflict(call.of, call.name)
    if (uid := metadata.get("uid")) and uid != old.body["metadata"]["uid"]:
        cause = invalid_value("metadata.uid", uid, "field is immutable")
        raise errors.invalid(call.of, call.name, [cause])


def _is_unchanged(old: Body, new: Body) -> bool:
    """Equal but for times of ownership."""
    if old == new:
        return True
    before, after = old["metadata"], new["metadata"]
    if {**old, "metadata": None} != {**new, "metadata": None}:
        return False
    return _without_times(before) == _without_times(after)


def _without_times(metadata: Body) -> Body:
    managed = [
        {key: value for key, value in each.items() if key != "time"}
        for each in metadata.get("managedFields") or ()
    ]
    return {**metadata, "managedFields": managed}


def _spec_changed(call: Call, old: Body, new: Body) -> bool:
    """Whether a change counts as a new generation."""
    if call.subresource == "status":
        return False
    skipped = _NOT_SPEC if "status" in call.of.subresources else _NOT_SPEC - {"status"}
    if call.of.custom is None and "spec" in new:
        return bool(old.get("spec") != new.get("spec"))
    return any(old.get(name) != new.get(name) for name in {**old, **new} if name not in skipped)


def _conflict_cause(conflict: merge.Conflict) -> dict[str, str]:
    return Cause(
        "FieldManagerConflict",
        f"conflict with {conflict.owner}",
        fields.text(conflict.path),
    ).body()


def _options_invalid(field: str, why: str, what: str = "Forbidden") -> ApiError:
    said = f'PatchOptions.meta.k8s.io "" is invalid: {field}: {what}: {why}'
    reason = "FieldValueRequired" if what == "Required value" else "FieldValueForbidden"
    cause = Cause(reason, f"{what}: {why}", field).body()
    about = {"group": "meta.k8s.io", "kind": "PatchOptions", "causes": [cause]}
    return ApiError(422, "Invalid", said, about)
