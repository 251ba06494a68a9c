"""Gitea, and those that came of it or before it: Forgejo and Gogs, which name their headers anew.

All of them send GitHub's headers too; their own count.
"""

from datetime import datetime

from gitopsd.core.hosts.host import Host, Unauthentic, is_signed, payload, word, words
from gitopsd.model.hosting import Delivery, Event, EventKind

_BRANDS = ("x-forgejo", "x-gitea", "x-gogs")
_KINDS = {
    "push": EventKind.PUSH,
    "create": EventKind.PUSH,
    "delete": EventKind.PUSH,
    "pull_request": EventKind.REVIEW,
    "issue_comment": EventKind.REVIEW,
}


def read_push(delivery: Delivery, secrets: tuple[str, ...], now: datetime) -> Event:
    """The event of a delivery signed in bare hex."""
    brand = next((each for each in _BRANDS if delivery.header(f"{each}-signature")), "")
    if not brand or not is_signed(delivery.header(f"{brand}-signature"), delivery.body, secrets):
        raise Unauthentic
    said = payload(delivery.body)
    # Events such as pull_request_sync have their own word there, the common one here.
    name = delivery.header(f"{brand}-event")
    kind = EventKind.REVIEW if name.startswith("pull_request") else EventKind.OTHER
    return Event(
        _KINDS.get(name, kind),
        words(said.get("repository"), "clone_url", "ssh_url", "html_url"),
        word(said, "ref"),
        delivery.header(f"{brand}-delivery"),
    )


HOST = Host(names=("gitea", "forgejo", "gogs"), read_push=read_push)
