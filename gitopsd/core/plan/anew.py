"""What follows where a member refuses a change because nobody could make it.

Comes in: the step that was refused, and what was seen of the live object. Goes out: a `Ruling`. The
object is deleted, to be made anew, only where it asks for that and the deletion was allowed by
name, as any other is.
"""

from dataclasses import dataclass
from enum import Enum, auto

from gitopsd.core.deletions import deletion_hash
from gitopsd.core.fixed import ON_IMMUTABLE, Wish, may_be_lost, wish
from gitopsd.core.keepers import keeper
from gitopsd.core.kinds.volumes import ALLOW_LOSS
from gitopsd.core.plan.deed import Step
from gitopsd.core.plan.observed import Live
from gitopsd.kube.body import Body, laid
from gitopsd.kube.wire import hash_of
from gitopsd.model.delivery import Entry


class Way(Enum):
    """What is done: nothing, the fields are let be, a person is asked, or it is deleted."""

    FAIL = auto()
    LET_BE = auto()
    ASK = auto()
    DELETE = auto()


@dataclass(frozen=True, slots=True)
class Ruling:
    """`words` say why not, or what to commit that it is done; `propagation` is of a deletion."""

    way: Way
    words: str = ""
    propagation: str = ""


def probe(body: Body) -> Body:
    """The same object under a name that no object has: what a server says of it, is of the object
    and not of the change.
    """
    name = f"gitopsd-probe-{hash_of(body)[:12]}"
    metadata = {key: value for key, value in body["metadata"].items() if key != "uid"}
    return laid({**body, "metadata": metadata}, name, "metadata", "name")


def ruled(step: Step, live: Live, entry: Entry | None, cluster: str) -> Ruling:
    """What follows once it is certain that the object is right and only cannot become so."""
    manifest = step.manifest
    assert manifest is not None
    asked = wish(manifest.body)
    if asked is Wish.IGNORE:
        return Ruling(Way.LET_BE)
    if asked is Wish.FAIL:
        words = f"{ON_IMMUTABLE}: recreate on it would have it deleted and made anew"
        return Ruling(Way.FAIL, words)
    if not may_be_lost(manifest):
        words = f'it holds data: {ALLOW_LOSS}: "true" on it would have it deleted and made anew'
        return Ruling(Way.FAIL, words)
    if why := keeper(manifest.body) or _protected(live, entry):
        return Ruling(Way.FAIL, f"it is not deleted to be made anew: {why}")
    if not step.may_recreate:
        ref = f"{cluster}/{manifest.key.id}"
        words = (
            f"to have it deleted and made anew, commit an Approval that covers {ref}, or the "
            f"trailer Gitopsd-Approve: {deletion_hash((ref,))}"
        )
        return Ruling(Way.ASK, words)
    return Ruling(Way.DELETE, "", "Orphan" if asked is Wish.ORPHAN else "Foreground")


def _protected(live: Live, entry: Entry | None) -> str:
    if live.keep:
        return live.keep
    if live.has_controller:
        return "another object controls it"
    if entry is None or entry.uid != live.uid:
        return "another object has its name now"
    return ""
