"""Bitbucket, Cloud and Data Center: https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks.

The UUID of a hook, which Cloud sends as well, is no secret; the signature is what counts.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gitopsd.core.hosts.host import Host, demand_signed, ids_of, payload, word, words
from gitopsd.model.hosting import Delivery, Event, EventKind

_PUSHES = ("repo:push", "repo:refs_changed")


def read_push(delivery: Delivery, secrets: tuple[str, ...], now: datetime) -> Event:
    """The event of a delivery signed by `X-Hub-Signature`."""
    demand_signed(delivery, "x-hub-signature", secrets)
    name = delivery.header("x-event-key")
    kind = EventKind.PUSH if name in _PUSHES else EventKind.OTHER
    if name.startswith(("pullrequest:", "pr:")):
        kind = EventKind.REVIEW
    ids = ids_of(delivery, "x-request-uuid", "x-request-id")
    return Event(kind, _urls(payload(delivery.body).get("repository")), "", ids)


def _urls(repository: Any) -> tuple[str, ...]:
    """The page of a repository on Cloud; all clone URLs where Data Center lists them."""
    if not isinstance(repository, Mapping):
        return ()
    links = repository.get("links")
    clones = links.get("clone") if isinstance(links, Mapping) else None
    found = [word(links, "html", "href")]
    if isinstance(clones, list):
        found += [each for clone in clones for each in words(clone, "href")]
    return tuple(each for each in found if each)


HOST = Host(names=("bitbucket",), read_push=read_push)
