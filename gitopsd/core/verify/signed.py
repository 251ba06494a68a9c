"""A commit or tag as git keeps it, taken apart into what was signed and the signature.

Comes in: the bytes of the object. Goes out: `Signed`, byte for byte what git's own tools sign; None
for an object without a signature. Who signed it is not asked here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gitopsd.model.trust import Form, Signed

_FORMS: Mapping[bytes, Form] = {
    b"-----BEGIN PGP SIGNATURE-----": Form.OPENPGP,
    b"-----BEGIN PGP MESSAGE-----": Form.OPENPGP,
    b"-----BEGIN SSH SIGNATURE-----": Form.SSH,
    b"-----BEGIN SIGNED MESSAGE-----": Form.OTHER,
}
_FIELD = b"gpgsig"


@dataclass(frozen=True, slots=True)
class Tagged:
    """What an annotated tag says it names; `commit` is empty when that is no commit."""

    commit: str
    name: str


def of_commit(data: bytes) -> Signed | None:
    """What a commit signs. Of several signatures only the first is one; the others are signed."""
    head, gap, message = data.partition(b"\n\n")
    signature: bytes | None = None
    kept = []
    for name, value in _fields(head):
        if name == _FIELD and signature is None:
            signature = value.replace(b"\n ", b"\n") + b"\n"
        else:
            kept.append(name + b" " + value)
    if signature is None:
        return None
    return Signed(b"\n".join(kept) + gap + message, signature, _form(signature))


def of_tag(data: bytes) -> Signed | None:
    """What an annotated tag signs: all before the last line that begins a signature."""
    starts = [at for at, line in _lines(data) if line in _FORMS]
    if not starts:
        return None
    payload, signature = data[: starts[-1]], data[starts[-1] :]
    return Signed(payload, signature, _form(signature))


def tagged(data: bytes) -> Tagged:
    """What an annotated tag says of itself: a signed one cannot be passed off as another."""
    fields = dict(reversed(list(_fields(data.partition(b"\n\n")[0]))))
    is_commit = fields.get(b"type") == b"commit"
    commit = fields.get(b"object", b"") if is_commit else b""
    return Tagged(commit.decode(errors="replace"), fields.get(b"tag", b"").decode(errors="replace"))


def _fields(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and value of each header; lines that go on begin with a blank."""
    name, value = b"", b""
    for line in head.split(b"\n"):
        if line.startswith(b" "):
            value += b"\n" + line
            continue
        if name:
            yield name, value
        name, _, value = line.partition(b" ")
    if name:
        yield name, value


def _lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    for line in data.split(b"\n"):
        yield at, line.rstrip(b"\r")
        at += len(line) + 1


def _form(signature: bytes) -> Form:
    return _FORMS.get(signature.partition(b"\n")[0].rstrip(b"\r"), Form.OTHER)
