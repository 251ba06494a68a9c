"""What a kubeconfig says becomes what requests need, and stays so while files change."""

import asyncio
import base64
import ssl
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from gitopsd.edge.credentials import contexts, from_kubeconfig, of_cluster
from gitopsd.edge.credentials import credentials as fresh
from gitopsd.edge.credentials import login as logins
from gitopsd.kube.yaml import dump
from gitopsd.model.cluster import Cluster
from gitopsd.model.config import Config
from gitopsd.model.errors import ClusterError, UsageError

SERVER = "https://10.0.0.1:6443"


def kubeconfig(
    path: Path,
    user: Mapping[str, Any] | None = None,
    cluster: Mapping[str, Any] | None = None,
    name: str = "eu",
) -> Path:
    body = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "contexts": [{"name": name, "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": f"{SERVER}/", **(cluster or {})}}],
        "users": [{"name": "u", "user": user or {}}],
    }
    path.write_text(dump(body))
    return path


def plugin(folder: Path, text: str) -> Mapping[str, Any]:
    """A user whose plugin is this shell script."""
    script = folder / "plugin"
    script.write_text(f"#!/bin/sh\n{text}\n")
    script.chmod(0o755)
    api = "client.authentication.k8s.io/v1"
    return {"exec": {"apiVersion": api, "command": "./plugin", "args": ["get"], "env": [
        {"name": "REGION", "value": "eu-1"}]}}  # fmt: skip


def issued(**status: str) -> str:
    told = ",".join(f'"{name}":"{value}"' for name, value in status.items())
    return (
        'echo \'{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1",'
        f'"status":{{{told}}}}}\''
    )


def in_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


# Which context


def test_contexts_of_several_files_are_known(tmp_path: Path) -> None:
    one, two = kubeconfig(tmp_path / "one", name="eu"), kubeconfig(tmp_path / "two", name="us")

    assert contexts(Path(f"{one}:{two}:{tmp_path / 'none'}")) == {"eu", "us"}


def test_a_context_that_is_not_there_says_which_are(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path / "one")

    with pytest.raises(UsageError, match="no context 'us'; known: eu"):
        from_kubeconfig(path, "us")


@pytest.mark.parametrize("text", ["", "[]", "a: [", "contexts: [{name: s3cr3t}, 7]", "a: b"])
def test_a_file_that_is_no_kubeconfig_is_said_so(tmp_path: Path, text: str) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(text)

    with pytest.raises(UsageError) as found:
        from_kubeconfig(path, "eu")

    assert "s3cr3t" not in str(found.value)


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such file"):
        contexts(tmp_path / "none")


def test_a_cluster_has_its_context_before_its_file(tmp_path: Path) -> None:
    folder = tmp_path / "clusters"
    folder.mkdir()
    for name in ("eu", "us"):
        kubeconfig(folder / name, cluster={"server": f"https://file-of-{name}"}, name="any")
    config = Config(kubeconfig=kubeconfig(tmp_path / "one"), clusters_dir=folder)

    assert of_cluster(config, Cluster("eu")).host == SERVER
    assert of_cluster(config, Cluster("us")).host == "https://file-of-us"


def test_a_cluster_without_credentials_says_where_they_were_sought(tmp_path: Path) -> None:
    config = Config(kubeconfig=kubeconfig(tmp_path / "one"), clusters_dir=tmp_path)

    with pytest.raises(ClusterError) as found:
        of_cluster(config, Cluster("us"))

    assert str(found.value) == (
        f"us: no credentials: {tmp_path / 'one'} has no context of this name (known: eu), "
        f"and there is no file {tmp_path / 'us'}"
    )


def test_without_flags_a_cluster_has_no_credentials() -> None:
    with pytest.raises(ClusterError, match="give --kubeconfig or --clusters-dir"):
        of_cluster(Config(), Cluster("us"))


def test_a_name_never_leads_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "clusters").mkdir()
    kubeconfig(tmp_path / "outside")

    with pytest.raises(ClusterError, match="no credentials"):
        of_cluster(Config(clusters_dir=tmp_path / "clusters"), Cluster("../outside"))


# How we prove ourselves


