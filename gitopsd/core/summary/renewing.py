"""What a process remembers from one turn to the next, without writing anything.

Comes in: the memory that a turn was taken with, its decision, and what was known. Goes out: the
memory for the next turn, which says of templates what the status branch would say to a process that
starts then. Stands alone because turns do not wait for what is told.
"""

from collections.abc import Iterable, Mapping

import msgspec

from gitopsd.core.changes import is_prunable, is_run
from gitopsd.core.summary import memory
from gitopsd.model.decision import Decision
from gitopsd.model.memory import Memory, Remembered
from gitopsd.model.resource import ResourceKey
from gitopsd.model.snapshot import Known


def renewed(known: Known, decision: Decision, last: Decision | None) -> Memory:
    """The memory after a turn; the very same where no binding is new and nothing is gone.

    A template that is decided on no more is remembered while some member still holds it: what a
    guard kept must be where it was when it comes back. A cluster that was let go is forgotten.
    Clocks stay as they were.
    """
    before = known.memory
    left = before.clusters.keys() - decision.clusters.keys()
    if left:
        clusters = {name: each for name, each in before.clusters.items() if name not in left}
        before = msgspec.structs.replace(before, clusters=clusters)
    if last is not None and last.bindings is decision.bindings and not _gone(before, decision):
        return before
    was = last.bindings if last is not None else {}
    templates = dict(before.templates)
    for key, binding in decision.bindings.items():
        if key not in templates or was.get(key) is not binding:
            clocks = before.templates.get(key)
            templates[key] = memory.remembered(binding, clocks.since if clocks else {}, clocks)
    for key in _over(_gone(before, decision), decision, known):
        del templates[key]
    if templates == before.templates:
        return before
    return msgspec.structs.replace(before, templates=templates)


def _gone(before: Memory, decision: Decision) -> Mapping[ResourceKey, Remembered]:
    return {key: each for key, each in before.templates.items() if key not in decision.bindings}


def _over(gone: Iterable[ResourceKey], decision: Decision, known: Known) -> Iterable[ResourceKey]:
    """What no member holds any more, as far as each was ever heard of."""
    for key in gone:
        if not any(holds(name, key, known) for name in decision.clusters):
            yield key


def holds(cluster: str, key: ResourceKey, known: Known) -> bool:
    """Whether a member has an object, or the record of a run that stands for a hook.

    One that was never read has what was sent there: `key` must be remembered.
    """
    report = known.reports.get(cluster)
    if report is None or report.inventory is None:
        shares = known.memory.templates[key].shares
        has_share = any(share.cluster == cluster for share in shares)
        return has_share or key in known.memory.applied.get(cluster, {})
    entry = report.inventory.get(key)
    return entry is not None and (is_prunable(entry) or is_run(entry))
