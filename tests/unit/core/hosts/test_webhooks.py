"""Webhooks of every host: what is signed is read, anything else is refused before it is parsed."""

import hmac
import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from gitopsd.core.hosts import HOSTS, Unauthentic, host_of, is_same_repository
from gitopsd.core.hosts.host import digest
from gitopsd.model.hosting import Delivery, Event, EventKind

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
SECRET = "It's a Secret to Everybody"
URLS = ("https://git.example/shop/fleet.git", "git@git.example:shop/fleet.git")
REPOSITORY = {"clone_url": URLS[0], "ssh_url": URLS[1]}
PUSH = json.dumps({"ref": "refs/heads/main", "repository": REPOSITORY}).encode()
GITLAB_PUSH = json.dumps(
    {"ref": "refs/heads/main", "project": {"git_http_url": URLS[0], "git_ssh_url": URLS[1]}}
).encode()
CLOUD_PUSH = json.dumps(
    {"repository": {"links": {"html": {"href": "https://bitbucket.org/shop/fleet"}}}}
).encode()
CENTER_PUSH = json.dumps(
    {"repository": {"links": {"clone": [{"href": url} for url in URLS]}}}
).encode()


def hex_of(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, sha256).hexdigest()


def standard(body: bytes, key: bytes, at: datetime = NOW, id: str = "msg_1") -> Mapping[str, str]:
    """Headers of Standard Webhooks."""
    stamp = str(int(at.timestamp()))
    made = hmac.new(key, f"{id}.{stamp}.".encode() + body, sha256).digest()
    return {
        "webhook-id": id,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1,b3RoZXI= v1," + b64encode(made).decode(),
        "x-gitlab-event": "Push Hook",
    }


def form(body: bytes) -> bytes:
    from urllib.parse import urlencode

    return urlencode({"payload": body.decode()}).encode()


def known(name: str, body: bytes) -> tuple[str, ...]:
    return (*filter(None, [name]), sha256(body).hexdigest())


SIGNED: Mapping[str, tuple[str, Delivery, Event]] = {
    "github": (
        "github",
        Delivery(
            {
                "x-github-event": "push",
                "x-hub-signature-256": f"sha256={hex_of(PUSH)}",
                "x-github-delivery": "72d3162e",
                "content-type": "application/json",
            },
            PUSH,
        ),
        Event(EventKind.PUSH, URLS, "refs/heads/main", known("72d3162e", PUSH)),
    ),
    "github, form": (
        "github",
        Delivery(
            {
                "x-github-event": "pull_request",
                "x-hub-signature-256": f"sha256={hex_of(form(PUSH))}",
                "content-type": "application/x-www-form-urlencoded",
            },
            form(PUSH),
        ),
        Event(EventKind.REVIEW, URLS, "refs/heads/main", known("", form(PUSH))),
    ),
    "gitlab, token": (
        "gitlab",
        Delivery(
            {"x-gitlab-token": SECRET, "x-gitlab-event": "Push Hook", "idempotency-key": "k1"},
            GITLAB_PUSH,
        ),
        Event(EventKind.PUSH, URLS, "refs/heads/main", known("k1", GITLAB_PUSH)),
    ),
    "gitlab, signed": (
        "gitlab",
        Delivery(standard(GITLAB_PUSH, SECRET.encode()), GITLAB_PUSH),
        Event(EventKind.PUSH, URLS, "refs/heads/main", known("msg_1", GITLAB_PUSH)),
    ),
    "gitea": (
        "gitea",
        Delivery(
            {
                "x-github-event": "push",
                "x-gitea-event": "pull_request",
                "x-gitea-event-type": "pull_request_sync",
                "x-gitea-signature": hex_of(PUSH),
                "x-gitea-delivery": "d1",
            },
            PUSH,
        ),
        Event(EventKind.REVIEW, URLS, "refs/heads/main", known("d1", PUSH)),
    ),
    "forgejo": (
        "forgejo",
        Delivery(
            {
                "x-gitea-event": "push",
                "x-gitea-signature": hex_of(PUSH),
                "x-forgejo-event": "push",
                "x-forgejo-signature": hex_of(PUSH),
                "x-forgejo-delivery": "d2",
            },
            PUSH,
        ),
        Event(EventKind.PUSH, URLS, "refs/heads/main", known("d2", PUSH)),
    ),
    "gogs": (
        "gogs",
        Delivery({"x-gogs-event": "release", "x-gogs-signature": hex_of(PUSH)}, PUSH),
        Event(EventKind.OTHER, URLS, "refs/heads/main", known("", PUSH)),
    ),
    "bitbucket cloud": (
        "bitbucket",
        Delivery(
            {
                "x-event-key": "repo:push",
                "x-hub-signature": f"sha256={hex_of(CLOUD_PUSH)}",
                "x-request-uuid": "u1",
            },
            CLOUD_PUSH,
        ),
        Event(EventKind.PUSH, ("https://bitbucket.org/shop/fleet",), "", known("u1", CLOUD_PUSH)),
    ),
    "bitbucket data center": (
        "bitbucket",
        Delivery(
            {
                "x-event-key": "pr:opened",
                "x-hub-signature": f"sha256={hex_of(CENTER_PUSH)}",
                "x-request-id": "r1",
            },
            CENTER_PUSH,
        ),
        Event(EventKind.REVIEW, URLS, "", known("r1", CENTER_PUSH)),
    ),
    "generic": (
        "generic",
        Delivery({"x-signature": f"sha256={hex_of(b'anything')}"}, b"anything"),
        Event(EventKind.PUSH),
    ),
}
each_sort = pytest.mark.parametrize("sort", SIGNED)