@pytest.mark.parametrize(
    ("user", "header"),
    [
        ({"token": "s3cr3t"}, "Bearer s3cr3t"),
        ({"token": "old", "tokenFile": "token"}, "Bearer fr0m-file"),
        ({"username": "me", "password": "pw"}, "Basic bWU6cHc="),
    ],
)
async def test_tokens_and_passwords_go_into_a_header(
    tmp_path: Path, user: Mapping[str, Any], header: str
) -> None:
    (tmp_path / "token").write_text("fr0m-file\n")

    found = from_kubeconfig(kubeconfig(tmp_path / "one", user), None)

    assert await found.headers() == {"Authorization": header}


async def test_a_user_may_have_nothing_to_show(tmp_path: Path) -> None:
    assert await from_kubeconfig(kubeconfig(tmp_path / "one"), None).headers() == {}


@pytest.mark.parametrize("is_written", [True, False])
async def test_certificates_are_written_or_in_files(tmp_path: Path, is_written: bool) -> None:
    authority = trustme.CA()
    mine = authority.issue_cert("me")
    parts = {
        "certificate-authority": authority.cert_pem.bytes(),
        "client-certificate": mine.cert_chain_pems[0].bytes(),
        "client-key": mine.private_key_pem.bytes(),
    }
    for key, data in parts.items():
        (tmp_path / key).write_bytes(data)
    told = (
        {f"{key}-data": in_base64(data) for key, data in parts.items()}
        if is_written
        else {key: key for key in parts}
    )
    user = {key: value for key, value in told.items() if key.startswith("client")}
    cluster = {key: value for key, value in told.items() if key not in user}

    found = await from_kubeconfig(kubeconfig(tmp_path / "one", user, cluster), None).login()

    assert found.tls is not None
    assert found.tls.verify_mode is ssl.CERT_REQUIRED
    assert [each["subject"] for each in found.tls.get_ca_certs()]
    assert found.headers == {}


async def test_a_cluster_may_be_taken_for_any(tmp_path: Path) -> None:
    cluster = {"insecure-skip-tls-verify": True, "tls-server-name": "api", "proxy-url": "http://p"}

    found = await from_kubeconfig(kubeconfig(tmp_path / "one", {}, cluster), None).login()

    assert found.tls is not None
    assert (found.tls.verify_mode, found.tls.check_hostname) == (ssl.CERT_NONE, False)
    assert (found.server_name, found.proxy) == ("api", "http://p")


@pytest.mark.parametrize(
    ("user", "cluster", "words"),
    [
        ({"client-certificate-data": "!"}, {}, "no base64"),
        ({"client-certificate-data": in_base64(b"s3cr3t")}, {}, "certificate or key that is none"),
        ({"client-certificate": "none"}, {}, "cannot read"),
        ({"tokenFile": "none"}, {}, "FileNotFoundError"),
        ({}, {"certificate-authority-data": in_base64(b"s3cr3t")}, "that is none"),
        ({}, {"proxy-url": "socks5://me:s3cr3t@p"}, "only those of http and https"),
        ({"as-groups": ["fleet"]}, {}, "names no user to act as"),
        ({"as": "s3cr3t\nX: y"}, {}, "act as what is no name"),
        ({"token": "s3cr3t\nX: y"}, {}, "letters that no token has"),
        ({"auth-provider": {"name": "oidc", "config": {"id-token": 7}}}, {}, "no credentials"),
    ],
)
async def test_what_cannot_be_used_is_said_without_secrets(
    tmp_path: Path, user: Mapping[str, Any], cluster: Mapping[str, Any], words: str
) -> None:
    found = from_kubeconfig(kubeconfig(tmp_path / "one", user, cluster), None)

    with pytest.raises(ClusterError, match=words) as raised:
        await found.login()

    assert "s3cr3t" not in str(raised.value)


async def test_requests_are_made_as_whom_the_user_acts_as(tmp_path: Path) -> None:
    user = {
        "token": "t0ken",
        "as": "ann",
        "as-uid": "7",
        "as-groups": ["fleet", "shop"],
        "as-user-extra": {"example.com/why": ["a", "b"]},
    }

    found = await from_kubeconfig(kubeconfig(tmp_path / "one", user), None).login()

    assert found.acts_as == (
        ("Impersonate-User", "ann"),
        ("Impersonate-Uid", "7"),
        ("Impersonate-Group", "fleet"),
        ("Impersonate-Group", "shop"),
        ("Impersonate-Extra-example.com%2Fwhy", "a"),
        ("Impersonate-Extra-example.com%2Fwhy", "b"),
    )


