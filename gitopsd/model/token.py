"""A login that stands in a Secret: who we are on a member, and whom to take it for."""

from dataclasses import dataclass, field

from gitopsd.model.resource import Origin, ResourceKey


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is what proves us; `authority` are certificates in PEM that the member's is held to.

    Never written anywhere; `key` and `origin` tell the Secret of the repository.
    """

    text: str = field(repr=False)
    authority: bytes = field(repr=False)
    key: ResourceKey
    origin: Origin | None = None