def read(sort: str, delivery: Delivery, *secrets: str, now: datetime = NOW) -> Event:
    host = host_of(SIGNED[sort][0])
    assert host is not None
    return host.read_push(delivery, secrets or (SECRET,), now)


def test_the_digest_is_that_of_the_published_vector() -> None:
    known = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"

    assert digest("It's a Secret to Everybody", b"Hello, World!").hex() == known


@each_sort
def test_what_is_signed_is_read(sort: str) -> None:
    _, delivery, event = SIGNED[sort]

    assert read(sort, delivery) == event


@each_sort
def test_while_secrets_are_exchanged_either_may_sign(sort: str) -> None:
    _, delivery, event = SIGNED[sort]

    assert read(sort, delivery, "the next one", SECRET) == event


# A plain token does not bind the body.
FORGERIES = [
    (sort, forgery)
    for sort in SIGNED
    for forgery in ("another secret", "another body", "no signature", "no secret")
    if (sort, forgery) != ("gitlab, token", "another body")
]


@pytest.mark.parametrize(("sort", "forgery"), FORGERIES)
def test_what_is_forged_is_refused(sort: str, forgery: str) -> None:
    delivery, secrets = SIGNED[sort][1], (SECRET,)
    if forgery == "another secret":
        secrets = ("another",)
    elif forgery == "no secret":
        secrets = ("",)
    elif forgery == "another body":
        delivery = replace(delivery, body=delivery.body + b" ")
    else:
        kept = {
            name: value
            for name, value in delivery.headers.items()
            if "signature" not in name and "token" not in name
        }
        delivery = replace(delivery, headers=kept)

    with pytest.raises(Unauthentic):
        read(sort, delivery, *secrets)


@pytest.mark.parametrize(
    "signature", ["", "sha256=", "sha256=zz", "sha1=0123", "sha256", "sha256=é", "sha256=\udcff"]
)
@pytest.mark.parametrize("sort", ["github", "bitbucket cloud", "generic"])
def test_a_signature_of_another_form_is_refused(sort: str, signature: str) -> None:
    delivery = SIGNED[sort][1]
    names = ("x-hub-signature-256", "x-hub-signature", "x-signature")
    headers = {**delivery.headers, **dict.fromkeys(names, signature)}

    with pytest.raises(Unauthentic):
        read(sort, replace(delivery, headers=headers))


@pytest.mark.parametrize("sort", [sort for sort in SIGNED if sort.startswith("git")])
def test_headers_that_are_no_text_are_refused(sort: str) -> None:
    delivery = SIGNED[sort][1]
    headers = {
        name: "\udcff" if "signature" in name or "token" in name else value
        for name, value in delivery.headers.items()
    }

    with pytest.raises(Unauthentic):
        read(sort, replace(delivery, headers=headers))


def test_sha1_alone_is_refused() -> None:
    made = hmac.new(SECRET.encode(), PUSH, "sha1").hexdigest()
    headers = {"x-github-event": "push", "x-hub-signature": f"sha1={made}"}

    with pytest.raises(Unauthentic):
        read("github", Delivery(headers, PUSH))


def test_a_signing_token_of_gitlab_is_base64_after_its_prefix() -> None:
    key = bytes(range(32))
    token = "whsec_" + b64encode(key).decode()
    delivery = Delivery(standard(GITLAB_PUSH, key), GITLAB_PUSH)

    assert read("gitlab, signed", delivery, token).kind is EventKind.PUSH
    with pytest.raises(Unauthentic):
        read("gitlab, signed", delivery, "whsec_not base64")


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_signed_hook_of_gitlab_counts_for_five_minutes(minutes: int) -> None:
    delivery = SIGNED["gitlab, signed"][1]

    with pytest.raises(Unauthentic):
        read("gitlab, signed", delivery, now=NOW + timedelta(minutes=minutes))


def test_a_signed_hook_of_gitlab_is_not_saved_by_its_token() -> None:
    headers = {**standard(GITLAB_PUSH, b"other"), "x-gitlab-token": SECRET}

    with pytest.raises(Unauthentic):
        read("gitlab, signed", Delivery(headers, GITLAB_PUSH))


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'{"repository": []}', b"\xff", b"[" * 9999])
@each_sort
def test_a_body_of_another_form_names_no_repository(sort: str, body: bytes) -> None:
    delivery = SIGNED[sort][1]
    if "webhook-id" in delivery.headers:
        headers = standard(body, SECRET.encode())
    else:
        old = hex_of(delivery.body)
        headers = {name: v.replace(old, hex_of(body)) for name, v in delivery.headers.items()}

    event = read(sort, Delivery(headers, body))

    assert (event.urls, event.ref) == ((), "")


def test_every_host_has_its_own_names() -> None:
    names = [name for host in HOSTS for name in host.names]

    assert len(set(names)) == len(names)
    assert host_of("nobody") is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://git.example/shop/fleet", "https://git.example/shop/fleet.git"),
        ("https://me@GIT.example:443/shop/fleet/", "https://git.example/shop/fleet"),
        ("git@git.example:shop/fleet.git", "ssh://git@git.example/shop/fleet"),
        ("ssh://git@git.example:2222/shop/fleet", "http://git.example:3000/shop/fleet.git"),
    ],
)
def test_a_repository_has_many_urls(one: str, other: str) -> None:
    assert is_same_repository(one, other)
    assert is_same_repository(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://git.example/shop/fleet", "https://git.example/shop/fleets"),
        ("https://git.example/shop/fleet", "https://git.example.org/shop/fleet"),
        ("https://git.example:8443/shop/fleet", "https://git.example/shop/fleet"),
        ("https://git.example/", "https://git.example/"),
        ("https://[bad/shop", "https://[bad/shop"),
    ],
)
def test_another_repository_is_another_one(one: str, other: str) -> None:
    assert not is_same_repository(one, other)
