"""Clusters that take a commit whole or not at all (`gitopsd.io/on-invalid: refuse`).

Comes in: a commit, its decision, what is known. Goes out: per such cluster all that it lacks, which
is held while something of the commit is wrong, cannot be read, or is not rendered yet. Others have
what is right of a commit, and keep what they had of the rest.
"""

from collections.abc import Mapping

from gitopsd.core.gate.differing import every, lacking
from gitopsd.core.gate.stages import Held
from gitopsd.model.decision import REFUSED, Decision
from gitopsd.model.problem import Severity
from gitopsd.model.snapshot import Known, Loaded


def refusing(loaded: Loaded, decision: Decision, known: Known) -> Mapping[str, Held]:
    """What these clusters keep as it is, and why."""
    names = [name for name, cluster in decision.clusters.items() if cluster.is_strict]
    if not names:
        return {}
    of_all, of_one = _wrong(loaded), _wrong_there(decision)
    found = {}
    for name in names:
        if not (why := of_all or of_one.get(name, "")):
            continue
        if keys := lacking(name, every(name, decision, known), decision, known):
            found[name] = Held(keys, REFUSED, f"the commit is refused here: {why}")
    return found


def _wrong(loaded: Loaded) -> str:
    """The first of what is wrong with a commit; empty for nothing."""
    if loaded.invalid:
        return str(min(loaded.invalid.values()))
    if loaded.rendering:
        return f"{min(loaded.rendering)} is being rendered"
    return f"{min(loaded.unreadable)} cannot be read" if loaded.unreadable else ""


def _wrong_there(decision: Decision) -> Mapping[str, str]:
    """By cluster the first of what is wrong with what goes there."""
    own = [each for binding in decision.bindings.values() for each in binding.problems]
    found: dict[str, str] = {}
    for problem in sorted([*decision.problems, *own]):
        if problem.cluster and problem.severity is Severity.ERROR:
            found.setdefault(problem.cluster, str(problem))
    return found
