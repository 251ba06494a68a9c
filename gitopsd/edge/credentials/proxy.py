"""Whether a proxy stands between us and a member; said once, not with every request.

The kubeconfig's own proxy holds always. That of the environment holds for hosts that `NO_PROXY`
does not name, by name, by ending or by network, and never for this machine.
"""

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from gitopsd.model.errors import ClusterError

_SCHEMES = ("http", "https")


def proxy(server: str, configured: str, environment: str, no_proxy: str) -> str:
    """The proxy's URL, empty for none."""
    if configured:
        return configured
    if not environment or _is_direct(urlsplit(server).hostname or "", no_proxy):
        return ""
    return environment if "://" in environment else f"http://{environment}"


def check(member: str, url: str) -> None:
    """Raises ClusterError for a proxy that we cannot speak to."""
    scheme = urlsplit(url).scheme
    if url and scheme not in _SCHEMES:
        words = f"its proxy is one of {scheme}; only those of http and https can be used"
        raise ClusterError(member, words, retry=False)


def _is_direct(host: str, no_proxy: str) -> bool:
    if host == "localhost" or any(_names(each, host) for each in no_proxy.split(",")):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or any(address in each for each in _networks(no_proxy))


def _names(entry: str, host: str) -> bool:
    """Whether the entry is this host, a domain above it, or all hosts."""
    name = entry.strip().lower().removeprefix("*").lstrip(".").partition(":")[0]
    return entry.strip() == "*" or (bool(name) and (host == name or host.endswith(f".{name}")))


def _networks(no_proxy: str) -> Iterator[IPv4Network | IPv6Network]:
    for each in no_proxy.split(","):
        try:
            yield ip_network(each.strip(), strict=False)
        except ValueError:
            continue
