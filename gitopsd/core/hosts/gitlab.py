"""GitLab: https://docs.gitlab.com/user/project/integrations/webhooks.

A signing token (Standard Webhooks) binds the body and the time; where a hook has none, GitLab sends
the secret token itself, which is compared.
"""

import binascii
import hmac
from base64 import b64decode, b64encode
from datetime import datetime
from hashlib import sha256

from gitopsd.core.hosts.host import Host, Unauthentic, is_secret, payload, word, words
from gitopsd.model.hosting import Delivery, Event, EventKind

_KINDS = {
    "Push Hook": EventKind.PUSH,
    "Tag Push Hook": EventKind.PUSH,
    "Merge Request Hook": EventKind.REVIEW,
    "Note Hook": EventKind.REVIEW,
}
_OLDEST_S = 300.0
_SIGNING = "whsec_"


def read_push(delivery: Delivery, secrets: tuple[str, ...], now: datetime) -> Event:
    """The event of a delivery that is signed within five minutes, or that gives the secret."""
    if delivery.header("webhook-signature"):
        is_authentic = _is_signed(delivery, secrets, now)
    else:
        is_authentic = is_secret(delivery.header("x-gitlab-token"), secrets)
    if not is_authentic:
        raise Unauthentic
    said = payload(delivery.body)
    return Event(
        _KINDS.get(delivery.header("x-gitlab-event"), EventKind.OTHER),
        words(said.get("project"), "git_http_url", "git_ssh_url", "http_url", "web_url"),
        word(said, "ref"),
        delivery.header("idempotency-key") or delivery.header("webhook-id"),
    )


def _is_signed(delivery: Delivery, secrets: tuple[str, ...], now: datetime) -> bool:
    stamp = delivery.header("webhook-timestamp")
    if not stamp.isdecimal() or abs(now.timestamp() - int(stamp[:12])) > _OLDEST_S:
        return False
    content = f"{delivery.header('webhook-id')}.{stamp}.".encode() + delivery.body
    given = delivery.header("webhook-signature").split()
    found = False
    for secret in secrets:
        made = "v1," + b64encode(hmac.new(_key(secret), content, sha256).digest()).decode()
        for each in given:
            found |= hmac.compare_digest(each.encode(), made.encode())
    return found


def _key(secret: str) -> bytes:
    """The bytes of a signing token, which Standard Webhooks write in base64 after a prefix."""
    if not secret.startswith(_SIGNING):
        return secret.encode()
    try:
        return b64decode(secret.removeprefix(_SIGNING), validate=True)
    except binascii.Error:
        return secret.encode()


HOST = Host(names=("gitlab",), read_push=read_push)
