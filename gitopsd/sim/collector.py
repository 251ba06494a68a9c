"""What goes when something else goes: dependents of an owner, contents of a namespace.

Comes in: deletions, and objects with a finalizer of garbage collection. Goes out: dependents
deleted, orphaned or waited for, and namespaces that end when they are empty.
"""

from functools import partial
from typing import Any

from gitopsd.apiserver.deletion import FOREGROUND, ORPHAN
from gitopsd.apiserver.store import Change, Key, Stored, VersionConflict
from gitopsd.apiserver.writing import now
from gitopsd.sim.controllers import Controllers
from gitopsd.sim.workloads import new_object

_LOOK_AGAIN_S = 0.05


def watch(controllers: Controllers, change: Change) -> None:
    """Plans what follows from a deletion."""
    metadata = change.last.body["metadata"]
    key = change.last.key
    if change.kind == "DELETED":
        uid = metadata.get("uid", "")
        if uid in controllers.dependents:
            controllers.later(0, lambda: _release(controllers, uid))
        if key.namespace:
            controllers.mark(Key("", "namespaces", "", key.namespace))
    elif metadata.get("deletionTimestamp") and (
        {FOREGROUND, ORPHAN} & set(metadata.get("finalizers") or ())
    ):
        controllers.later(0, partial(_finalize, controllers, key))
    for reference in metadata.get("ownerReferences") or ():
        if change.kind == "DELETED" and reference.get("blockOwnerDeletion"):
            controllers.later(0, partial(_finalize_owner, controllers, reference["uid"]))


def _release(controllers: Controllers, uid: str) -> None:
    """Deletes what only a removed owner held."""
    for key in sorted(controllers.dependents.get(uid, ())):
        stored = controllers.store.read(key)
        if stored is None:
            continue
        others = [
            each
            for each in stored.body["metadata"].get("ownerReferences") or ()
            if each["uid"] != uid and _is_there(controllers, each["uid"])
        ]
        if others:
            _with_owners(controllers, stored, others)
        else:
            _remove(controllers, key)


def _is_there(controllers: Controllers, uid: str) -> bool:
    return uid in controllers.known


def _remove(controllers: Controllers, key: Key) -> None:
    try:
        controllers.remove(key)
    except VersionConflict:
        controllers.later(_LOOK_AGAIN_S, lambda: _remove(controllers, key))


def _with_owners(controllers: Controllers, stored: Stored, owners: list[Any]) -> None:
    metadata = {**stored.body["metadata"], "ownerReferences": owners}
    if not owners:
        del metadata["ownerReferences"]
    controllers.change(stored, {**stored.body, "metadata": metadata})


def _finalize_owner(controllers: Controllers, uid: str) -> None:
    key = controllers.known.get(uid)
    if key is not None:
        _finalize(controllers, key)


def _finalize(controllers: Controllers, key: Key) -> None:
    """Does what a finalizer of garbage collection waits for, and takes it away."""
    stored = controllers.store.read(key)
    if stored is None or not stored.body["metadata"].get("deletionTimestamp"):
        return
    metadata = stored.body["metadata"]
    finalizers = metadata.get("finalizers") or []
    uid = metadata["uid"]
    keys = sorted(controllers.dependents.get(uid, ()))
    found = [each for dependent in keys if (each := controllers.store.read(dependent)) is not None]
    if ORPHAN in finalizers:
        for each in found:
            owners = [one for one in each.body["metadata"]["ownerReferences"] if one["uid"] != uid]
            _with_owners(controllers, each, owners)
        _without(controllers, key, ORPHAN)
    elif FOREGROUND in finalizers:
        blocking = [each for each in found if _blocks(each, uid)]
        for each in found:
            _remove_in_front(controllers, each)
        left = [each for each in blocking if controllers.store.read(each.key) is not None]
        if not left:
            _without(controllers, key, FOREGROUND)


def _remove_in_front(controllers: Controllers, stored: Stored) -> None:
    """Deletes a dependent in the foreground too, where it has dependents itself."""
    uid = stored.body["metadata"]["uid"]
    metadata = stored.body["metadata"]
    if controllers.dependents.get(uid) and not metadata.get("deletionTimestamp"):
        finalizers = [*(metadata.get("finalizers") or []), FOREGROUND]
        ending = {
            **metadata,
            "deletionTimestamp": now(),
            "deletionGracePeriodSeconds": 0,
            "finalizers": finalizers,
        }
        controllers.change(stored, {**stored.body, "metadata": ending})
    elif not metadata.get("deletionTimestamp"):
        _remove(controllers, stored.key)


def _blocks(stored: Stored, uid: str) -> bool:
    return any(
        each["uid"] == uid and each.get("blockOwnerDeletion")
        for each in stored.body["metadata"].get("ownerReferences") or ()
    )


def _without(controllers: Controllers, key: Key, finalizer: str) -> None:
    stored = controllers.store.read(key)
    if stored is None:
        return
    metadata = dict(stored.body["metadata"])
    kept = [each for each in metadata.get("finalizers") or () if each != finalizer]
    if kept:
        metadata["finalizers"] = kept
        controllers.change(stored, {**stored.body, "metadata": metadata})
        return
    metadata.pop("finalizers", None)
    last = controllers.change(stored, {**stored.body, "metadata": metadata})
    controllers.store.write(key, last.version, None)


def reconcile_namespace(controllers: Controllers, stored: Stored) -> None:
    """Furnishes a new namespace; empties one that ends, and ends it when it is empty."""
    name = stored.key.name
    if not stored.body["metadata"].get("deletionTimestamp"):
        _furnish(controllers, name)
        return
    for key in controllers.store.inside(name):
        _remove(controllers, key)
    if controllers.store.inside(name):
        controllers.later(_LOOK_AGAIN_S, lambda: _look_again(controllers, stored.key))
        return
    spec = stored.body.get("spec") or {}
    kept = [each for each in spec.get("finalizers") or () if each != "kubernetes"]
    if spec.get("finalizers") != kept:
        stored = controllers.change(stored, {**stored.body, "spec": {"finalizers": kept}})
    if not kept and not stored.body["metadata"].get("finalizers"):
        controllers.store.write(stored.key, stored.version, None)


def _look_again(controllers: Controllers, namespace: Key) -> None:
    """Asks again for what keeps a namespace: a controller may have made more in the meantime."""
    for key in controllers.store.inside(namespace.name):
        _finalize(controllers, key)
        controllers.mark(key)
    controllers.mark(namespace)


def _furnish(controllers: Controllers, name: str) -> None:
    account = Key("", "serviceaccounts", name, "default")
    if controllers.store.read(account) is None:
        metadata = {"name": "default", "namespace": name}
        controllers.create(account, new_object("ServiceAccount", "v1", metadata, {}))
    bundle = Key("", "configmaps", name, "kube-root-ca.crt")
    if controllers.store.read(bundle) is None:
        metadata = {"name": "kube-root-ca.crt", "namespace": name}
        rest = {"data": {"ca.crt": ""}}
        controllers.create(bundle, new_object("ConfigMap", "v1", metadata, rest))
