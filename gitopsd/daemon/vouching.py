"""WHAT WOULD BE REFUSED: whether what is planned is signed as the daemon will demand it.

Comes in: what is planned, and the operator's demands. Goes out: a Problem, or nothing. The commit
that a merge is going to make is signed by whoever makes it, and a tag is made last, so nothing is
said of these; what of a working tree is not committed is not signed either, and its last commit
speaks for it.
"""

from collections.abc import Mapping

from gitopsd.daemon.admission import Admission, Terms, Verifier
from gitopsd.daemon.places import Places
from gitopsd.daemon.preview import Asked
from gitopsd.model.config import Config
from gitopsd.model.errors import CommitRefused, SourceError
from gitopsd.model.problem import Problem, Severity
from gitopsd.model.trust import Form, Verify

Verifiers = Mapping[Form, Verifier]


async def foretold(
    places: Places, config: Config, asked: Asked, verifiers: Verifiers
) -> Problem | None:
    """Why the head would be refused; a warning where that cannot be found out."""
    if not config.verify.reads_commits:
        return None
    is_range = config.verify is Verify.RANGE
    if asked.base and asked.head and not is_range:
        return None
    terms = Terms(Verify.RANGE if is_range else Verify.HEAD, verifiers=verifiers)
    try:
        previous = await _previous(places, config, asked) if is_range else ""
        tree = await places.committed(asked.head, previous)
        if tree is not None:
            await Admission(places, terms).admitted(tree)
    except CommitRefused as error:
        found = error.refusal
        words = f"commit {found.commit[:12]} would be refused: {found.message}"
        return Problem("", 0, "", words, found.reason)
    except SourceError as error:
        words = f"whether it is signed as it must be is not known: {error}"
        return Problem("", 0, "", words, "NotVerified", Severity.WARNING)
    return None


async def _previous(places: Places, config: Config, asked: Asked) -> str:
    """The commit after which all must be signed: the base, or what was applied last."""
    if asked.base:
        return (await places.named(asked.base, "")).tree.commit
    memory, _ = await places.memory(config.status_branch)
    return memory.history[0].commit if memory and memory.history else ""
