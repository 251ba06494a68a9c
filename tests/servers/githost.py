"""GitHub and GitLab as their documentation says they answer: the contract that our requests keep.

Neither server can be run in a test, so this one checks what they document (methods, paths, headers,
fields, limits) and answers in their form. A request that they would refuse is refused here.
"""

import json
import ssl
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import trustme
from aiohttp import web

TOKEN = "host-token"
ME = "gitops-robot"


@dataclass
class Pull:
    """A pull request as the test makes it; `fork` is where its branch is, empty for here."""

    number: int
    head: str
    base: str = "main"
    fork: str = ""
    updated: int = 0


@dataclass
class Said:
    """A comment."""

    id: int
    author: str
    body: str
    is_bot: bool = False


@dataclass
class State:
    """All that the host holds. `may` are permissions by user, `requests` what was asked."""

    pulls: dict[int, Pull] = field(default_factory=dict)
    comments: dict[int, list[Said]] = field(default_factory=dict)
    checks: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    may: dict[str, bool] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    fails: tuple[int, Mapping[str, str]] | None = None
    locked: set[int] = field(default_factory=set)

    def said(self, pull: int) -> list[str]:
        return [each.body for each in self.comments.get(pull, [])]

    def stands(self, commit: str) -> dict[str, str]:
        """The newest state of each context."""
        return {context: state for context, state, _ in self.checks.get(commit, [])}

    def add(self, pull: int, author: str, body: str, *, is_bot: bool = False) -> Said:
        found = Said(len(self.requests) + sum(map(len, self.comments.values())) + 1, author, body)
        found.is_bot = is_bot
        self.comments.setdefault(pull, []).append(found)
        if pull in self.pulls:
            self.pulls[pull].updated += 1
        return found


class GitHost(ABC):
    """One of the hosts over TLS while it is entered; `project` is the repository it knows."""

    def __init__(self, ca: trustme.CA, project: str = "shop/fleet") -> None:
        self.state = State()
        self.project = project
        self._ca = ca
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def url(self) -> str:
        return f"https://localhost:{self._port}"

    async def __aenter__(self) -> "GitHost":
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert("localhost").configure_cert(context)
        await web.TCPSite(self._runner, "localhost", 0, ssl_context=context).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.Response:
        path = request.raw_path.partition("?")[0]
        self.state.requests.append((request.method, path))
        if not self.is_allowed(request):
            return answer({"message": "Bad credentials"}, 401)
        if self.state.fails:
            status, headers = self.state.fails
            return answer({"message": "fails on purpose"}, status, headers)
        value = json.loads(await request.read() or b"null")
        found = self.answer(request, tuple(path.strip("/").split("/")), value)
        if request.method == "GET" and found.status == 200 and found.body:
            tag = f'W/"{hash(bytes(found.body)) & 0xFFFFFFFF:x}"'
            if request.headers.get("If-None-Match") == tag:
                return web.Response(status=304, headers={"ETag": tag})
            found.headers["ETag"] = tag
        return found

    @abstractmethod
    def is_allowed(self, request: web.Request) -> bool:
        """Whether a request says all that it must of who asks."""

    @abstractmethod
    def answer(self, request: web.Request, path: tuple[str, ...], value: Any) -> web.Response:
        """The answer to one that does."""


class GitHub(GitHost):
    """https://docs.github.com/rest, API version 2022-11-28, below `/api/v3` as on a server."""

    def is_allowed(self, request: web.Request) -> bool:
        return (
            request.headers.get("Authorization") == f"Bearer {TOKEN}"
            and request.headers.get("Accept") == "application/vnd.github+json"
            and bool(request.headers.get("User-Agent"))
        )

    def answer(self, request: web.Request, path: tuple[str, ...], value: Any) -> web.Response:
        if path[:2] != ("api", "v3"):
            return answer({"message": "Not Found"}, 404)
        if path[2:] == ("user",):
            return answer({"login": ME, "type": "User"})
        if "/".join(path[2:5]) != f"repos/{self.project}":
            return answer({"message": "Not Found"}, 404)
        match (request.method, *path[5:]):
            case ("GET", "pulls"):
                assert request.query["state"] == "open"
                return self._page(request, [self._pull(each) for each in self.state.pulls.values()])
            case ("GET", "issues", number, "comments"):
                found = self.state.comments.get(int(number), [])
                return self._page(request, [self._comment(each) for each in found])
            case ("POST", "issues", number, "comments"):
                if int(number) in self.state.locked:
                    return answer({"message": "Unable to create comment, it is locked"}, 403)
                if len(value["body"]) > 65536:
                    return answer({"message": "Validation Failed"}, 422)
                return answer(self._comment(self.state.add(int(number), ME, value["body"])), 201)
            case ("PATCH", "issues", "comments", id):
                return self._edit(int(id), value["body"])
            case ("GET", "commits", sha, "status"):
                newest = {context.lower(): (context, *rest) for context, *rest in self._checks(sha)}
                statuses = [
                    {"context": c, "state": s, "description": d, "target_url": None}
                    for c, s, d in newest.values()
                ]
                return answer({"state": "pending", "sha": sha, "statuses": statuses})
            case ("POST", "statuses", sha):
                words = ("error", "failure", "pending", "success")
                if value["state"] not in words or len(value["description"]) > 140:
                    return answer({"message": "Validation Failed"}, 422)
                self._check(sha, value["context"], value["state"], value["description"])
                return answer({"id": 1, "state": value["state"]}, 201)
            case ("GET", "collaborators", user, "permission"):
                if user not in self.state.may:
                    return answer({"message": "Not Found"}, 404)
                said = "write" if self.state.may[user] else "read"
                return answer({"permission": said, "user": {"login": user}})
        return answer({"message": "Not Found"}, 404)

    def _edit(self, id: int, body: str) -> web.Response:
        for each in (said for found in self.state.comments.values() for said in found):
            if each.id == id and each.author == ME:
                each.body = body
                return answer(self._comment(each))
        return answer({"message": "Not Found"}, 404)

    def _checks(self, sha: str) -> list[tuple[str, str, str]]:
        return self.state.checks.get(sha, [])

    def _check(self, sha: str, context: str, state: str, description: str) -> None:
        self.state.checks.setdefault(sha, []).append((context, state, description))

    def _page(self, request: web.Request, found: list[Any]) -> web.Response:
        size, page = int(request.query["per_page"]), int(request.query["page"])
        assert size <= 100
        return answer(found[size * (page - 1) : size * page])

    def _pull(self, pull: Pull) -> Mapping[str, Any]:
        head = pull.fork or self.project
        return {
            "number": pull.number,
            "state": "open",
            "title": f"Change {pull.number}",
            "updated_at": f"2026-01-01T00:00:{pull.updated:02}Z",
            "head": {"ref": "change", "sha": pull.head, "repo": {"full_name": head}},
            "base": {"ref": pull.base, "sha": "0" * 40, "repo": {"full_name": self.project}},
        }

    def _comment(self, said: Said) -> Mapping[str, Any]:
        user = {"login": said.author, "type": "Bot" if said.is_bot else "User"}
        return {"id": said.id, "user": user, "body": said.body}


