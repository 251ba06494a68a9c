"""`status.yaml`: the whole in figures and conditions, for programs.

Comes in: what the page for people shows. Goes out: a body without any time but those of commits.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from gitopsd.core.summary import problems
from gitopsd.kube.body import Body
from gitopsd.model.page import ClusterLine, Page, total_of
from gitopsd.model.problem import Severity
from gitopsd.model.rollout import StageState
from gitopsd.model.standing import Count

# Why not all is applied where nothing is wrong but that a person is waited for.
AWAITING = StageState.AWAITING_APPROVAL.value


def body_of(page: Page, branch: str, templates: int) -> Body:
    """The file's content."""
    standing = page.standing
    return {
        "apiVersion": "gitopsd.io/v1alpha1",
        "kind": "Status",
        "source": _source(page, branch),
        "phase": standing.phase.value,
        "message": page.sentence,
        "counts": {
            "clusters": {
                "total": len(page.clusters),
                "reachable": sum(line.is_reachable for line in page.clusters),
            },
            "templates": templates,
            "objects": msgspec.to_builtins(total_of(standing.counts.values())),
            "problems": problems.count(page.troubles),
        },
        "conditions": list(_conditions(page)),
        **({"stages": [msgspec.to_builtins(each) for each in page.stages]} if page.stages else {}),
        "clusters": [
            _cluster(line, standing.counts.get(line.name, Count())) for line in page.clusters
        ],
        "history": [msgspec.to_builtins(each) for each in page.history],
    }


def _source(page: Page, branch: str) -> Body:
    """Where what is in force comes from, who signed it, and what is refused."""
    found: dict[str, Any] = {"branch": branch, "commit": page.commit}
    latest = page.history[0] if page.history else None
    if latest is not None and latest.commit == page.commit and latest.key:
        found |= {"signer": latest.signer, "key": latest.key}
    if page.refused is not None:
        found["refused"] = {
            "commit": page.refused.commit,
            "reason": page.refused.reason,
            "message": page.refused.message,
        }
    return found


def _cluster(line: ClusterLine, count: Count) -> Body:
    figures = {field: number for field, number in msgspec.to_builtins(count).items() if number}
    return {"name": line.name, "reachable": line.is_reachable, **figures}


def _conditions(page: Page) -> Iterable[Body]:
    standing = page.standing
    errors = sum(
        each.severity is Severity.ERROR and bool(each.file) and not each.clusters
        for each in page.troubles
    )
    away = [line.name for line in page.clusters if line.is_known and not line.is_reachable]
    held = sum(count.held for count in standing.counts.values())
    yield _condition("Valid", not errors, "Problems", f"{errors} in the repository")
    yield _condition("Reachable", not away, "ClusterUnreachable", ", ".join(away))
    yield _condition("Unguarded", not held, "Held", f"{held} objects are held back")
    why = AWAITING if standing.awaits_approval else "NotApplied"
    yield _condition("Applied", standing.is_applied, why, _first(standing.failures))
    yield _condition("Healthy", standing.is_healthy, "NotHealthy", "")


def _condition(kind: str, is_true: bool, reason: str, message: str) -> Body:
    if is_true:
        return {"type": kind, "status": "True"}
    found: dict[str, Any] = {"type": kind, "status": "False", "reason": reason}
    return {**found, "message": message} if message else found


def _first(failures: tuple[str, ...]) -> str:
    if not failures:
        return "on the way"
    more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
    return f"{failures[0]}{more}"
