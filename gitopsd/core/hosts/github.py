"""GitHub: https://docs.github.com/webhooks, also on a server of one's own.

Signatures by SHA-1 alone are refused. A form-encoded body is signed as it is sent.
"""

from datetime import datetime
from urllib.parse import parse_qs

from gitopsd.core.hosts.host import Host, Unauthentic, is_signed, payload, word, words
from gitopsd.model.hosting import Delivery, Event, EventKind

_KINDS = {
    "push": EventKind.PUSH,
    "create": EventKind.PUSH,
    "delete": EventKind.PUSH,
    "pull_request": EventKind.REVIEW,
    "issue_comment": EventKind.REVIEW,
}
_FORM = "application/x-www-form-urlencoded"


def read_push(delivery: Delivery, secrets: tuple[str, ...], now: datetime) -> Event:
    """The event of a delivery signed by `X-Hub-Signature-256`."""
    scheme, _, signature = delivery.header("x-hub-signature-256").partition("=")
    if scheme != "sha256" or not is_signed(signature, delivery.body, secrets):
        raise Unauthentic
    said = payload(_json(delivery))
    return Event(
        _KINDS.get(delivery.header("x-github-event"), EventKind.OTHER),
        words(said.get("repository"), "clone_url", "ssh_url", "git_url", "html_url"),
        word(said, "ref"),
        delivery.header("x-github-delivery"),
    )


def _json(delivery: Delivery) -> bytes:
    if not delivery.header("content-type").startswith(_FORM):
        return delivery.body
    fields = parse_qs(delivery.body.decode(errors="replace"), max_num_fields=8)
    return fields.get("payload", [""])[0].encode()


HOST = Host(names=("github",), read_push=read_push)
