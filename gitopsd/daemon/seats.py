"""WHO MAY WATCH: the watches of one process, shared out evenly among its members.

Comes in: the kinds that each member follows. Goes out: whether a kind may be watched; the others
are listed now and then. A watch costs about 300 KB in the client, so there is a most of them.
Members with few kinds watch all of theirs, and what they leave goes to the others; within a member
the kinds whose health is told come first.
"""

from collections.abc import Iterable, Mapping, Sequence

from gitopsd.core.health import has_status

Kind = tuple[str, str]

MOST = 1000


class Seats:
    """The watches of one process. `most` at a time, but for those that still end."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kinds: dict[str, Sequence[Kind]] = {}
        self._shares: Mapping[str, int] = {}
        self._seated: dict[str, frozenset[Kind]] = {}

    def ask(self, member: str, kinds: Iterable[Kind]) -> None:
        """These are the kinds that a member follows now; none when it is let go."""
        ordered = sorted(set(kinds), key=lambda kind: (not has_status(*kind), kind))
        if ordered == self._kinds.get(member, []):
            return
        self._kinds[member] = ordered
        if not ordered:
            del self._kinds[member]
        counts = {name: len(each) for name, each in self._kinds.items()}
        shares = shared(counts, self._most)
        before, self._shares = self._shares, shares
        for name in self._seated.keys() - self._kinds.keys():
            del self._seated[name]
        for name, each in self._kinds.items():
            if name == member or shares[name] != before.get(name):
                self._seated[name] = frozenset(each[: shares[name]])

    def has(self, member: str, kind: Kind) -> bool:
        """Whether this member may watch this kind."""
        return kind in self._seated.get(member, ())


def shared(wanted: Mapping[str, int], most: int) -> Mapping[str, int]:
    """So many for each, no more than wanted, `most` together; as even as can be, then by name."""
    if sum(wanted.values()) <= most:
        return wanted
    found: dict[str, int] = {}
    left = most
    ordered = sorted(wanted, key=lambda name: (wanted[name], name))
    for index, name in enumerate(ordered):
        found[name] = min(wanted[name], -(-left // (len(ordered) - index)))
        left -= found[name]
    return found
