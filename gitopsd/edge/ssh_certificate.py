"""SSH CERTIFICATES: which authority made one, and when it counts.

Comes in: a public key as signatures hold it. Goes out: what a certificate says of itself, for the
words of a refusal alone. Stands alone because it reads bytes, where ssh_keygen.py asks a program.
"""

import struct
from dataclasses import dataclass

# How many fields of its own the key in a certificate has, by the name of its form.
_FIELDS = {
    b"ssh-ed25519-cert-v01@openssh.com": 1,
    b"ssh-rsa-cert-v01@openssh.com": 2,
    b"ecdsa-sha2-nistp256-cert-v01@openssh.com": 2,
    b"ecdsa-sha2-nistp384-cert-v01@openssh.com": 2,
    b"ecdsa-sha2-nistp521-cert-v01@openssh.com": 2,
    b"sk-ssh-ed25519-cert-v01@openssh.com": 2,
    b"sk-ecdsa-sha2-nistp256-cert-v01@openssh.com": 3,
}


@dataclass(frozen=True, slots=True)
class Certificate:
    """The public key of who made it, and the seconds since 1970 between which it counts."""

    authority: bytes
    after_s: int
    before_s: int

    def counts_at(self, now_s: float) -> bool:
        """Whether it is neither too early for it nor too late."""
        return self.after_s <= now_s < self.before_s


def certificate_of(key: bytes) -> Certificate | None:
    """What a certificate says; None for a plain key, and for what cannot be read.

    https://cvsweb.openbsd.org/src/usr.bin/ssh/PROTOCOL.certkeys
    """
    try:
        form, rest = _string(key)
        if form not in _FIELDS:
            return None
        for _ in range(1 + _FIELDS[form]):
            _, rest = _string(rest)
        rest = rest[8 + 4 :]  # serial number, type
        for _ in ("id", "principals"):
            _, rest = _string(rest)
        after_s, before_s = struct.unpack_from(">QQ", rest)
        rest = rest[16:]
        for _ in ("critical options", "extensions", "reserved"):
            _, rest = _string(rest)
        authority, _ = _string(rest)
    except struct.error:
        return None
    return Certificate(authority, after_s, before_s)


def _string(data: bytes) -> tuple[bytes, bytes]:
    (size,) = struct.unpack_from(">I", data)
    return data[4 : 4 + size], data[4 + size :]
