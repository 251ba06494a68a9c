"""Anybody else: a POST signed by `X-Signature: sha256=<hex>`; it names no repository, and one
is told from a replay where it has an `X-Delivery` of its own.

signature=$(openssl dgst -sha256 -hmac "$SECRET" -r body | cut -d' ' -f1)
curl -H "X-Signature: sha256=$signature" --data-binary @body https://…/webhook/generic
"""

from datetime import datetime

from gitopsd.core.hosts.host import Host, demand_signed
from gitopsd.model.hosting import Delivery, Event, EventKind


def read_push(delivery: Delivery, secrets: tuple[str, ...], now: datetime) -> Event:
    """Always a push, of nothing in particular."""
    demand_signed(delivery, "x-signature", secrets)
    id = delivery.header("x-delivery")
    return Event(EventKind.PUSH, ids=(id,) if id else ())


HOST = Host(names=("generic",), read_push=read_push)
