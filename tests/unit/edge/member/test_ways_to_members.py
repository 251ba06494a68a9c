"""TLS and proxies on the way to a member."""

import ssl
from contextlib import aclosing
from pathlib import Path

import pytest
import trustme

from gitopsd.edge.credentials import from_kubeconfig
from gitopsd.edge.member import Member
from gitopsd.model.errors import ClusterError
from unit.edge.member.conftest import Start, kubeconfig
from unit.edge.member.scripted import Scripted, answer

OBJECT = {"kind": "ConfigMap", "metadata": {"name": "web"}}
PATH = "/api/v1/namespaces/default/configmaps/web"


@pytest.fixture
def authority(tmp_path: Path) -> trustme.CA:
    """An authority whose certificate stands in `tmp_path/ca.pem`."""
    made = trustme.CA()
    made.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return made


def serving(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    return context


def member_of(path: Path) -> Member:
    return Member("eu", from_kubeconfig(path, None), "gitopsd")


async def asked(member: Member) -> object:
    """What the member answers; its connections are closed."""
    try:
        return await member.get(PATH)
    finally:
        await member.close()


async def test_a_member_shows_the_certificate_of_its_authority(
    tmp_path: Path, authority: trustme.CA
) -> None:
    async with Scripted([answer(200, OBJECT)], serving(authority)) as server:
        path = kubeconfig(tmp_path, server.url, certificate_authority="ca.pem")

        assert await asked(member_of(path)) == OBJECT


async def test_a_certificate_of_another_authority_is_not_trusted(
    tmp_path: Path, authority: trustme.CA
) -> None:
    async with Scripted([], serving(trustme.CA())) as server:
        path = kubeconfig(tmp_path, server.url, certificate_authority="ca.pem")

        with pytest.raises(ClusterError, match="eu: its certificate is not trusted: "):
            await asked(member_of(path))


async def test_a_certificate_may_be_of_another_name_that_is_told(
    tmp_path: Path, authority: trustme.CA
) -> None:
    async with Scripted([answer(200, OBJECT)], serving(authority, "api.example.org")) as server:
        url, ca = server.url, "ca.pem"
        with pytest.raises(ClusterError, match=r"not trusted: .*not valid for '127\.0\.0\.1'"):
            await asked(member_of(kubeconfig(tmp_path, url, certificate_authority=ca)))
        path = kubeconfig(
            tmp_path, url, certificate_authority=ca, tls_server_name="api.example.org"
        )

        assert await asked(member_of(path)) == OBJECT


async def test_we_show_our_certificate(tmp_path: Path, authority: trustme.CA) -> None:
    context = serving(authority)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    mine = authority.issue_cert("gitopsd")
    mine.cert_chain_pems[0].write_to_path(str(tmp_path / "me.pem"))
    mine.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    user = {"client-certificate": "me.pem", "client-key": "key.pem"}
    async with Scripted([answer(200, OBJECT)], context) as server:
        path = kubeconfig(tmp_path, server.url, user, certificate_authority="ca.pem")

        assert await asked(member_of(path)) == OBJECT
        assert "Authorization" not in server.asked[0].headers

        with pytest.raises(ClusterError):
            await asked(member_of(kubeconfig(tmp_path, server.url, certificate_authority="ca.pem")))


async def test_a_proxy_is_asked_for_the_member(tmp_path: Path) -> None:
    async with Scripted([answer(200, OBJECT)]) as proxy:
        url = proxy.url.replace("http://", "http://me:pw@")
        path = kubeconfig(tmp_path, "http://api.example.org/prefix/", proxy_url=url)

        assert await asked(member_of(path)) == OBJECT

    assert proxy.asked[0].line == f"GET http://api.example.org/prefix{PATH} HTTP/1.1"
    assert proxy.asked[0].headers["Proxy-Authorization"] == "Basic bWU6cHc="


async def test_a_proxy_that_refuses_is_not_the_member(tmp_path: Path) -> None:
    async with Scripted([answer(407, b"s3cr3t")]) as proxy:
        url = proxy.url.replace("http://", "http://me:s3cr3t@")
        path = kubeconfig(tmp_path, "https://api.example.org", proxy_url=url)

        with pytest.raises(ClusterError, match="eu: the proxy refused to connect: 407") as found:
            await asked(member_of(path))

    assert "s3cr3t" not in str(found.value)


async def test_a_name_that_nobody_knows_cannot_be_found(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path, "http://no-such-host.invalid")

    with pytest.raises(ClusterError, match="its address cannot be found"):
        await asked(member_of(path))


async def test_after_its_end_a_member_is_asked_nothing(scripted: Start) -> None:
    member, server = await scripted([])
    await member.close()

    with pytest.raises(ClusterError, match="not followed any more"):
        await member.probe()
    async with aclosing(member.watch(PATH)) as watch:
        with pytest.raises(ClusterError, match="not followed any more"):
            await anext(watch)

    assert server.asked == []
