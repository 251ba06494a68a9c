"""Where a repository is: a URL as people write it, checked before anything is touched.

Comes in: text. Goes out: `Address`, or UsageError with what would be right. Pure, and apart from
the connection because flags are checked before a program starts.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from gitopsd.model.errors import UsageError

_PORTS = {"http": 80, "https": 443, "ssh": 22}
_SCP = re.compile(r"(?:(?P<user>[\w.-]+)@)?(?P<host>[\w.-]+|\[[0-9a-fA-F:]+\]):(?P<path>[^:].*)")
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_BAD_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)|^\.|[./]$|^@$|^/")


@dataclass(frozen=True, slots=True)
class Address:
    """A repository. `url` is what the library is given, and what is shown and recorded.

    It never holds a password, nor a user of https, which may be a token as well. `path` is the
    folder of a `file` repository; `user` may be empty.
    """

    url: str
    scheme: str
    host: str = ""
    port: int = 0
    user: str = ""
    path: str = ""

    @property
    def is_local(self) -> bool:
        """Whether the repository is a folder of this machine."""
        return self.scheme == "file"

    def is_same_place(self, url: str) -> bool:
        """Whether a URL is at this scheme, host and port: the only place that gets credentials."""
        try:
            other = address(url)
        except UsageError:
            return False
        return (other.scheme, other.host, other.port) == (self.scheme, self.host, self.port)


def address(url: str) -> Address:
    """The address that a URL, an scp form (`git@host:path`) or an absolute path names."""
    if url.startswith("-"):
        raise UsageError("--repo", "a URL may not begin with '-'")
    if not url or _CONTROL.search(url):
        raise UsageError("--repo", "is empty, or holds blanks or control characters")
    if url.startswith("/"):
        return _local(url)
    if "://" not in url:
        return _scp(url)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UsageError("--repo", "is no URL") from None
    if parts.password is not None:
        raise UsageError("--repo", "holds a password; use --git-token-file and leave it out")
    if parts.scheme == "file":
        if parts.hostname not in (None, "localhost"):
            raise UsageError("--repo", "a file URL has three slashes: file:///srv/fleet.git")
        return _local(unquote(parts.path))
    if parts.scheme not in _PORTS:
        words = f"knows no {parts.scheme}://; use https://, ssh://, git@host:path or file://"
        raise UsageError("--repo", words)
    host = (parts.hostname or "").lower()
    if not host or host.startswith("-") or (parts.username or "").startswith("-"):
        raise UsageError("--repo", "names no host")
    if parts.path.strip("/") == "":
        raise UsageError("--repo", f"names no repository on {host}")
    if "?" in url or "#" in url:
        raise UsageError("--repo", "ends with '?' or '#'; leave out all from there on")
    port = port or _PORTS[parts.scheme]
    user = parts.username or ""
    if parts.scheme != "ssh":
        url = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return Address(url, parts.scheme, host, port, unquote(user))


def wrong_ref(name: str) -> str:
    """What is wrong with the name of a branch or tag; empty when nothing is."""
    if not name:
        return "is empty"
    if name.startswith("-"):
        return f"{name!r} begins with '-'"
    if _BAD_REF.search(name):
        return f"{name!r} is no name that git allows for a branch"
    return ""


def _local(path: str) -> Address:
    if not path.startswith("/"):
        raise UsageError("--repo", "a file URL has an absolute path: file:///srv/fleet.git")
    return Address(f"file://{path}", "file", path=path)


def _scp(url: str) -> Address:
    match = _SCP.fullmatch(url)
    if match is None or match["host"].startswith("-") or match["path"].startswith("-"):
        words = "is no URL; use https://host/path, ssh://user@host/path or file:///path"
        raise UsageError("--repo", words)
    host = match["host"].strip("[]").lower()
    return Address(url, "ssh", host, _PORTS["ssh"], match["user"] or "")
