"""Who we are to a git server, and whom we take it for.

Comes in: files of the operator. Goes out: the library's callbacks. A credential is given to the
configured scheme, host and port only, three times at most: on a redirect the library asks again,
for another place. Certificates and ssh host keys must be valid; nothing is let through.
"""

import base64
import binascii
import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path

import pygit2
from pygit2.enums import CredentialType
from pygit2.remotes import PushUpdate

from gitopsd.edge.git.address import Address
from gitopsd.edge.git.exchange import Outdated, Push
from gitopsd.model.errors import SourceError, UsageError

# The user beside a token where the URL names none: hosts that read a user at all expect this one.
_TOKEN_USER = "x-access-token"
_SSH_USER = "git"
_TIMES = 3
_WORDS = 500
_NOTHING = "0" * 40


@dataclass(frozen=True, slots=True)
class Access:
    """Files of the operator; they are read each time, so that they may be renewed meanwhile."""

    token_file: Path | None = None
    ca_file: Path | None = None
    ssh_key_file: Path | None = None
    known_hosts_file: Path | None = None


def checked(address: Address, access: Access) -> None:
    """UsageError where these files cannot serve this address."""
    if access.token_file is not None and address.scheme == "http":
        raise UsageError("--git-token-file", "a token is never sent over http; use https")
    if access.ca_file is not None and not access.ca_file.is_file():
        raise UsageError("--git-ca-file", f"there is no file {access.ca_file}")
    if address.scheme != "ssh":
        return
    if access.known_hosts_file is None:
        words = "is needed for ssh; `ssh-keyscan HOST` prints it, compare it with what is published"
        raise UsageError("--known-hosts-file", words)
    if access.ssh_key_file is None:
        raise UsageError("--ssh-key-file", "is needed for ssh: a private key without a passphrase")


def known_hosts(file: Path) -> str:
    """The lines that the library understands; one that it does not would end every connection.

    A key that a line marks as revoked counts for no host.
    """
    try:
        lines = [line.split() for line in file.read_text(errors="replace").splitlines()]
    except OSError as error:
        raise SourceError("--known-hosts-file", f"cannot read {file}: {_why(error)}") from None
    revoked = {fields[3] for fields in lines if len(fields) > 3 and fields[0] == "@revoked"}
    usable = [fields for fields in lines if _is_plain(fields) and fields[2] not in revoked]
    if not usable:
        words = f"{file} holds no host key that can be used (certificate authorities cannot)"
        raise SourceError("--known-hosts-file", words)
    return "".join(" ".join(fields[:3]) + "\n" for fields in usable)


class Callbacks(pygit2.RemoteCallbacks):
    """What the library asks during one exchange, which must be over at `deadline` (monotonic)."""

    def __init__(
        self, address: Address, access: Access, deadline: float, push: Push | None = None
    ) -> None:
        super().__init__()
        self._push = push
        self.refusals: list[str] = []
        self._said = ""
        self._address = address
        self._access = access
        self._deadline = deadline
        self._asked = 0

    def credentials(
        self, url: str, username_from_url: str | None, allowed_types: CredentialType
    ) -> pygit2.Username | pygit2.UserPass | pygit2.Keypair:
        """The configured credential, for the configured place."""
        place = self._address
        if place.scheme != "ssh" and not place.is_same_place(url):
            raise SourceError(place.url, "redirects to another host, which gets no credentials")
        self._asked += 1
        if self._asked > _TIMES:
            raise SourceError(place.url, "refused the credentials")
        if allowed_types & CredentialType.SSH_KEY and self._access.ssh_key_file is not None:
            key = _private_key(self._access.ssh_key_file)
            return pygit2.Keypair(place.user or username_from_url or _SSH_USER, None, key, "")
        if allowed_types & CredentialType.USERNAME and place.scheme == "ssh":
            return pygit2.Username(place.user or _SSH_USER)
        if allowed_types & CredentialType.USERPASS_PLAINTEXT and place.scheme == "https":
            if self._access.token_file is None:
                raise SourceError(place.url, "asks for credentials; see --git-token-file")
            return pygit2.UserPass(place.user or _TOKEN_USER, _token(self._access.token_file))
        raise SourceError(place.url, "asks for credentials, and none of these may be used here")

    def certificate_check(self, certificate: None, valid: bool, host: bytes) -> bool:
        """Only what is valid: the library's own default lets any ssh host key through."""
        return valid

    def transfer_progress(self, stats: object) -> None:
        """Ends an exchange that takes too long."""
        self._in_time()

    def push_transfer_progress(
        self, objects_pushed: int, total_objects: int, bytes_pushed: int
    ) -> None:
        """Ends an exchange that takes too long."""
        self._in_time()

    def push_negotiation(self, updates: list[PushUpdate]) -> None:
        """Ends a push before anything is sent when the branch is not where it was thought to be."""
        for update in updates:
            if self._push is not None and str(update.src) != (self._push.old or _NOTHING):
                raise Outdated(f"stands at {str(update.src)[:12]}")

    def sideband_progress(self, string: str) -> None:
        """What the server says to people, hooks and branch protection among it."""
        self._said = (self._said + string)[-_WORDS:]

    def push_update_reference(self, refname: str, message: str | None) -> None:
        """A server refuses by this call alone; the push itself raises nothing."""
        if message is not None:
            self.refusals.append(message)

    @property
    def said(self) -> str:
        """What the server said beside its answer, on one line."""
        return " ".join(self._said.split())

    def _in_time(self) -> None:
        if time.monotonic() > self._deadline:
            raise SourceError(self._address.url, "took too long to transfer")


def _token(file: Path) -> str:
    try:
        token = file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError("--git-token-file", f"cannot read {file}: {_why(error)}") from None
    if not token or any(letter.isspace() for letter in token):
        raise SourceError("--git-token-file", f"{file} must hold one token and nothing else")
    return token


def _private_key(file: Path) -> str:
    """The path of a key that nobody else can read; ssh itself insists on that."""
    try:
        found = file.stat()
    except OSError as error:
        raise SourceError("--ssh-key-file", f"cannot read {file}: {_why(error)}") from None
    if stat.S_IMODE(found.st_mode) & 0o077 and found.st_uid in (os.geteuid(), 0):
        words = f"{file} is open to others (mode {stat.S_IMODE(found.st_mode):04o}); chmod 600"
        raise SourceError("--ssh-key-file", words)
    return str(file)


def _is_plain(fields: list[str]) -> bool:
    if len(fields) < 3 or fields[0][:1] in ("#", "@"):
        return False
    try:
        blob = base64.b64decode(fields[2], validate=True)
    except (binascii.Error, ValueError):
        return False
    return blob[4 : 4 + len(fields[1])] == fields[1].encode()


def _why(error: Exception) -> str:
    return error.strerror or "" if isinstance(error, OSError) else "is not text"
