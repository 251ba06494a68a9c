"""WHICH COMMITS ARE ACTED ON: what must be signed, and what a rewritten history needs.

Comes in: a tree, how it relates to the one before, what the operator demands, and verdicts on
signatures. Goes out: what is to be verified, and a `Refusal` or nothing. A refused commit changes
nothing: what was accepted before stays in force.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gitopsd.core.verify.signed import Tagged, of_commit, of_tag, tagged
from gitopsd.model.snapshot import Tree
from gitopsd.model.trust import Lineage, Refusal, Rewrites, Seal, Validity, Verdict, Verify

__all__ = [
    "Demand",
    "demanded",
    "judged",
    "mistaken",
    "of_commit",
    "of_tag",
    "rewritten",
    "tagged",
]

_WORDS: Mapping[Validity, str] = {
    Validity.UNSIGNED: "it is not signed",
    Validity.BAD: "its signature is not one of what it holds",
    Validity.UNKNOWN_KEY: "its key is none of those that the operator trusts",
    Validity.EXPIRED_KEY: "its key is not valid at this time",
    Validity.REVOKED_KEY: "its key is revoked",
    Validity.EXPIRED_SIGNATURE: "its signature has expired",
    Validity.WEAK_HASH: "its signature is made with a hash that can be forged; SHA-256 is right",
}


@dataclass(frozen=True, slots=True)
class Demand:
    """What must bear a good signature: commits by id, the one that counts first, and a tag."""

    commits: tuple[str, ...] = ()
    tag: str = ""


def rewritten(policy: Rewrites, tree: Tree, lineage: Lineage) -> Refusal | None:
    """Why a rewritten history or a moved tag is not acted on; None where it may be."""
    if policy is Rewrites.ALLOW or not tree.previous or tree.previous == tree.commit:
        return None
    if not lineage.is_rewritten and not tree.anomaly:
        return None
    how = f"tag {tree.branch} was moved" if tree.anomaly == "TagMoved" else "history was rewritten"
    words = f"{how} after commit {tree.previous[:12]} was applied"
    reason = tree.anomaly or "ForcePush"
    if policy is Rewrites.REFUSE:
        return Refusal(tree.commit, reason, words)
    if lineage.named:
        return None
    words += f"; to accept it, add a commit with the trailer `Gitopsd-Approve: {tree.commit}`"
    return Refusal(tree.commit, reason, words)


def demanded(mode: Verify, tree: Tree, lineage: Lineage) -> Demand | Refusal:
    """What must be signed by a trusted key before this tree is acted on."""
    if mode.reads_tags and not tree.tag:
        words = f"{tree.branch or 'what is followed'} is no annotated tag, and a tag must be signed"
        return Refusal(tree.commit, "NoTag", words)
    if not mode.reads_commits:
        return Demand(tag=tree.tag)
    if mode is not Verify.RANGE:
        return Demand((tree.commit,), tree.tag if mode.reads_tags else "")
    if lineage.since is None:
        words = (
            f"commit {tree.previous[:12]}, which was applied last, cannot be had any more, so what "
            "is new cannot be told; start once with --verify head to accept what is there"
        )
        return Refusal(tree.commit, "UnknownRange", words)
    return Demand((tree.commit, *(each for each in lineage.since if each != tree.commit)))


def mistaken(tree: Tree, said: Tagged) -> Refusal | None:
    """Why a tag does not say what it is taken for; None where it does."""
    if said.commit == tree.commit and said.name == tree.branch:
        return None
    words = f"tag {tree.branch} is signed as {said.name!r} for commit {said.commit[:12] or 'none'}"
    return Refusal(tree.commit, Validity.BAD.value, words)


def judged(tree: Tree, subject: str, verdict: Verdict) -> Seal | Refusal:
    """The seal of a good signature; `subject` is the id of a commit, or of the tag."""
    if verdict.validity is Validity.GOOD:
        return Seal(verdict.signer, verdict.key)
    words = _WORDS[verdict.validity]
    if subject == tree.tag:
        words = f"of tag {tree.branch}: {words}"
    elif subject != tree.commit:
        words = f"it brings commit {subject[:12]}, of which: {words}"
    whose = " ".join(part for part in (verdict.signer, verdict.key) if part)
    return Refusal(tree.commit, verdict.validity.value, f"{words} ({whose})" if whose else words)
