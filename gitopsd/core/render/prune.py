"""What must never travel to a member: fields that an API server or a controller writes.

Comes in: a body after its overrides. Goes out: the body without them; kinds are known by name, of
whatever group. Karmada's list: karmada-io/karmada pkg/resourceinterpreter/default/native/prune.
"""

from collections.abc import Callable, Mapping
from typing import Any

from gitopsd.core.kinds import Misread
from gitopsd.core.override.typed import mistake
from gitopsd.kube.body import Body, dig, without

_METADATA = (
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
    "ownerReferences",
    "finalizers",
)
_ANNOTATIONS = ("metadata", "annotations")
_TOKEN = "kubernetes.io/service-account-token"
_SELECTOR = ("spec", "selector", "matchLabels")
_POD_LABELS = ("spec", "template", "metadata", "labels")
_UIDS = ("controller-uid", "batch.kubernetes.io/controller-uid")
_NAMES = ("job-name", "batch.kubernetes.io/job-name")


def pruned(body: Body) -> Body:
    """The body without what must not travel; the very same one where nothing is to go.

    Raises Misread for a Job that overrides have made something else.
    """
    metadata = body.get("metadata")
    if isinstance(metadata, Mapping) and not metadata.keys().isdisjoint(_METADATA):
        kept = {name: value for name, value in metadata.items() if name not in _METADATA}
        body = {**body, "metadata": kept}
    body = without(body, "status")
    special = _KINDS.get(str(body.get("kind")))
    return special(body) if special else body


def _deployment(body: Body) -> Body:
    body = without(body, *_ANNOTATIONS, "deployment.kubernetes.io/revision")
    return without(body, *_ANNOTATIONS, "deployment.kubernetes.io/revision-history")


def _job(body: Body) -> Body:
    """A Job that chooses its own selector keeps it; a time to live would end what is wanted.

    Raises Misread for one that is none any more after its overrides.
    """
    wrong = mistake(body)
    if wrong:
        raise Misread(wrong)
    body = without(body, "spec", "ttlSecondsAfterFinished")
    if dig(body, "spec", "manualSelector") is True:
        return body
    for label in _UIDS:
        body = without(body, *_SELECTOR, label)
    for label in (*_UIDS, *_NAMES):
        body = without(body, *_POD_LABELS, label)
    return body


def _secret(body: Body) -> Body:
    """A member makes the token of a ServiceAccount by itself."""
    if body.get("type") != _TOKEN:
        return body
    body = without(body, *_ANNOTATIONS, "kubernetes.io/service-account.uid")
    return {**body, "data": None}


def _service(body: Body) -> Body:
    """Members give out addresses by themselves; `None` means that there is to be none."""
    address = dig(body, "spec", "clusterIP")
    if not isinstance(address, str) or address == "None":
        return body
    return without(without(body, "spec", "clusterIP"), "spec", "clusterIPs")


def _service_account(body: Body) -> Body:
    """Members make tokens by themselves.

    One that directly follows another stays, as in Karmada, which steps over it.
    """
    secrets = body.get("secrets")
    if not isinstance(secrets, list) or not secrets:
        return body
    prefix = f"{dig(body, 'metadata', 'name', default='')}-token-"
    kept: list[Any] = []
    dropped_before = False
    for secret in secrets:
        drops = not dropped_before and str(dig(secret, "name", default="")).startswith(prefix)
        if not drops:
            kept.append(secret)
        dropped_before = drops
    return body if len(kept) == len(secrets) else {**body, "secrets": kept}


def _claim(body: Body) -> Body:
    return without(body, *_ANNOTATIONS, "volume.kubernetes.io/selected-node")


_KINDS: Mapping[str, Callable[[Body], Body]] = {
    "Deployment": _deployment,
    "Job": _job,
    "Secret": _secret,
    "Service": _service,
    "ServiceAccount": _service_account,
    "PersistentVolumeClaim": _claim,
}
