"""Times as Kubernetes writes them, read from what anybody may have written.

Comes in: any value of a body. Goes out: a time, or None: whoever asks says what that means.
"""

from datetime import UTC, datetime
from typing import Any


def when(written: Any) -> datetime | None:
    """The time that an RFC 3339 string says, in UTC where it names no zone; None for any other."""
    if not isinstance(written, str):
        return None
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
