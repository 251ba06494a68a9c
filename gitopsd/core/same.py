"""Whether what was made anew is the same as before, so that the former stands for it.

Every field counts, one that is added later by itself: were it forgotten, what is old would stay in
force.
"""

from collections.abc import Set
from typing import Any


def is_unchanged(before: Any, now: Any, by_identity: Set[str]) -> bool:
    """Whether two values of a dataclass agree in every field, in these by being the very same."""
    return all(
        getattr(before, name) is getattr(now, name)
        if name in by_identity
        else getattr(before, name) == getattr(now, name)
        for name in now.__dataclass_fields__
    )
