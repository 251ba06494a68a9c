"""GIT HOSTS: their webhooks, and their words for pull requests, comments and checks of commits.

Comes in: a webhook as it came, or what a host answered. Goes out: events and requests, as values.
Stands alone because hosts differ in everything but what they mean. To add one: a file with `HOST`,
and its line in `HOSTS`.
"""

from urllib.parse import urlsplit

from gitopsd.core.hosts.bitbucket import HOST as BITBUCKET
from gitopsd.core.hosts.generic import HOST as GENERIC
from gitopsd.core.hosts.gitea import HOST as GITEA
from gitopsd.core.hosts.github import HOST as GITHUB
from gitopsd.core.hosts.gitlab import HOST as GITLAB
from gitopsd.core.hosts.host import (
    Api,
    Host,
    Place,
    Unauthentic,
    address_of,
    path_of,
    shortened,
)

__all__ = [
    "HOSTS",
    "Api",
    "Host",
    "Place",
    "Unauthentic",
    "host_of",
    "is_same_repository",
    "shortened",
]

HOSTS = (GITHUB, GITLAB, GITEA, BITBUCKET, GENERIC)

_PORTS = {"http": 80, "https": 443, "ssh": 22, "git": 9418}


def host_of(name: str) -> Host | None:
    """The host of this name; None for one that is not known."""
    return next((host for host in HOSTS if name in host.names), None)


def is_same_repository(one: str, other: str) -> bool:
    """Whether two URLs name one repository, whatever the protocol.

    User names, the ports that protocols have, a slash or `.git` at the end do not count, nor does
    the case of a host's name; the scp form is an ssh URL. Another port counts between two URLs of
    one protocol only: servers speak ssh and http on different ones.
    """
    scheme, host, port, path = _parts(one)
    other_scheme, other_host, other_port, other_path = _parts(other)
    if (host, path) != (other_host, other_path) or not path:
        return False
    return port == other_port or scheme != other_scheme


def _parts(url: str) -> tuple[str, str, int, str]:
    if "://" not in url:
        web, path = address_of(url)
        return "ssh", web.partition("://")[2].strip("[]").lower(), 22, path
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return "", "", 0, ""
    return parts.scheme, (parts.hostname or "").lower(), port, path_of(parts.path)
