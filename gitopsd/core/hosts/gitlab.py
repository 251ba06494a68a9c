"""GitLab: https://docs.gitlab.com/user/project/integrations/webhooks.

A signing token (Standard Webhooks) binds the body and the time; where a hook has none, GitLab sends
the secret token itself, which is compared.
"""

import binascii
import hmac
import re
from base64 import b64decode, b64encode
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from gitopsd.core.hosts.host import (
    Api,
    Host,
    Place,
    Unauthentic,
    address_of,
    bytes_of,
    ids_of,
    is_secret,
    items,
    number,
    payload,
    word,
    words,
)
from gitopsd.model.hosting import (
    Ask,
    Comment,
    CommitState,
    Delivery,
    Event,
    EventKind,
    PullRequest,
    StateKind,
)

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
        ids_of(delivery, "idempotency-key", "webhook-id"),
    )


def _is_signed(delivery: Delivery, secrets: tuple[str, ...], now: datetime) -> bool:
    stamp = delivery.header("webhook-timestamp")
    if not stamp.isdecimal() or abs(now.timestamp() - int(stamp[:12])) > _OLDEST_S:
        return False
    content = bytes_of(f"{delivery.header('webhook-id')}.{stamp}.") + delivery.body
    given = delivery.header("webhook-signature").split()
    found = False
    for secret in secrets:
        made = "v1," + b64encode(hmac.new(_key(secret), content, sha256).digest()).decode()
        for each in given:
            found |= hmac.compare_digest(bytes_of(each), made.encode())
    return found


def _key(secret: str) -> bytes:
    """The bytes of a signing token, which Standard Webhooks write in base64 after a prefix."""
    if not secret.startswith(_SIGNING):
        return secret.encode()
    try:
        return b64decode(secret.removeprefix(_SIGNING), validate=True)
    except binascii.Error:
        return secret.encode()


_WORDS = {
    StateKind.PENDING: "pending",
    StateKind.SUCCESS: "success",
    StateKind.FAILURE: "failed",
    StateKind.ERROR: "failed",
}
_READ = {
    "pending": StateKind.PENDING,
    "running": StateKind.PENDING,
    "success": StateKind.SUCCESS,
    "failed": StateKind.FAILURE,
    "canceled": StateKind.ERROR,
}
_DEVELOPER = 30
_BOT = re.compile(r"(project|group)_\d+_bot(_|$)")


def place(url: str) -> Place:
    """A project is named by its whole path, escaped as one segment."""
    web, project = address_of(url)
    return Place(f"{web}/api/v4", quote(project, safe=""))


def pulls_of(value: Any) -> tuple[PullRequest, ...]:
    """Open merge requests."""
    return tuple(
        PullRequest(
            number=number(each, "iid"),
            head=word(each, "sha"),
            ref=f"refs/merge-requests/{number(each, 'iid')}/head",
            base=word(each, "target_branch"),
            is_fork=number(each, "source_project_id") != number(each, "target_project_id"),
            title=word(each, "title"),
            updated=word(each, "updated_at"),
        )
        for each in items(value)
        if number(each, "iid") and word(each, "sha") and word(each, "target_branch")
    )


def comments_of(value: Any) -> tuple[Comment, ...]:
    """Notes that somebody wrote, in the order they were made."""
    return tuple(
        Comment(
            number(each, "id"),
            word(each, "author", "username"),
            word(each, "body"),
            bool(_BOT.match(word(each, "author", "username"))),
        )
        for each in items(value)
        if number(each, "id") and not each.get("system")
    )


def states_of(value: Any) -> tuple[CommitState, ...]:
    """The newest state of each name."""
    return tuple(
        CommitState(
            word(each, "name"),
            _READ[word(each, "status")],
            word(each, "description"),
            word(each, "target_url"),
        )
        for each in items(value)
        if word(each, "status") in _READ
    )


def commit_state(project: str, commit: str, state: CommitState) -> Ask:
    """Says how a check of a commit stands."""
    value = {
        "state": _WORDS[state.kind],
        "name": state.context,
        "description": state.description,
        **({"target_url": state.url} if state.url else {}),
    }
    return Ask("POST", f"/projects/{project}/statuses/{commit}", value=value)


def can_write(value: Any, user: str) -> bool:
    """Whether a user is among those found, as a developer at least."""
    return any(
        word(each, "username") == user and number(each, "access_level") >= _DEVELOPER
        for each in items(value)
    )


def is_same_state(status: int, reason: str) -> bool:
    """Whether a refusal only says that a check stands so already."""
    return status == 400 and "cannot transition status" in reason.lower()


def page(url: str, branch: str, path: str) -> str:
    """Where people read a file of a branch."""
    web, project = address_of(url)
    return f"{web}/{project}/-/blob/{branch}/{path}"


API = Api(
    place=place,
    headers=lambda token: {"PRIVATE-TOKEN": token},
    me=Ask("GET", "/user"),
    name_of=lambda value: word(value, "username"),
    pulls=lambda project, page: Ask(
        "GET",
        f"/projects/{project}/merge_requests",
        {"state": "opened", "per_page": "100", "page": str(page)},
    ),
    pulls_of=pulls_of,
    comments=lambda project, pull, page: Ask(
        "GET",
        f"/projects/{project}/merge_requests/{pull}/notes",
        {"sort": "asc", "order_by": "created_at", "per_page": "100", "page": str(page)},
    ),
    comments_of=comments_of,
    add_comment=lambda project, pull, body: Ask(
        "POST", f"/projects/{project}/merge_requests/{pull}/notes", value={"body": body}
    ),
    edit_comment=lambda project, pull, comment: Ask(
        "PUT",
        f"/projects/{project}/merge_requests/{pull}/notes/{comment.id}",
        value={"body": comment.body},
    ),
    states=lambda project, commit: Ask(
        "GET", f"/projects/{project}/repository/commits/{commit}/statuses", {"per_page": "100"}
    ),
    states_of=states_of,
    commit_state=commit_state,
    permission=lambda project, user: Ask(
        "GET", f"/projects/{project}/members/all", {"query": user, "per_page": "100"}
    ),
    can_write=can_write,
    page=page,
    most_characters=1_000_000,
    is_same_state=is_same_state,
)
HOST = Host(names=("gitlab",), read_push=read_push, api=API)