class GitLab(GitHost):
    """https://docs.gitlab.com/api/rest, version 4."""

    def is_allowed(self, request: web.Request) -> bool:
        return request.headers.get("PRIVATE-TOKEN") == TOKEN

    def answer(self, request: web.Request, path: tuple[str, ...], value: Any) -> web.Response:
        if path == ("api", "v4", "user"):
            return answer({"username": ME})
        if path[:3] != ("api", "v4", "projects") or unquote(path[3]) != self.project:
            return answer({"message": "404 Project Not Found"}, 404)
        match (request.method, *path[4:]):
            case ("GET", "merge_requests"):
                assert request.query["state"] == "opened"
                return self._page(request, [self._pull(each) for each in self.state.pulls.values()])
            case ("GET", "merge_requests", number, "notes"):
                notes = [self._note(each) for each in self.state.comments.get(int(number), [])]
                system = {"id": 999, "system": True, "body": "/gitopsd hold", "author": {}}
                return self._page(request, [system, *notes])
            case ("POST", "merge_requests", number, "notes"):
                if int(number) in self.state.locked:
                    return answer({"message": "403 Forbidden"}, 403)
                return answer(self._note(self.state.add(int(number), ME, value["body"])), 201)
            case ("PUT", "merge_requests", number, "notes", id):
                for each in self.state.comments[int(number)]:
                    if each.id == int(id) and each.author == ME:
                        each.body = value["body"]
                        return answer(self._note(each))
            case ("GET", "repository", "commits", sha, "statuses"):
                newest = {name: (state, words) for name, state, words in self._checks(sha)}
                return answer(
                    [{"name": n, "status": s, "description": d} for n, (s, d) in newest.items()]
                )
            case ("POST", "statuses", sha):
                return self._state(sha, value)
            case ("GET", "members", "all"):
                levels = {
                    user: 30 if may else 20
                    for user, may in self.state.may.items()
                    if request.query["query"] in user
                }
                return answer(
                    [{"username": user, "access_level": level} for user, level in levels.items()]
                )
        return answer({"message": "404 Not Found"}, 404)

    def _state(self, sha: str, value: Mapping[str, str]) -> web.Response:
        words = ("pending", "running", "success", "failed", "canceled", "skipped")
        if value["state"] not in words:
            return answer({"message": "state does not have a valid value"}, 400)
        if self.state.stands(sha).get(value["name"]) == value["state"]:
            said = f"Cannot transition status via :enqueue from :{value['state']}"
            return answer({"message": said}, 400)
        found = self.state.checks.setdefault(sha, [])
        found.append((value["name"], value["state"], value["description"]))
        return answer({"id": 1, "status": value["state"]}, 201)

    def _checks(self, sha: str) -> list[tuple[str, str, str]]:
        return self.state.checks.get(sha, [])

    def _page(self, request: web.Request, found: list[Any]) -> web.Response:
        size, page = int(request.query["per_page"]), int(request.query["page"])
        assert size <= 100
        return answer(found[size * (page - 1) : size * page])

    def _pull(self, pull: Pull) -> Mapping[str, Any]:
        return {
            "iid": pull.number,
            "id": 1000 + pull.number,
            "state": "opened",
            "title": f"Change {pull.number}",
            "updated_at": f"2026-01-01T00:00:{pull.updated:02}.000Z",
            "sha": pull.head,
            "target_branch": pull.base,
            "source_project_id": 2 if pull.fork else 1,
            "target_project_id": 1,
        }

    def _note(self, said: Said) -> Mapping[str, Any]:
        author = {"username": "project_1_bot_9f" if said.is_bot else said.author}
        return {"id": said.id, "system": False, "author": author, "body": said.body}


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(
        body=json.dumps(value).encode(),
        status=status,
        content_type="application/json",
        headers=dict(headers or {}),
    )
