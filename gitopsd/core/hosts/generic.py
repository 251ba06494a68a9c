"""Anybody else: a POST signed by `X-Signature: sha256=<hex>`; it names no repository, and one
is told from a replay where it has an `X-Delivery` of its own.

signature=$(openssl dgst -sha256 -hmac "$SECRET" -r body | cut -d' ' -f1)
curl -H "X-Signature: sha256=$signature" --data-binary @body https://…/webhook/generic
"""

from datetime import datetime

from gitopsd.core.hosts.host import Host, Unauthentic, is_signed
from gitopsd.model.hosting import Delivery, Event, EventKind


def read_push(delivery: Delivery, secrets: tuple[str, ...], now: datetime) -> Event:
    """Always a push, of nothing in particular."""
    scheme, _, signature = delivery.header("x-signature").partition("=")
    if scheme != "sha256" or not is_signed(signature, delivery.body, secrets):
        raise Unauthentic
    return Event(EventKind.PUSH, id=delivery.header("x-delivery"))


HOST = Host(names=("generic",), read_push=read_push)
