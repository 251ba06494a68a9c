"""`/workloads/<namespace>/<kind.group>/<name>`: one workload, where it is, how well, and why.

Comes in: its Binding and the lines of its members. Goes out: HTML. Clusters that were kept out for
the same reason share a line.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gitopsd.kube.body import Body
from gitopsd.model.decision import Binding, Verdict
from gitopsd.model.page import cell
from gitopsd.model.resource import ResourceKey
from gitopsd.model.web import Answer
from gitopsd.page.frame import shown
from gitopsd.page.overview import CLUSTER_SCOPE, Cell, look

MOST_NAMES = 30


@dataclass(frozen=True, slots=True)
class Place:
    """One cluster that has the workload: its share, how it is there, and which rules shaped it."""

    cluster: str
    share: str
    state: Cell
    words: str
    why: str
    overrides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeptOut:
    """Clusters that do not have it, all for the same reason."""

    stage: str
    reason: str
    clusters: str
    number: int


def key_of(parts: Mapping[str, str]) -> ResourceKey:
    """The key that stands in the path."""
    kind, _, group = parts["kind"].partition(".")
    namespace = "" if parts["namespace"] == CLUSTER_SCOPE else parts["namespace"]
    return ResourceKey(group, kind, namespace, parts["name"])


def workload(binding: Binding, members: Sequence[Body]) -> Answer:
    """The whole screen."""
    assignment = binding.assignment
    accepted = {each.cluster: each for each in assignment.verdicts if each.accepted}
    shares = {share.cluster: share.replicas for share in assignment.shares}
    values = {
        "key": binding.template.key,
        "origin": str(binding.template.origin),
        "policy": binding.policy,
        "refused": binding.refused,
        "assignment": assignment,
        "required_by": [str(key) for key in sorted(binding.required_by)],
        "problems": [str(each) for each in binding.problems],
        "places": [_place(line, shares, accepted, binding) for line in members],
        "kept_out": _kept_out(assignment.verdicts),
    }
    return shown("workload.html", values)


def _place(
    line: Body, shares: Mapping[str, int], accepted: Mapping[str, Verdict], binding: Binding
) -> Place:
    name = line["cluster"]
    manifest = binding.manifests.get(name)
    verdict = accepted.get(name)
    words = ": ".join(line[field] for field in ("reason", "message") if field in line)
    return Place(
        cluster=name,
        share=str(shares[name]) if shares.get(name) else "",
        state=Cell(cell(line), look(line)),
        words=" ".join(part for part in (words, line.get("note", "")) if part),
        why=verdict.reason if verdict else "",
        overrides=tuple(str(each) for each in manifest.applied) if manifest else (),
    )


def _kept_out(verdicts: Iterable[Verdict]) -> Sequence[KeptOut]:
    same: dict[tuple[str, str], list[str]] = {}
    for verdict in verdicts:
        if not verdict.accepted:
            same.setdefault((verdict.stage, verdict.reason), []).append(verdict.cluster)
    return [
        KeptOut(
            stage,
            reason,
            ", ".join(names[:MOST_NAMES]) + (" …" if len(names) > MOST_NAMES else ""),
            len(names),
        )
        for (stage, reason), names in same.items()
    ]
