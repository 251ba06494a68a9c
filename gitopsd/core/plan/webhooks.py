"""An object that is refused because a webhook of its own set does not answer yet: it waits.

Comes in: the webhooks of the set, and an attempt that failed. Goes out: the attempt as it is told.
An operator that is applied together with its webhook needs a moment to answer.
"""

from collections.abc import Iterable
from dataclasses import replace

from gitopsd.core.plan.observed import LONGEST_PROGRESS, Try
from gitopsd.kube.body import dig
from gitopsd.model.decision import Manifest
from gitopsd.model.delivery import ActionKind
from gitopsd.model.errors import ClusterError

_KINDS = frozenset({"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"})


def names_of(manifests: Iterable[Manifest]) -> frozenset[str]:
    """The names of all webhooks that these manifests register."""
    return frozenset(
        name
        for manifest in manifests
        if manifest.key.kind in _KINDS
        for webhook in dig(manifest.body, "webhooks", default=())
        if isinstance(name := dig(webhook, "name"), str)
    )


def patient(tried: Try, error: ClusterError, webhooks: frozenset[str]) -> Try:
    """The attempt as one that waits where a webhook of the set did not answer; five minutes long.

    After that it is a failure like any other, and tried again like any other.
    """
    if error.status != 500 or tried.webhook not in webhooks or tried.at is None:
        return tried
    if tried.since is not None and tried.at - tried.since >= LONGEST_PROGRESS:
        return replace(tried, reason="Timeout")
    words = f"webhook {tried.webhook} does not answer yet"
    return replace(tried, action=ActionKind.SKIP, reason="DependencyNotReady", message=words)
