"""Whether a proxy stands between us and a member."""

import pytest

from gitopsd.edge.credentials.proxy import proxy

PROXY = "http://proxy:3128"


@pytest.mark.parametrize(
    ("server", "no_proxy", "found"),
    [
        ("https://api.example.org", "", PROXY),
        ("https://api.example.org", "example.org", ""),
        ("https://api.example.org", ".example.org", ""),
        ("https://api.example.org", "*.example.org", ""),
        ("https://api.example.org", "other.org, api.example.org:6443", ""),
        ("https://api.example.org", "ple.org", PROXY),
        ("https://api.example.org", "*", ""),
        ("https://10.1.2.3:6443", "10.0.0.0/8", ""),
        ("https://10.1.2.3:6443", "192.168.0.0/16", PROXY),
        ("https://[fd00::1]:6443", "fd00::/8", ""),
        ("https://127.0.0.1:6443", "", ""),
        ("https://localhost:6443", "", ""),
    ],
)
def test_the_environment_says_for_which_hosts(server: str, no_proxy: str, found: str) -> None:
    assert proxy(server, "", PROXY, no_proxy) == found


def test_the_kubeconfig_says_it_for_good() -> None:
    assert proxy("https://localhost", "http://mine", PROXY, "*") == "http://mine"


def test_a_proxy_is_one_of_http_unless_it_says_otherwise() -> None:
    assert proxy("https://api.example.org", "", "proxy:3128", "") == "http://proxy:3128"
