import pytest

from gitopsd.edge.git.address import Address, address, wrong_ref
from gitopsd.model.errors import UsageError


def test_a_url_says_scheme_host_port_and_user() -> None:
    found = address("https://ada@Git.Example.com/fleet.git")

    assert found == Address(
        "https://Git.Example.com/fleet.git", "https", "git.example.com", 443, "ada"
    )


def test_a_user_of_https_is_not_repeated_because_it_may_be_a_token() -> None:
    assert "s3cr3t" not in address("https://s3cr3t@host:8443/fleet.git").url


@pytest.mark.parametrize(
    ("url", "host", "port", "user"),
    [
        ("ssh://git@host.example/fleet.git", "host.example", 22, "git"),
        ("ssh://git@host.example:2222/fleet.git", "host.example", 2222, "git"),
        ("git@host.example:team/fleet.git", "host.example", 22, "git"),
        ("host.example:fleet.git", "host.example", 22, ""),
    ],
)
def test_ssh_has_two_forms(url: str, host: str, port: int, user: str) -> None:
    found = address(url)

    assert (found.scheme, found.host, found.port, found.user) == ("ssh", host, port, user)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file:///srv/fleet.git", "/srv/fleet.git"),
        ("file://localhost/srv/fleet.git", "/srv/fleet.git"),
        ("file:///srv/my%20fleet.git", "/srv/my fleet.git"),
        ("/srv/fleet.git", "/srv/fleet.git"),
    ],
)
def test_a_folder_is_an_absolute_path(url: str, path: str) -> None:
    assert address(url) == Address(f"file://{path}", "file", path=path)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "-uhttp://x/y",
        "ssh://-oProxyCommand=x/y",
        "ssh://-l@host/y",
        "-oProxyCommand=x:y",
        "host:-y",
        "https://ada:secret@host/fleet.git",
        "https://host/fleet.git?private_token=secret",
        "https://host/fleet.git#secret",
        "ext::sh -c x",
        "ftp://host/fleet.git",
        "git://host/fleet.git",
        "https://host",
        "https://host:port/fleet.git",
        "file://host/srv/fleet.git",
        "https://host/fl\neet.git",
        "fleet.git",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        address(url)


def test_a_password_is_not_repeated() -> None:
    with pytest.raises(UsageError) as refused:
        address("https://ada:s3cr3t@host/fleet.git")

    assert "s3cr3t" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "is_same"),
    [
        ("https://host/other.git", True),
        ("https://HOST:443/fleet.git/info/refs", True),
        ("http://host/fleet.git", False),
        ("https://host:8443/fleet.git", False),
        ("https://evil.example/fleet.git", False),
        ("https://host.evil.example/fleet.git", False),
    ],
)
def test_credentials_are_for_one_scheme_host_and_port(url: str, is_same: bool) -> None:
    assert address("https://host/fleet.git").is_same_place(url) is is_same


@pytest.mark.parametrize(
    "name",
    ["", "-x", "a..b", "a b", "a~1", "a:b", "a/", "/a", ".a", "a/.b", "a.lock", "a@{1}", "@"],
)
def test_a_name_that_git_refuses_is_refused(name: str) -> None:
    assert wrong_ref(name)


@pytest.mark.parametrize("name", ["main", "gitopsd/status", "v1.2.3", "refs/tags/v1", "größe"])
def test_a_name_that_git_takes_is_taken(name: str) -> None:
    assert wrong_ref(name) == ""
