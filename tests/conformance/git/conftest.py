"""Real git on the other side: repositories made by the git program, served over file, HTTP, ssh."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from gitopsd.edge.git import Access, Remote
from servers.githttp import GitHttp
from servers.gitssh import GitSsh
from servers.repository import Repository

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@dataclass
class Place:
    """One repository and how it is reached."""

    repository: Repository
    url: str
    access: Access
    cache: Path
    remotes: list[Remote] = field(default_factory=list)

    def remote(self, branch: str = "", cache: Path | None = None) -> Remote:
        """A remote of its own for each call."""
        remote = Remote(self.url, branch, access=self.access, cache=cache or self.cache)
        self.remotes.append(remote)
        return remote

    def git(self, *arguments: str) -> str:
        """The git program in the served repository."""
        return self.repository._git(self.repository.path, *arguments)

    def refuse_pushes(self, words: str) -> None:
        """A hook that lets nobody push."""
        hook = self.repository.path / "hooks" / "pre-receive"
        hook.write_text(f"#!/bin/sh\necho {words} >&2\nexit 1\n")
        hook.chmod(0o755)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
async def local(repository: Repository, tmp_path: Path) -> AsyncIterator[Place]:
    """A repository that is a folder."""
    place = Place(repository, repository.url, Access(), tmp_path / "cache")
    yield place
    close(place)


@pytest.fixture
async def http(repository: Repository, tmp_path: Path) -> AsyncIterator[tuple[Place, GitHttp]]:
    """A repository behind an HTTP server."""
    async with GitHttp(tmp_path) as server:
        place = Place(repository, f"{server.url}/fleet.git", Access(), tmp_path / "cache")
        yield place, server
        close(place)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """A certificate authority that nobody knows."""
    return trustme.CA()


@pytest.fixture
async def https(
    repository: Repository, tmp_path: Path, authority: trustme.CA
) -> AsyncIterator[tuple[Place, GitHttp]]:
    """A repository behind an HTTPS server that wants a token."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    (tmp_path / "token").write_text("s3cr3t\n")
    access = Access(token_file=tmp_path / "token", ca_file=tmp_path / "ca.pem")
    async with GitHttp(tmp_path, "s3cr3t", authority) as server:
        place = Place(repository, f"{server.url}/fleet.git", access, tmp_path / "cache")
        yield place, server
        close(place)


@pytest.fixture
async def ssh(repository: Repository, tmp_path: Path) -> AsyncIterator[tuple[Place, GitSsh]]:
    """A repository behind an ssh server that lets one key in."""
    async with GitSsh(tmp_path, tmp_path) as server:
        (tmp_path / "known_hosts").write_text(server.known_hosts)
        access = Access(ssh_key_file=server.key_file, known_hosts_file=tmp_path / "known_hosts")
        place = Place(repository, f"{server.url}/fleet.git", access, tmp_path / "cache")
        yield place, server
        close(place)


@pytest.fixture(params=["local", "http", "ssh"])
def place(request: pytest.FixtureRequest) -> Place:
    """The same repository over each transport."""
    found = request.getfixturevalue(request.param)
    return found[0] if isinstance(found, tuple) else found


@pytest.fixture(params=["http", "ssh"])
def served(request: pytest.FixtureRequest) -> Place:
    """The same repository behind each sort of server."""
    return request.getfixturevalue(request.param)[0]


def close(place: Place) -> None:
    for remote in place.remotes:
        remote.close()