# Plugins


async def test_only_plugins_that_the_operator_names_are_run(tmp_path: Path) -> None:
    kubeconfig(tmp_path / "one", plugin(tmp_path, issued(token="t0ken")), name="eu")
    eu = Cluster("eu")

    def login(*allowed: str):
        config = Config(kubeconfig=tmp_path / "one", credential_plugins=allowed)
        return of_cluster(config, eu).login()

    with pytest.raises(ClusterError, match="does not allow its credential plugin"):
        await login("plugin", "aws")
    assert (await login("./plugin")).headers == {"Authorization": "Bearer t0ken"}


async def test_a_plugin_gives_a_token(tmp_path: Path) -> None:
    script = f'test "$1 $REGION" = "get eu-1" && {issued(token="t0ken")}'

    found = from_kubeconfig(kubeconfig(tmp_path / "one", plugin(tmp_path, script)), None)

    assert await found.headers() == {"Authorization": "Bearer t0ken"}


async def test_a_plugin_is_run_again_before_its_token_expires(tmp_path: Path) -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    script = f"echo x >> {tmp_path}/runs; {issued(token='t0ken', expirationTimestamp=soon)}"
    found = from_kubeconfig(kubeconfig(tmp_path / "one", plugin(tmp_path, script)), None)
    await found.login()

    await found.login()
    assert (tmp_path / "runs").read_text() == "x\n"

    await asyncio.sleep(1.1)
    await found.login()
    assert (tmp_path / "runs").read_text() == "x\nx\n"


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo 'log in first' >&2; exit 3", "'plugin' ended with 3: log in first"),
        ("echo s3cr3t", "printed no ExecCredential"),
        (issued(), "neither token nor certificate"),
        ("sleep 30", "'plugin' took more than 0.3 s"),
    ],
)
async def test_a_plugin_that_fails_is_said_so(
    tmp_path: Path, script: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logins, "PLUGIN_S", 0.3)
    found = from_kubeconfig(kubeconfig(tmp_path / "one", plugin(tmp_path, script)), None)
    began = time.monotonic()

    with pytest.raises(ClusterError, match=words) as raised:
        await found.login()

    assert "s3cr3t" not in str(raised.value)
    assert time.monotonic() - began < 5


async def test_a_plugin_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-plugin"}}

    with pytest.raises(ClusterError, match="'no-such-plugin' cannot be started"):
        await from_kubeconfig(kubeconfig(tmp_path / "one", user), None).login()


# Staying fresh


async def test_what_did_not_change_stays_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fresh, "_LOOK_S", 0)
    found = from_kubeconfig(kubeconfig(tmp_path / "one", {"token": "a"}), None)
    first = await found.login()

    await found.reload()

    assert await found.login() is first


async def test_a_file_that_changed_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fresh, "_LOOK_S", 0)
    path = kubeconfig(tmp_path / "one", {"token": "a"})
    found = from_kubeconfig(path, None)
    await found.login()

    kubeconfig(path, {"token": "longer"}, {"server": "https://moved"})

    assert await found.headers() == {"Authorization": "Bearer longer"}
    assert found.host == "https://moved"


async def test_a_file_that_was_broken_meanwhile_leaves_what_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fresh, "_LOOK_S", 0)
    path = kubeconfig(tmp_path / "one", {"token": "a"})
    found = from_kubeconfig(path, None)
    first = await found.login()

    path.write_text("a: [")

    assert await found.login() is first


async def test_who_waits_for_a_login_gets_the_same(tmp_path: Path) -> None:
    script = f"echo x >> {tmp_path}/runs; sleep 0.1; {issued(token='t0ken')}"
    found = from_kubeconfig(kubeconfig(tmp_path / "one", plugin(tmp_path, script)), None)

    logins = await asyncio.gather(*(found.login() for _ in range(8)))

    assert len({id(each) for each in logins}) == 1
    assert (tmp_path / "runs").read_text() == "x\n"


def test_credentials_show_no_secrets(tmp_path: Path) -> None:
    found = from_kubeconfig(kubeconfig(tmp_path / "one", {"token": "s3cr3t"}), None)

    assert "s3cr3t" not in repr(found._read)
