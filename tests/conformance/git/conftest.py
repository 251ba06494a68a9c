"""Real git on the other side: repositories made by the git program, served over file, HTTP, ssh."""

import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from gitopsd.daemon.admission import Admission, Terms, Verifier
from gitopsd.edge.git import Access, Remote
from gitopsd.edge.gpg import Gpg
from gitopsd.edge.ssh_keygen import SshKeygen
from gitopsd.model.errors import CommitRefused
from gitopsd.model.snapshot import Tree
from gitopsd.model.trust import Form, Rewrites, Verify
from servers.githttp import GitHttp
from servers.gitssh import GitSsh
from servers.repository import Repository
from servers.signers import GpgSigners, SshSigners

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


@dataclass
class Gate:
    """A repository, who signs there, and what is let in of it."""

    place: Place
    everybody: Mapping[str, GpgSigners | SshSigners]
    verifiers: Mapping[Form, Verifier]
    rewrites: Rewrites = Rewrites.ALLOW
    form: str = "ssh"

    @property
    def signers(self) -> GpgSigners | SshSigners:
        return self.everybody[self.form]

    def signs(self, form: str) -> None:
        """In which form is signed from now on: `ssh`, as at first, or `openpgp`."""
        self.form = form

    def push(self, case: str, message: str = "Change") -> str:
        """A commit signed so."""
        self.place.repository.signing = self.signers.options(case)
        return self.place.repository.push({"a.yaml": message}, message)

    async def admitted(self, verify: Verify, previous: str = "", branch: str = "") -> Tree:
        """What is let in of what stands there now, by a clone that was just made."""
        cache = self.place.cache / str(len(self.place.remotes))
        remote = self.place.remote(branch, cache)
        tree = await remote.tree(previous)
        terms = Terms(verify, self.rewrites, self.verifiers)
        return await Admission(remote, terms).admitted(tree)

    async def refusal(self, verify: Verify, previous: str = "", branch: str = "") -> str:
        """The word with which it is refused."""
        with pytest.raises(CommitRefused) as error:
            await self.admitted(verify, previous, branch)
        return error.value.refusal.reason


@pytest.fixture(scope="session")
def signers(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Mapping[str, GpgSigners | SshSigners]]:
    """People with keys of both forms."""
    lacking = [name for name in ("gpg", "ssh-keygen") if shutil.which(name) is None]
    if lacking:
        pytest.skip(f"not installed: {', '.join(lacking)}")
    made = {
        "ssh": SshSigners(tmp_path_factory.mktemp("ssh")),
        "openpgp": GpgSigners(tmp_path_factory.mktemp("gpg")),
    }
    yield made
    for each in made.values():
        each.close()


@pytest.fixture
def gate(local: Place, signers: Mapping[str, GpgSigners | SshSigners]) -> Iterator[Gate]:
    """What is let in of a repository that is a folder."""
    with closing(Gpg(signers["openpgp"].keys)) as gpg:
        yield gate_of(local, signers, gpg)


@pytest.fixture(params=["local", "http"])
def gate_over(
    request: pytest.FixtureRequest, signers: Mapping[str, GpgSigners | SshSigners]
) -> Gate:
    """The same of a folder and of a server, whose history is cut off; with ssh keys alone."""
    found = request.getfixturevalue(request.param)
    return gate_of(found[0] if isinstance(found, tuple) else found, signers, None)


def gate_of(place: Place, signers: Mapping[str, GpgSigners | SshSigners], gpg: Gpg | None) -> Gate:
    ssh = signers["ssh"]
    verifiers: dict[Form, Verifier] = {Form.SSH: SshKeygen(ssh.allowed, ssh.revoked)}
    if gpg is not None:
        verifiers[Form.OPENPGP] = gpg
    return Gate(place, signers, verifiers)


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
