"""Gitea, and those that came of it or before it: Forgejo and Gogs, which name their headers anew.

All of them send GitHub's headers too; their own count.
"""

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from gitopsd.core.hosts import github
from gitopsd.core.hosts.host import (
    Host,
    Place,
    Unauthentic,
    address_of,
    ids_of,
    is_signed,
    payload,
    word,
    words,
)
from gitopsd.model.hosting import Ask, Delivery, Event, EventKind

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
        ids_of(delivery, f"{brand}-delivery"),
    )


def place(url: str) -> Place:
    """The API is below `/api/v1` of the web server."""
    web, project = address_of(url)
    return Place(f"{web}/api/v1", project)


def can_write(value: Any, _: str) -> bool:
    """Whether the permission of a user is one to write."""
    return word(value, "permission") in ("owner", "admin", "write")


def page(url: str, branch: str, path: str) -> str:
    """Where people read a file of a branch."""
    web, project = address_of(url)
    return f"{web}/{project}/src/branch/{branch}/{path}"


# Paths, pull requests and comments are GitHub's; what is another is said here.
API = replace(
    github.API,
    place=place,
    headers=lambda token: {"Authorization": f"token {token}"},
    pulls=lambda project, page: Ask(
        "GET", f"/repos/{project}/pulls", {"state": "open", "limit": "50", "page": str(page)}
    ),
    comments=lambda project, pull, page: Ask("GET", f"/repos/{project}/issues/{pull}/comments"),
    states=lambda project, commit: Ask(
        "GET", f"/repos/{project}/commits/{commit}/status", {"limit": "50"}
    ),
    states_of=partial(github.states_of, said="status"),
    can_write=can_write,
    page=page,
    page_size=50,
    comment_page_size=0,
)
HOST = Host(names=("gitea", "forgejo", "gogs"), read_push=read_push, api=API)
