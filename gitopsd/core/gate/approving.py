"""What people allowed, as far as it counts now.

Comes in: a commit, and what was allowed on the git host. Goes out: approvals that are not expired,
and every hash that is named.
"""

from collections.abc import Iterable

from gitopsd.model.gating import Approval
from gitopsd.model.snapshot import Known, Snapshot


def counting(snapshot: Snapshot, known: Known) -> tuple[Approval, ...]:
    """The approvals of the commit and those given by comment that are not expired."""
    given = (*snapshot.loaded.approvals, *known.memory.approvals)
    return tuple(each for each in given if not each.is_expired(known.now))


def named(snapshot: Snapshot, approvals: Iterable[Approval]) -> frozenset[str]:
    """Every hash that people named, by trailers of the commit or by these approvals."""
    return snapshot.tree.approved.union(*({each.name, *each.covers} for each in approvals))
