"""GitHub: https://docs.github.com/webhooks, also on a server of one's own.

Signatures by SHA-1 alone are refused. A form-encoded body is signed as it is sent.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, quote

from gitopsd.core.hosts.host import (
    Api,
    Host,
    Place,
    address_of,
    demand_signed,
    ids_of,
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
    "push": EventKind.PUSH,
    "create": EventKind.PUSH,
    "delete": EventKind.PUSH,
    "pull_request": EventKind.REVIEW,
    "issue_comment": EventKind.REVIEW,
}
_FORM = "application/x-www-form-urlencoded"


def read_push(delivery: Delivery, secrets: tuple[str, ...], now: datetime) -> Event:
    """The event of a delivery signed by `X-Hub-Signature-256`."""
    demand_signed(delivery, "x-hub-signature-256", secrets)
    said = payload(_json(delivery))
    return Event(
        _KINDS.get(delivery.header("x-github-event"), EventKind.OTHER),
        words(said.get("repository"), "clone_url", "ssh_url", "git_url", "html_url"),
        word(said, "ref"),
        ids_of(delivery, "x-github-delivery"),
    )


def _json(delivery: Delivery) -> bytes:
    if not delivery.header("content-type").startswith(_FORM):
        return delivery.body
    fields = parse_qs(delivery.body.decode(errors="replace"), max_num_fields=8)
    return fields.get("payload", [""])[0].encode()


def place(url: str) -> Place:
    """github.com has its API on a host of its own, other servers below `/api/v3`."""
    web, project = address_of(url)
    is_public = web in ("https://github.com", "https://ssh.github.com")
    return Place("https://api.github.com" if is_public else f"{web}/api/v3", project)


def headers(token: str) -> Mapping[str, str]:
    """What a request says of who asks, and in which version of the API."""
    return {
        "Authorization": f"Bearer {token}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }


def pulls_of(value: Any) -> tuple[PullRequest, ...]:
    """Open pull requests; one whose fork is gone is one of a fork."""
    return tuple(
        PullRequest(
            number=number(each, "number"),
            head=word(each, "head", "sha"),
            ref=f"refs/pull/{number(each, 'number')}/head",
            base=word(each, "base", "ref"),
            is_fork=word(each, "head", "repo", "full_name")
            != word(each, "base", "repo", "full_name"),
            title=word(each, "title"),
            updated=word(each, "updated_at"),
        )
        for each in items(value)
        if number(each, "number") and word(each, "head", "sha") and word(each, "base", "ref")
    )


def comments_of(value: Any) -> tuple[Comment, ...]:
    """Comments in the order they were made."""
    return tuple(
        Comment(
            number(each, "id"),
            word(each, "user", "login"),
            word(each, "body"),
            word(each, "user", "type") == "Bot",
        )
        for each in items(value)
        if number(each, "id")
    )


def states_of(value: Any, said: str = "state") -> tuple[CommitState, ...]:
    """The combined status of a commit names the newest of each context; case does not count.

    `said` is the name under which the word of a state stands.
    """
    return tuple(
        CommitState(
            word(each, "context"),
            StateKind(word(each, said)),
            word(each, "description"),
            word(each, "target_url"),
        )
        for each in items(value.get("statuses") if isinstance(value, Mapping) else None)
        if word(each, said) in tuple(StateKind)
    )


def commit_state(project: str, commit: str, state: CommitState) -> Ask:
    """Says how a check of a commit stands."""
    value = {
        "state": state.kind.value,
        "context": state.context,
        "description": state.description,
        **({"target_url": state.url} if state.url else {}),
    }
    return Ask("POST", f"/repos/{project}/statuses/{commit}", value=value)


def can_write(value: Any, _: str) -> bool:
    """Whether the permission of a user is one to write; `maintain` is told as `write`."""
    return word(value, "permission") in ("admin", "write")


def page(url: str, branch: str, path: str) -> str:
    """Where people read a file of a branch."""
    web, project = address_of(url)
    return f"{web}/{project}/blob/{branch}/{path}"


API = Api(
    place=place,
    headers=headers,
    me=Ask("GET", "/user"),
    name_of=lambda value: word(value, "login"),
    pulls=lambda project, page: Ask(
        "GET",
        f"/repos/{project}/pulls",
        {"state": "open", "per_page": "100", "page": str(page)},
    ),
    pulls_of=pulls_of,
    comments=lambda project, pull, page: Ask(
        "GET",
        f"/repos/{project}/issues/{pull}/comments",
        {"per_page": "100", "page": str(page)},
    ),
    comments_of=comments_of,
    add_comment=lambda project, pull, body: Ask(
        "POST", f"/repos/{project}/issues/{pull}/comments", value={"body": body}
    ),
    edit_comment=lambda project, pull, comment: Ask(
        "PATCH", f"/repos/{project}/issues/comments/{comment.id}", value={"body": comment.body}
    ),
    states=lambda project, commit: Ask(
        "GET", f"/repos/{project}/commits/{commit}/status", {"per_page": "100"}
    ),
    states_of=states_of,
    commit_state=commit_state,
    permission=lambda project, user: Ask(
        "GET", f"/repos/{project}/collaborators/{quote(user, safe='')}/permission"
    ),
    can_write=can_write,
    page=page,
    most_characters=65_536,
)
HOST = Host(names=("github",), read_push=read_push, api=API)
