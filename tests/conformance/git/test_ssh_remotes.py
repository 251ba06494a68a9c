"""Host keys are checked strictly; only the configured key is used."""

import dataclasses

import asyncssh
import pytest

from gitopsd.edge.git import Access, Remote
from gitopsd.model.errors import SourceError, UsageError


def stranger() -> str:
    return asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()


async def test_a_known_host_is_read(ssh) -> None:
    place, _ = ssh
    commit = place.repository.push({"a": "1"})

    assert await place.remote().poll() == commit


async def test_another_key_of_a_known_host_is_refused(ssh) -> None:
    place, server = ssh
    place.repository.push({"a": "1"})
    place.access.known_hosts_file.write_text(f"[localhost]:{server.port} {stranger()}\n")

    with pytest.raises(SourceError, match="ssh host key is not the one"):
        await place.remote().poll()


async def test_an_unknown_host_is_refused(ssh) -> None:
    place, server = ssh
    place.repository.push({"a": "1"})
    place.access.known_hosts_file.write_text(f"[elsewhere]:{server.port} {stranger()}\n")

    with pytest.raises(SourceError, match="ssh host key is not the one"):
        await place.remote().poll()


async def test_lines_that_cannot_be_used_disturb_no_others(ssh) -> None:
    place, server = ssh
    commit = place.repository.push({"a": "1"})
    place.access.known_hosts_file.write_text(
        f"# ours\n\ngarbage\nhost ssh-rsa !!!\n@cert-authority * {stranger()}\n"
        f"{server.known_hosts.strip()} a comment\n"
    )

    assert await place.remote().poll() == commit


async def test_a_revoked_host_key_is_refused(ssh) -> None:
    place, server = ssh
    place.repository.push({"a": "1"})
    key = server.known_hosts.split(maxsplit=1)[1]
    place.access.known_hosts_file.write_text(f"{server.known_hosts}@revoked * {key}")

    with pytest.raises(SourceError, match="holds no host key that can be used"):
        await place.remote().poll()


@pytest.mark.parametrize("text", ["", "# nothing\n"])
async def test_no_known_host_at_all_is_refused(ssh, text) -> None:
    place, _ = ssh
    place.access.known_hosts_file.write_text(text)

    with pytest.raises(SourceError, match="holds no host key that can be used"):
        await place.remote().poll()


@pytest.mark.parametrize("lacking", ["known_hosts_file", "ssh_key_file"])
async def test_ssh_needs_a_key_and_known_hosts(ssh, lacking) -> None:
    place, _ = ssh
    access = dataclasses.replace(place.access, **{lacking: None})

    with pytest.raises(UsageError, match=f"--{lacking.replace('_', '-')}"):
        Remote(place.url, access=access)


async def test_a_key_that_is_not_let_in_is_refused(ssh, tmp_path) -> None:
    place, _ = ssh
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(tmp_path / "other"))
    (tmp_path / "other").chmod(0o600)
    place.access = dataclasses.replace(place.access, ssh_key_file=tmp_path / "other")

    with pytest.raises(SourceError, match="refused the credentials"):
        await place.remote().poll()


async def test_a_key_that_others_can_read_is_refused(ssh) -> None:
    place, _ = ssh
    place.access.ssh_key_file.chmod(0o640)

    with pytest.raises(SourceError, match=r"open to others \(mode 0640\)"):
        await place.remote().poll()


async def test_the_scp_form_is_ssh(ssh) -> None:
    place, _ = ssh
    remote = Remote("git@localhost:fleet.git", access=place.access)

    assert (remote.address.scheme, remote.address.host) == ("ssh", "localhost")


def test_an_access_shows_no_secret(tmp_path) -> None:
    assert "s3cr3t" not in repr(Access(token_file=tmp_path / "token"))
