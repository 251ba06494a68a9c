"""WHICH TREES ARE LET IN: signatures and histories are looked at before anything is read.

Comes in: a tree, and the repository to ask for raw commits and history. Goes out: the tree with its
seal, or `CommitRefused`. What cannot be asked (a program, a key file, the server) is a SourceError:
then too what was let in before stays in force.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from gitopsd.core import verify
from gitopsd.model.errors import CommitRefused, SourceError
from gitopsd.model.snapshot import Tree
from gitopsd.model.trust import (
    Form,
    Lineage,
    Refusal,
    Rewrites,
    Seal,
    Signed,
    Validity,
    Verdict,
    Verify,
)


class Objects(Protocol):
    """Where commits are: `edge.git.Remote`."""

    async def object(self, id: str) -> bytes:
        """The bytes of a commit or an annotated tag."""
        ...

    async def lineage(self, tree: Tree) -> Lineage:
        """How a tree relates to its `previous`, with all history at hand."""
        ...

    async def at(self, name: str = "", previous: str = "") -> Tree:
        """What a commit holds."""
        ...


class Verifier(Protocol):
    """A program that knows one form of signatures: `edge.gpg` or `edge.ssh_keygen`."""

    async def verdict(self, signed: Signed) -> Verdict:
        """What a signature is worth now."""
        ...

    def close(self) -> None:
        """Lets go of what is kept."""
        ...


@dataclass(frozen=True, slots=True)
class Terms:
    """What the operator demands, and who verifies which form of signatures."""

    verify: Verify = Verify.NOTHING
    rewrites: Rewrites = Rewrites.ALLOW
    verifiers: Mapping[Form, Verifier] = field(default_factory=dict)


class Admission:
    """Lets in what satisfies the terms. Asked for one tree at a time."""

    def __init__(self, objects: Objects, terms: Terms) -> None:
        self._objects = objects
        self._terms = terms

    async def admitted(self, tree: Tree) -> Tree:
        """The tree with its seal; raises CommitRefused where it must not be acted on."""
        terms = self._terms
        lineage = Lineage()
        if terms.verify is Verify.RANGE or terms.rewrites is not Rewrites.ALLOW:
            lineage = await self._objects.lineage(tree)
        self._unless(tree, verify.rewritten(terms.rewrites, tree, lineage))
        if terms.verify is Verify.NOTHING:
            return tree
        demand = verify.demanded(terms.verify, tree, lineage)
        if isinstance(demand, Refusal):
            raise CommitRefused(tree.url, demand)
        seal = await self._of_tag(tree) if demand.tag else None
        for commit in demand.commits:
            own = await self._of_commit(tree, commit)
            seal = seal or own
        return replace(tree, seal=seal)

    async def former(self, commit: str) -> Tree | None:
        """A commit that was acted on before, if it can be had and is signed as a head must be."""
        try:
            tree = await self._objects.at(commit)
            if self._terms.verify.reads_tags:
                return None
            if self._terms.verify is Verify.NOTHING:
                return tree
            return replace(tree, seal=await self._of_commit(tree, tree.commit))
        except SourceError:
            return None

    def close(self) -> None:
        """Lets go of what verifiers keep."""
        for verifier in self._terms.verifiers.values():
            verifier.close()

    async def _of_tag(self, tree: Tree) -> Seal:
        data = await self._objects.object(tree.tag)
        self._unless(tree, verify.mistaken(tree, verify.tagged(data)))
        return await self._sealed(tree, tree.tag, verify.of_tag(data))

    async def _of_commit(self, tree: Tree, commit: str) -> Seal:
        return await self._sealed(
            tree, commit, verify.of_commit(await self._objects.object(commit))
        )

    async def _sealed(self, tree: Tree, subject: str, signed: Signed | None) -> Seal:
        found = verify.judged(tree, subject, await self._verdict(signed))
        if isinstance(found, Refusal):
            raise CommitRefused(tree.url, found)
        return found

    async def _verdict(self, signed: Signed | None) -> Verdict:
        if signed is None:
            return Verdict(Validity.UNSIGNED)
        verifier = self._terms.verifiers.get(signed.form)
        return await verifier.verdict(signed) if verifier else Verdict(Validity.UNKNOWN_KEY)

    def _unless(self, tree: Tree, refusal: Refusal | None) -> None:
        if refusal is not None:
            raise CommitRefused(tree.url, refusal)
