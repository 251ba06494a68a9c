"""GPG: OpenPGP signatures, held against the keys of one file and nothing else.

Comes in: a file of public keys, with revocations if there are any. Goes out: verdicts. Keys live in
a folder of our own that is made anew when the file changes; no key server and no agent is asked,
and a key is trusted because it is in the file. Only gpg's status lines count, not its words.
"""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

from gitopsd.edge.program import ask
from gitopsd.model.errors import SourceError, UsageError
from gitopsd.model.trust import Signed, Validity, Verdict

PROGRAM = "gpg"
_WITHIN_S = 20.0
_PREFIX = "[GNUPG:] "
# One of these says what a signature is worth; the key's id and its owner follow.
_WORTH: Mapping[str, Validity] = {
    "GOODSIG": Validity.GOOD,
    "EXPSIG": Validity.EXPIRED_SIGNATURE,
    "EXPKEYSIG": Validity.EXPIRED_KEY,
    "REVKEYSIG": Validity.REVOKED_KEY,
    "BADSIG": Validity.BAD,
    "ERRSIG": Validity.BAD,
}
_NO_KEY = "9"
# MD5, SHA-1 and RIPEMD-160: gpg itself takes the last two, as git does of old signatures.
# https://datatracker.ietf.org/doc/html/rfc9580#section-9.5
_FORGEABLE = {"1", "2", "3"}
_ARMOUR = b"-----BEGIN PGP PUBLIC KEY BLOCK-----"


class Gpg:
    """The `gpg` program with the keys of one file; the file may be renewed at any time."""

    def __init__(self, keys: Path) -> None:
        if shutil.which(PROGRAM) is None:
            raise UsageError("--gpg-keys", "needs the program gpg, which is not installed")
        self._keys = keys.absolute()
        self._data: bytes | None = None
        self._home: Path | None = None

    async def verdict(self, signed: Signed) -> Verdict:
        """What a signature is worth now; SourceError when gpg or the keys cannot be used."""
        home = await self._ready()
        file = home / "signature"
        file.write_bytes(signed.signature)
        ended = await ask(
            [*_command(home), "--trust-model=always", "--verify", str(file), "-"],
            signed.payload,
            _WITHIN_S,
        )
        found = verdict_of(ended.output)
        if ended.code and found.validity is Validity.GOOD:
            return Verdict(Validity.BAD, found.signer, found.key)
        return found

    def close(self) -> None:
        """Removes the folder."""
        if self._home is not None:
            shutil.rmtree(self._home, ignore_errors=True)
        self._home = self._data = None

    async def _ready(self) -> Path:
        """The folder with just the keys that the file holds now."""
        data = _read(self._keys)
        if self._home is not None and self._home.is_dir() and data == self._data:
            return self._home
        self.close()
        home = self._home = Path(tempfile.mkdtemp(prefix="gitopsd-gpg-"))
        files = _blocks(home, data)
        asked = [*_command(home), "--import", *files]
        ended = await ask(asked, b"", _WITHIN_S)
        if ended.code:  # a revocation may stand before its key
            ended = await ask(asked, b"", _WITHIN_S)
        if ended.code or "IMPORT_OK " not in ended.output:
            words = f"{self._keys} must hold public keys, and revocations of these, and no more"
            raise SourceError("--gpg-keys", words)
        self._data = data
        return home


def verdict_of(status: str) -> Verdict:
    """What gpg's status lines say of one signature; two signatures are none that counts."""
    said = [line for line in status.splitlines() if line.startswith(_PREFIX)]
    lines = [line.removeprefix(_PREFIX).split(" ") for line in said]
    worth = [words for words in lines if words[0] in _WORTH]
    if len(worth) != 1 or sum(words[0] == "NEWSIG" for words in lines) > 1:
        return Verdict(Validity.BAD)
    word, key, *rest = worth[0]
    if word == "ERRSIG":
        return Verdict(_why_unchecked(rest), key=key)
    valid = [words for words in lines if words[0] == "VALIDSIG"]
    signer = unquote(" ".join(rest))
    if len(valid) != 1:
        validity = Validity.BAD if word == "GOODSIG" else _WORTH[word]
        return Verdict(validity, signer, key)
    is_forgeable = word == "GOODSIG" and _FORGEABLE.intersection(valid[0][8:9])
    return Verdict(Validity.WEAK_HASH if is_forgeable else _WORTH[word], signer, valid[0][-1])


def _why_unchecked(said: list[str]) -> Validity:
    """What is wrong with a signature that gpg could not check: after its key, ERRSIG's words."""
    if said[4:5] == [_NO_KEY]:
        return Validity.UNKNOWN_KEY
    return Validity.WEAK_HASH if _FORGEABLE.intersection(said[1:2]) else Validity.BAD


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise SourceError("--gpg-keys", f"cannot read {file}: {error.strerror}") from None


def _blocks(home: Path, data: bytes) -> list[str]:
    """A file for each armoured block: in one, gpg takes a revocation to be of the key before it."""
    start = data.find(_ARMOUR)
    parts = [_ARMOUR + part for part in data[start:].split(_ARMOUR)[1:]] if start >= 0 else [data]
    files = [home / f"keys-{number}" for number in range(len(parts))]
    for file, part in zip(files, parts, strict=True):
        file.write_bytes(part)
    return [str(file) for file in files]


def _command(home: Path) -> list[str]:
    return [
        PROGRAM,
        f"--homedir={home}",
        "--batch",
        "--no-tty",
        "--no-options",
        "--no-autostart",
        "--no-auto-check-trustdb",
        "--no-auto-key-retrieve",
        "--disable-dirmngr",
        "--status-fd=1",
    ]
