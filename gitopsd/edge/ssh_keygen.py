"""SSH-KEYGEN: SSH signatures, held against a file of allowed signers and a file of revoked keys.

Comes in: both files, as ssh-keygen(1) describes them. Goes out: verdicts. Only its exit codes
count. A signature is accepted by `-Y verify` alone; why one is not is found out afterwards.
"""

import base64
import binascii
import hashlib
import shutil
import tempfile
import time
from pathlib import Path

from gitopsd.edge.program import Ended, ask
from gitopsd.edge.ssh_certificate import certificate_of
from gitopsd.model.errors import SourceError, UsageError
from gitopsd.model.trust import Signed, Validity, Verdict

PROGRAM = "ssh-keygen"
_WITHIN_S = 20.0
_MAGIC = b"SSHSIG"
_NAMESPACE = "git"
_AUTHORITY = "cert-authority"
_LIST_MAGIC = "SSHKRL\n\0"


class SshKeygen:
    """The `ssh-keygen` program with the files of the operator, read anew for each signature."""

    def __init__(self, allowed: Path, revoked: Path | None) -> None:
        if shutil.which(PROGRAM) is None:
            words = f"needs the program {PROGRAM}, which is not installed"
            raise UsageError("--allowed-signers", words)
        self._allowed = allowed.absolute()
        self._revoked = revoked.absolute() if revoked else None

    async def verdict(self, signed: Signed) -> Verdict:
        """What a signature is worth now; SourceError when the files cannot be used."""
        public = public_key(signed.signature)
        if public is None:
            return Verdict(Validity.BAD)
        allowed = _text(self._allowed, "--allowed-signers")
        revoked = _text(self._revoked, "--revoked-keys") if self._revoked else ""
        with tempfile.NamedTemporaryFile(prefix="gitopsd-ssh-") as file:
            file.write(signed.signature)
            file.flush()
            found = await self._ask("find-principals", file.name, f"-f{self._allowed}")
            signers = found.output.splitlines() if found.code == 0 else []
            unless = [f"-r{self._revoked}"] if self._revoked else []
            for signer in signers:
                if await self._is_good(signed, file.name, f"-I{signer}", *unless):
                    return Verdict(Validity.GOOD, signer, fingerprint(public))
            is_intact = await self._ask("check-novalidate", file.name, given=signed.payload)
            if is_intact.code:
                return Verdict(Validity.BAD, key=fingerprint(public))
            for signer in signers:
                if unless and await self._is_good(signed, file.name, f"-I{signer}"):
                    if not _is_in(revoked, public):
                        await self._check(revoked)
                    return Verdict(Validity.REVOKED_KEY, signer, fingerprint(public))
        validity = Validity.UNKNOWN_KEY if signers else why_not(public, allowed, revoked)
        return Verdict(validity, key=fingerprint(public))

    def close(self) -> None:
        """Nothing is kept."""

    async def _check(self, revoked: str) -> None:
        """SourceError where ssh-keygen takes each key for revoked, as it cannot read the file."""
        if revoked.startswith(_LIST_MAGIC):
            ended = await ask([PROGRAM, "-Q", f"-f{self._revoked}"], b"", _WITHIN_S)
            words = "is broken; `ssh-keygen -k` makes such a list" if ended.code else ""
        else:
            number = stray_line(revoked)
            words = f"line {number} is no public key" if number else ""
        if words:
            raise SourceError("--revoked-keys", f"{self._revoked}: {words}")

    async def _is_good(self, signed: Signed, file: str, *more: str) -> bool:
        who = [f"-f{self._allowed}", *more]
        return (await self._ask("verify", file, *who, given=signed.payload)).code == 0

    async def _ask(self, what: str, file: str, *more: str, given: bytes = b"") -> Ended:
        namespace = [] if what == "find-principals" else [f"-n{_NAMESPACE}"]
        return await ask([PROGRAM, "-Y", what, *namespace, f"-s{file}", *more], given, _WITHIN_S)


def public_key(signature: bytes) -> bytes | None:
    """The key that a signature says it was made with; None for what is no SSH signature."""
    lines = signature.split()
    try:
        inner = b"".join(lines[lines.index(b"SIGNATURE-----") + 1 : lines.index(b"-----END")])
        blob = base64.b64decode(inner, validate=True)
    except (ValueError, binascii.Error):
        return None
    start = len(_MAGIC) + 4
    size = int.from_bytes(blob[start : start + 4])
    key = blob[start + 4 : start + 4 + size]
    return key if blob.startswith(_MAGIC) and size and len(key) == size else None


def why_not(public: bytes, allowed: str, revoked: str) -> Validity:
    """Why a key is nobody's that may sign now, as far as the files of the operator tell."""
    if _is_in(revoked, public):
        return Validity.REVOKED_KEY
    certificate = certificate_of(public)
    if certificate is None:
        is_listed = _is_in(allowed, public, is_authority=False)
    else:
        is_over = not certificate.counts_at(time.time())
        is_listed = is_over and _is_in(allowed, certificate.authority, is_authority=True)
    return Validity.EXPIRED_KEY if is_listed else Validity.UNKNOWN_KEY


def stray_line(listed: str) -> int:
    """The first line, from 1, of a list of public keys that is none; 0 where all are keys."""
    for number, line in enumerate(listed.splitlines(), 1):
        words = line.split()
        if words and not words[0].startswith("#") and not _is_key(words):
            return number
    return 0


def fingerprint(key: bytes) -> str:
    """The key's id as ssh prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


def _is_in(text: str, key: bytes, *, is_authority: bool | None = None) -> bool:
    """Whether a line has the key, as one that makes certificates or not where that is asked."""
    coded = base64.b64encode(key).decode()
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    return any(
        coded in line.split() and is_authority in (None, _AUTHORITY in line) for line in lines
    )


def _is_key(words: list[str]) -> bool:
    """Whether a line begins with a key's form, and the key, which says its form again."""
    try:
        key = base64.b64decode(words[1], validate=True)
    except (IndexError, ValueError):
        return False
    return key[4 : 4 + int.from_bytes(key[:4])] == words[0].encode()


def _text(file: Path, flag: str) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError as error:
        raise SourceError(flag, f"cannot read {file}: {error.strerror}") from None
