"""The documents of an encrypted file, read in one of two ways.

The block of the first document counts for all of them, and one MAC covers all.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from gitopsd.core.sops.about import About, about
from gitopsd.core.sops.mac import Mac
from gitopsd.core.sops.refused import Refused
from gitopsd.core.sops.value import COMMENT, Opener, looks_encrypted, stand_in
from gitopsd.kube.wording import pointer
from gitopsd.kube.yaml import Document

# What an armoured age file holds; None where no key opens it.
Unlock: TypeAlias = Callable[[str], bytes | None]

_BLOCK = "sops"
_Keys: TypeAlias = tuple[str, ...]
_Leaf: TypeAlias = Callable[[_Keys, Any], Any]


@dataclass(frozen=True, slots=True)
class Unsealed:
    """The documents without their `sops` block, and by number the pointers of encrypted values.

    `values` are these values, or what stands for them, by the encrypted text. `wrong` says why
    there are none, and `place` where: a document's number and a pointer. `is_sealed` tells that
    stand-ins are there instead of values, `is_placed` that a program put them where they are.
    """

    documents: tuple[Document, ...] = ()
    hidden: Mapping[int, frozenset[str]] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    wrong: str = ""
    place: tuple[int, str] = (0, "")
    is_sealed: bool = False
    is_placed: bool = False


Unseal: TypeAlias = Callable[[Sequence[Document]], Unsealed]


def is_encrypted(documents: Iterable[Document]) -> bool:
    """Whether SOPS encrypted a file, or a part of what was put together as one."""
    return any(_block(document) is not None for document in documents)


def opened_by(unlock: Unlock | None) -> Unseal:
    """Decrypts with the data key that `unlock` opens; None where there are no keys at all."""

    def opened(documents: Sequence[Document]) -> Unsealed:
        try:
            found = _about(documents)
            opening = _Opening(found, _opener(found, unlock))
        except Refused as refused:
            return _refusal(documents[0], refused)
        result = _walked(documents, opening.leaf)
        if result.wrong or opening.is_whole():
            return result
        words = (
            "does not fit the values: the file was changed after it was encrypted; encrypt "
            "it again with sops"
        )
        return _refusal(documents[0], Refused(words, "/sops/mac"))

    return opened


# Refuses every encrypted file, in words that say how to give a key.
without_keys: Unseal = opened_by(None)


def sealed(documents: Sequence[Document]) -> Unsealed:
    """The documents with stand-ins; for whoever has no key, and hands nothing to members."""
    try:
        _about(documents)
    except Refused as refused:
        return _refusal(documents[0], refused)
    return replace(stood_in(documents, stand_in), is_sealed=True)


def stood_in(documents: Sequence[Document], stand: Callable[[str], Any]) -> Unsealed:
    """The documents with something for each encrypted value, and without encrypted comments."""

    def leaf(_: _Keys, value: Any) -> Any:
        if not looks_encrypted(value):
            return value
        return COMMENT if stand_in(value) is COMMENT else stand(value)

    return _walked(documents, leaf)


@dataclass(frozen=True, slots=True)
class _Opening:
    """Decrypts what the selector chose, and counts it in."""

    about: About
    opener: Opener
    mac: Mac = field(init=False)

    def __post_init__(self) -> None:
        made = Mac.of_encrypted() if self.about.is_mac_of_encrypted else Mac()
        object.__setattr__(self, "mac", made)

    def leaf(self, keys: _Keys, value: Any) -> Any:
        is_chosen = self.about.selector(keys, value)
        plain = self.opener.open(value, ":".join((*keys, ""))) if is_chosen else value
        if plain is not COMMENT and (is_chosen or not self.about.is_mac_of_encrypted):
            self.mac.add(plain)
        return plain

    def is_whole(self) -> bool:
        """Whether nothing was changed, added or taken away."""
        try:
            return bool(self.opener.open(self.about.mac, self.about.modified) == self.mac.digest)
        except Refused:
            return False


def _about(documents: Sequence[Document]) -> About:
    block = _block(documents[0])
    if block is None:
        raise Refused("is not in the first document; SOPS encrypts whole files", "")
    return about(block)


def _opener(found: About, unlock: Unlock | None) -> Opener:
    if unlock is None:
        raise Refused("is encrypted with SOPS, and no key was given; give --age-key-file")
    for armoured in found.keys:
        key = unlock(armoured)
        if key is not None:
            return Opener(key)
    raise Refused(f"no key that was given opens it; it is for {', '.join(found.recipients)}")


def _walked(documents: Iterable[Document], leaf: _Leaf) -> Unsealed:
    made: list[Document] = []
    hidden: dict[int, frozenset[str]] = {}
    values: dict[str, Any] = {}
    for document in documents:
        body = document.body
        if isinstance(body, Mapping):
            body = {key: value for key, value in body.items() if key != _BLOCK}
            if not body:
                continue
        pointers: set[str] = set()
        try:
            body = _value(body, ((), ()), leaf, (pointers, values))
        except Refused as refused:
            return _refusal(document, refused)
        made.append(replace(document, body=body))
        hidden[document.index] = frozenset(pointers)
    return Unsealed(tuple(made), hidden, values)


def _value(
    value: Any,
    place: tuple[_Keys, tuple[str | int, ...]],
    leaf: _Leaf,
    told: tuple[set[str], dict[str, Any]],
) -> Any:
    """The value with every leaf exchanged; `place` are the keys on the way to it, and all steps.

    `told` is where was exchanged, and what for what.
    """
    keys, steps = place
    if value is None:
        return None
    if isinstance(value, Mapping):
        return {
            key: _value(each, ((*keys, key), (*steps, key)), leaf, told)
            for key, each in value.items()
        }
    if isinstance(value, list):
        made: list[Any] = []
        for each in value:
            item = _value(each, (keys, (*steps, len(made))), leaf, told)
            if item is not COMMENT:
                made.append(item)
        return made
    try:
        found = leaf(keys, value)
    except Refused as refused:
        raise Refused(refused.words, pointer(steps)) from None
    if found is not value and found is not COMMENT:
        told[0].add(pointer(steps))
        told[1][str(value)] = found
    return found


def _block(document: Document) -> Mapping[str, Any] | None:
    found = document.body.get(_BLOCK) if isinstance(document.body, Mapping) else None
    return found if isinstance(found, Mapping) and "mac" in found else None


def _refusal(document: Document, refused: Refused) -> Unsealed:
    return Unsealed(wrong=refused.words, place=(document.index, refused.pointer))
