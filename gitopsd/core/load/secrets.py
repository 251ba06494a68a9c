"""What came out of an encrypted file, as far as it may be read and spoken of.

Comes in: an object, and where in it values are encrypted. Goes out: what is wrong, without any of
these values. Only a Secret is kept from sight everywhere (plans, branches, the page), so only of a
Secret values may be encrypted.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gitopsd.core.load.metadata import Mistake
from gitopsd.core.sops import Unsealed
from gitopsd.model.resource import ResourceKey

_IDENTITY = ("/apiVersion", "/kind", "/metadata/name", "/metadata/namespace")
_VALUES = ("/data/", "/stringData/")
_SHOWN = "has an encrypted value, but only those of a Secret's data are kept from sight"


@dataclass(frozen=True, slots=True)
class Hidden:
    """Pointers of encrypted values in one object; sealed where stand-ins are there for them.

    `is_placed`: a program put them where they are.
    """

    pointers: frozenset[str] = frozenset()
    is_sealed: bool = False
    is_placed: bool = False

    @property
    def hides_identity(self) -> bool:
        """Whether nobody can know which object it is."""
        return self.is_sealed and not self.pointers.isdisjoint(_IDENTITY)

    @property
    def hides_more(self) -> bool:
        """Whether more than values is unknown: policies may mean it or not."""
        return self.is_sealed and not all(each.startswith(_VALUES) for each in self.pointers)

    def exposed(self, key: ResourceKey) -> Iterator[Mistake]:
        """That values are encrypted which would be shown."""
        if self.pointers and (key.group, key.kind) != ("", "Secret"):
            words = (
                f"is a {key.kind} with encrypted values, but only a Secret's are kept from sight; "
                "encrypt nothing else"
            )
            yield "", words
        elif self.is_placed:
            for each in sorted(self.pointers):
                if not each.startswith(_VALUES):
                    yield (
                        each,
                        _SHOWN,
                    )

    def shown(self, mistakes: Iterable[Mistake]) -> Iterator[Mistake]:
        """The mistakes that can be known, without words that may quote what is encrypted."""
        for pointer, words in mistakes:
            if pointer not in self.pointers or (pointer.startswith(_VALUES) and not self.is_sealed):
                yield pointer, words
            elif not self.is_sealed:
                yield pointer, "is not what an API server takes; it is encrypted and not shown"


NOTHING = Hidden()


def hidden_in(unsealed: Unsealed, document: int, base: str) -> Hidden:
    """What is encrypted of the object at `base` in a document."""
    found = unsealed.hidden.get(document)
    if not found:
        return NOTHING
    own = {each.removeprefix(base) for each in found if each.startswith(f"{base}/")}
    return Hidden(frozenset(own), unsealed.is_sealed, unsealed.is_placed)
