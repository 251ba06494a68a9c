"""Definitions of a plan that members will refuse, because they take fields from objects there.

Comes in: the changes of a plan and what was decided before. Goes out: a sentence for each such
CustomResourceDefinition, with the annotation that allows it.
"""

from collections import defaultdict
from collections.abc import Iterator

from gitopsd.core.definitions import CRD, refusal
from gitopsd.core.review.findings import some
from gitopsd.model.changes import Changes
from gitopsd.model.decision import Decision
from gitopsd.model.resource import ResourceKey


def narrowed(found: Changes, was: Decision | None) -> Iterator[str]:
    """What would be refused, by object; nothing where the commit before is not known."""
    refused: defaultdict[tuple[ResourceKey, str], list[str]] = defaultdict(list)
    for change in found.changes:
        if change.key[:2] != CRD or change.after is None or was is None:
            continue
        before = was.manifests.get(change.cluster, {}).get(change.key)
        if before is not None and (words := refusal(before.body, change.after.body)):
            refused[change.key, words].append(change.cluster)
    for (key, words), clusters in sorted(refused.items()):
        yield f"{key} on {some(clusters)} will not be applied: {words}"
