"""People with keys: the options with which git signs, and the files that say who may.

Keys are made by `gpg` and `ssh-keygen`. What has to be over by now was made in a time of its own:
gpg is told that it is 2020, ssh keys are listed as valid until then.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

_THEN = "20200101T120000"
# Cases that are refused, and by which word.
REFUSED = {
    "expired": "ExpiredKey",
    "revoked": "RevokedKey",
    "unknown": "UnknownKey",
    "unsigned": "Unsigned",
}
# Those that only OpenPGP has.
REFUSED_BY_GPG = {"expired-signature": "ExpiredSignature", "weak-hash": "WeakHash"}


class SshSigners:
    """`options(case)` signs as good, expired, revoked, unknown or unsigned; `flags` accept good."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        keys = {case: self._key(case) for case in ("good", "expired", "revoked", "unknown")}
        self.allowed = folder / "allowed"
        self.revoked = folder / "revoked-keys"
        self.revoked.write_text(f"{keys['revoked']}\n")
        self.allowed.write_text(
            f"good@example.com {keys['good']}\n"
            f'expired@example.com valid-before="20200102" {keys["expired"]}\n'
            f"revoked@example.com {keys['revoked']}\n"
        )

    @property
    def flags(self) -> tuple[str, ...]:
        return (f"--allowed-signers={self.allowed}", f"--revoked-keys={self.revoked}")

    def options(self, case: str) -> tuple[str, ...]:
        if case == "unsigned":
            return ()
        return _options("ssh", str(self._folder / case))

    def close(self) -> None:
        """Nothing runs."""

    def _key(self, case: str) -> str:
        path = self._folder / case
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", case, "-f", str(path))
        return path.with_suffix(".pub").read_text().strip()


class GpgSigners:
    """As `SshSigners`, with two cases more: `expired-signature` and `weak-hash`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # The agent's socket allows no long path.
        self._home = Path(tempfile.mkdtemp(prefix="gpg-"))
        for case in ("good", "revoked", "unknown", *REFUSED_BY_GPG):
            self._generate(case, "never")
        self._generate("expired", "1d", f"--faked-system-time={_THEN}")
        self.keys = folder / "keys.asc"
        trusted = ("good", "revoked", "expired", *REFUSED_BY_GPG)
        parts = [self._gpg("--armor", "--export", f"{case}@example.com") for case in trusted]
        self.keys.write_text("".join(parts) + self._revocation("revoked"))

    @property
    def flags(self) -> tuple[str, ...]:
        return (f"--gpg-keys={self.keys}",)

    def options(self, case: str) -> tuple[str, ...]:
        if case == "unsigned":
            return ()
        more = {
            "expired": f"--faked-system-time={_THEN}",
            "expired-signature": f"--faked-system-time={_THEN}! --default-sig-expire=1d",
            "weak-hash": "--digest-algo=SHA1",
        }
        program = self._folder / f"gpg-{case}"
        words = f'exec gpg --homedir={self._home} --batch {more.get(case, "")} "$@"'
        program.write_text(f"#!/bin/sh\n{words}\n")
        program.chmod(0o755)
        return (*_options("openpgp", f"{case}@example.com"), "-c", f"gpg.program={program}")

    def close(self) -> None:
        """Ends the agent."""
        _run("gpgconf", "--homedir", str(self._home), "--kill", "all")
        shutil.rmtree(self._home, ignore_errors=True)

    def _generate(self, case: str, expires: str, *more: str) -> None:
        who = f"{case.title()} <{case}@example.com>"
        then = more or (f"--faked-system-time={_THEN}",)
        self._gpg(*then, "--passphrase=", "--quick-gen-key", who, "ed25519", "sign", expires)

    def _revocation(self, case: str) -> str:
        listed = self._gpg("--with-colons", "--list-keys", f"{case}@example.com")
        key = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:"))
        text = (self._home / "openpgp-revocs.d" / f"{key}.rev").read_text()
        return text[text.index(":-----BEGIN") + 1 :]

    def _gpg(self, *arguments: str) -> str:
        return _run("gpg", f"--homedir={self._home}", "--batch", "--quiet", *arguments)


def _options(form: str, key: str) -> tuple[str, ...]:
    settings = {
        "gpg.format": form,
        "user.signingkey": key,
        "commit.gpgsign": "true",
        "tag.gpgsign": "true",
    }
    return tuple(part for each in settings.items() for part in ("-c", "=".join(each)))


def _run(*arguments: str) -> str:
    done = subprocess.run(
        arguments,
        env={**os.environ, "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: {done.stderr}")
    return done.stdout
