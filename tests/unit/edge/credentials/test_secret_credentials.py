"""A Cluster's Secret as credentials: from the cluster that we run in, else from the repository."""

import ssl
from base64 import b64encode
from pathlib import Path

import pytest
import trustme

from gitopsd.edge.credentials import of_cluster
from gitopsd.model.cluster import Cluster
from gitopsd.model.config import Config
from gitopsd.model.errors import ClusterError
from gitopsd.model.host import Host
from gitopsd.model.resource import ResourceKey
from gitopsd.model.token import Token
from unit.edge.member.scripted import Scripted, answer

KEY = ResourceKey("", "Secret", "clusters", "eu")
EU = Cluster("eu", api_endpoint="https://eu:6443/", secret_ref=("clusters", "eu"))
CA = trustme.CA()
AUTHORITY = CA.cert_pem.bytes()
TOKEN = Token("from-repository", AUTHORITY, KEY)
ABSENT = answer(404, {"kind": "Status", "code": 404})


def in_host(token: str = "from-host", authority: bytes = AUTHORITY) -> bytes:
    coded = {"token": b64encode(token.encode()), "caBundle": b64encode(authority)}
    return answer(200, {"kind": "Secret", "data": {k: v.decode() for k, v in coded.items()}})


@pytest.fixture
def account(tmp_path: Path) -> Path:
    """What a pod finds of its account."""
    (tmp_path / "token").write_text("pod\n")
    CA.cert_pem.write_to_path(str(tmp_path / "ca.crt"))
    return tmp_path


def serving() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    CA.issue_cert("127.0.0.1").configure_cert(context)
    return context


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


async def test_the_secret_of_the_cluster_that_we_run_in_goes_first(account: Path) -> None:
    async with Scripted([in_host()], serving()) as host:
        found = of_cluster(Config(host=Host(host.url, account)), EU, TOKEN)
        login = await found.login()

    assert (found.host, login.host) == ("https://eu:6443", "https://eu:6443")
    assert login.headers == bearer("from-host")
    (asked,) = host.asked
    assert asked.line.startswith("GET /api/v1/namespaces/clusters/secrets/eu ")
    assert asked.headers["Authorization"] == "Bearer pod"


async def test_where_it_is_absent_there_that_of_the_repository_holds(account: Path) -> None:
    async with Scripted([ABSENT], serving()) as host:
        login = await of_cluster(Config(host=Host(host.url, account)), EU, TOKEN).login()

    assert login.headers == bearer("from-repository")


async def test_that_of_the_repository_is_enough() -> None:
    login = await of_cluster(Config(), EU, TOKEN).login()

    assert login.headers == bearer("from-repository")
    assert login.tls is not None and login.tls.get_ca_certs()


async def test_a_refused_token_is_read_anew(account: Path) -> None:
    script = [in_host("old"), in_host("new")]
    async with Scripted(script, serving()) as host:
        found = of_cluster(Config(host=Host(host.url, account)), EU)
        old = await found.login()
        new = await found.renewed(old)

    assert (old.headers, new.headers) == (bearer("old"), bearer("new"))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (ABSENT, "there is no Secret clusters/eu in the cluster of this daemon and the repository"),
        (answer(403, {"message": "s3cr3t"}), "cannot be read: answer 403"),
        (answer(200, b"s3cr3t"), "cannot be read: JSONDecodeError"),
        (answer(200, {"data": {"token": "czNjcjN0"}}), "lacks token or caBundle"),
        (answer(200, {"data": {"token": "no base64"}}), "lacks token or caBundle"),
    ],
)
async def test_what_cannot_be_had_is_said_without_quoting(
    account: Path, said: bytes, words: str
) -> None:
    async with Scripted([said], serving()) as host:
        found = of_cluster(Config(host=Host(host.url, account)), EU)
        with pytest.raises(ClusterError, match=words) as error:
            await found.login()

    assert "s3cr3t" not in str(error.value)


async def test_a_host_that_is_not_there_is_told(tmp_path: Path) -> None:
    found = of_cluster(Config(host=Host("https://127.0.0.1:9", tmp_path)), EU, TOKEN)

    with pytest.raises(ClusterError, match="cannot be read: No such file"):
        await found.login()


def test_a_context_or_a_file_of_the_operator_goes_before_any_secret(tmp_path: Path) -> None:
    (tmp_path / "eu").write_text(
        "{contexts: [{name: c, context: {cluster: c}}], current-context: c, "
        "clusters: [{name: c, cluster: {server: 'https://file'}}], users: []}"
    )

    assert of_cluster(Config(clusters_dir=tmp_path), EU, TOKEN).host == "https://file"


def test_a_token_is_never_sent_in_clear_text_nor_to_nowhere() -> None:
    plain = Cluster("eu", api_endpoint="http://eu", secret_ref=("clusters", "eu"))
    nowhere = Cluster("eu", secret_ref=("clusters", "eu"))

    for each in (plain, nowhere):
        with pytest.raises(ClusterError, match="that begins with https://"):
            of_cluster(Config(), each, TOKEN)


def test_a_secret_that_is_nowhere_is_named() -> None:
    with pytest.raises(ClusterError, match="there is no Secret clusters/eu in the repository"):
        of_cluster(Config(), EU)
