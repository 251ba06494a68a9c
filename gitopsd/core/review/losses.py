"""Deletions that an approval alone does not allow, because data would be lost with them.

Comes in: the changes of a plan, and what is known of the commits before and after. Goes out: a
sentence for each object of which nobody said that its data may be lost.
"""

from collections import defaultdict
from collections.abc import Iterator

from gitopsd.core.kinds.volumes import ALLOW_LOSS, HOLD_DATA, allows_loss
from gitopsd.core.review.findings import some
from gitopsd.model.changes import Changes
from gitopsd.model.decision import Decision
from gitopsd.model.delivery import ActionKind
from gitopsd.model.resource import ResourceKey
from gitopsd.model.snapshot import Snapshot


def losses(found: Changes, was: Decision | None, after: Snapshot) -> Iterator[str]:
    """What still needs a word, with the word; by object.

    It may stand on the object that is applied, or on one that the repository still holds.
    """
    lacking: defaultdict[ResourceKey, list[str]] = defaultdict(list)
    for change in found.changes:
        if change.action is not ActionKind.PRUNE or change.key[:2] not in HOLD_DATA:
            continue
        manifest = was.manifests.get(change.cluster, {}).get(change.key) if was else None
        template = after.loaded.templates.get(change.key)
        if not any(each is not None and allows_loss(each.body) for each in (manifest, template)):
            lacking[change.key].append(change.cluster)
    for key, clusters in sorted(lacking.items()):
        yield (
            f"{key} on {some(clusters)} holds data: besides an approval, its deletion needs "
            f'{ALLOW_LOSS}: "true" committed on it, before it is removed or while it still stands '
            "in the repository"
        )
