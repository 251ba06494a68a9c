"""Encrypted values on their way through a program that must not see them.

Comes in: a file as it stands in git; later what a program printed. Goes out: the file with a token
for each encrypted value, and what was printed with the values in place of the tokens. The program
gets no secret, so nothing of it is ever on a disk; a token says which value it stands for by the
encrypted text alone, so a reader without keys has the same print as a daemon with them. A program
can put such a value somewhere, in base64 or within a text too, but make nothing else of it.
"""

import hashlib
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gitopsd.core.sops.documents import Unseal, is_encrypted, stood_in
from gitopsd.kube.emit import dump_all
from gitopsd.kube.wire import encode
from gitopsd.kube.wording import pointer
from gitopsd.kube.yaml import Document, YamlError, documents

_PREFIX = "gitopsdVeil0"
# With 32 digits its length is one that base64 can have: it may stand where base64 must.
_TOKEN = re.compile(_PREFIX + "[0-9a-f]{32}")
_TRACE = _PREFIX.lower()
_MARK = b"ENC[AES256_GCM"
_CODE = re.compile(r"[A-Za-z0-9+/]{20,}={0,2}")


def _coded_trace(offset: int) -> str:
    """What base64 always has of a token that begins so many bytes after a whole group of three."""
    code = b64encode(b"0" * offset + _PREFIX.encode()).decode()
    return code[-(-offset * 8 // 6) : (offset + len(_PREFIX)) * 8 // 6]


_CODED_TRACES = tuple(map(_coded_trace, range(3)))


@dataclass(frozen=True, slots=True)
class Veil:
    """What tokens stand for; `wrong` is the path of a file of which nobody can know, and why."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    is_sealed: bool = False
    wrong: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Lifted:
    """A document with values for tokens: where these are, and where one was made something else."""

    document: Document
    hidden: frozenset[str]
    changed: str = ""


def veiled(data: bytes) -> bytes:
    """The file for a program: with tokens if it is encrypted, else as it is.

    A file that is no text of its own, which SOPS puts as a whole under `data` of a JSON object, is
    its token.
    """
    found = _encrypted(data)
    if found is None:
        return data
    read = stood_in(found, _token)
    if read.wrong:
        return data
    bodies = [each.body for each in read.documents]
    match bodies:
        case [{"data": str(whole), **others}] if not others and data.lstrip().startswith(b"{"):
            return whole.encode()
    return dump_all(bodies).encode()


def veil_of(files: Iterable[tuple[str, bytes]], unseal: Unseal) -> Veil:
    """What the tokens in these files stand for, by path and bytes; NO_VEIL where there are none."""
    values: dict[str, str] = {}
    is_sealed, is_any, wrong = False, False, None
    for path, data in files:
        found = _encrypted(data)
        if found is None:
            continue
        is_any, read = True, unseal(found)
        if read.wrong:
            wrong = wrong or (path, read.wrong)
        is_sealed = is_sealed or read.is_sealed
        values.update((_token(text), _text(value)) for text, value in read.values.items())
    return Veil(values, is_sealed, wrong) if is_any else NO_VEIL


NO_VEIL = Veil()


def lifted(document: Document, veil: Veil) -> Lifted:
    """The document as the program would have printed it with the values themselves."""
    if veil is NO_VEIL:
        return Lifted(document, frozenset())
    lifting = _Lifting(veil)
    body = lifting.of(document.body, ())
    changed = min(lifting.changed, default="")
    return Lifted(replace(document, body=body), frozenset(lifting.hidden), changed)


class _Lifting:
    def __init__(self, veil: Veil) -> None:
        self.hidden: set[str] = set()
        self.changed: set[str] = set()
        self._veil = veil

    def of(self, value: Any, steps: tuple[str | int, ...]) -> Any:
        if isinstance(value, Mapping):
            for key in value:
                if _TRACE in str(key).lower():
                    self.changed.add(pointer(steps))
            return {key: self.of(each, (*steps, key)) for key, each in value.items()}
        if isinstance(value, list):
            return [self.of(each, (*steps, number)) for number, each in enumerate(value)]
        if not isinstance(value, str):
            return value
        made = self._filled(value)
        if made is not value:
            self.hidden.add(pointer(steps))
        if _shows(made):
            self.changed.add(pointer(steps))
        return made

    def _filled(self, text: str) -> str:
        """The text itself where no token is in it, however often in base64."""
        values, whole = self._veil.values, "".join(text.split())
        if _CODE.fullmatch(whole) and not _TOKEN.search(text):
            found = self._recoded(whole)
            return text if found == whole else found
        made = text
        if any(each in text for each in _CODED_TRACES):
            made = _CODE.sub(lambda each: self._recoded(each[0]), text)
        made = _TOKEN.sub(lambda each: values.get(each[0], each[0]), made)
        return text if made == text else made

    def _recoded(self, code: str) -> str:
        inner = _decoded(code)
        made = self._filled(inner)
        return code if made is inner else b64encode(made.encode()).decode()


def _shows(text: str) -> bool:
    """Whether a token is still in a text, whole or not, however often in base64."""
    whole = "".join(text.split())
    if _TRACE in text.lower() or any(each in whole for each in _CODED_TRACES):
        return True
    inner = _decoded(whole) if _CODE.fullmatch(whole) else ""
    return bool(inner) and _shows(inner)


def _encrypted(data: bytes) -> list[Document] | None:
    """The documents of a file that SOPS encrypted; None for any other."""
    if _MARK not in data:
        return None
    try:
        found = documents(data)
    except YamlError:
        return None
    return found if is_encrypted(found) else None


def _token(text: str) -> str:
    return _PREFIX + hashlib.sha256(text.encode()).hexdigest()[:32]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else encode(value).decode()


def _decoded(text: str) -> str:
    try:
        return b64decode(text, validate=True).decode()
    except ValueError:
        return ""
