"""The plan for programs: plain values, everything in full."""

from collections.abc import Mapping
from typing import Any

from gitopsd.core.review.findings import (
    WORDS,
    approval,
    counted,
    differences,
    warnings,
)
from gitopsd.model.changes import Move, Preview
from gitopsd.model.decision import Share
from gitopsd.model.problem import Problem
from gitopsd.model.rollout import StagePlan


def value(preview: Preview) -> Mapping[str, Any]:
    """All of the plan, with ids of objects as approvals name them."""
    changes = preview.changes
    return {
        "base": preview.base,
        "head": preview.head,
        **({"time": f"{preview.at:%Y-%m-%dT%H:%M:%SZ}"} if preview.at else {}),
        "planHash": changes.plan_hash,
        "deletionHash": changes.deletion_hash,
        "exact": changes.exact,
        "summary": {WORDS[action]: number for action, number in counted(changes.changes).items()},
        "guards": list(preview.guards),
        "deletions": sorted(changes.deletions),
        **({"approval": approval(changes)} if preview.guards else {}),
        "hooks": list(preview.hooks),
        "warnings": list(warnings(preview)),
        "namespaces": [
            {"name": name, "clusters": list(clusters)} for name, clusters in preview.namespaces
        ],
        "stages": [_stage(each) for each in preview.stages],
        "moves": [move_value(move) for move in changes.moves],
        "changes": [
            {
                "action": each.action,
                "object": each.key.id,
                "clusters": list(each.clusters),
                "diff": list(each.lines),
                **({"held": each.held} if each.held else {}),
            }
            for each in differences(changes)
        ],
        "problems": [problem_value(each) for each in changes.problems],
    }


def _stage(stage: StagePlan) -> Mapping[str, Any]:
    """What opens it besides the stage before stands there only where it is asked for."""
    asked = {
        "after": stage.after,
        "windows": stage.windows,
        "approve": stage.hashed if stage.asks else "",
        "paused": stage.paused,
    }
    return {
        "name": stage.name,
        "clusters": list(stage.clusters),
        "atATime": stage.at_a_time,
        "wellForSeconds": stage.well_for_s,
        **{name: each for name, each in asked.items() if each},
    }


def move_value(move: Move) -> Mapping[str, Any]:
    """A move with both shares, and its reasons as found."""
    return {
        "object": move.key.id,
        "before": _shares(move.before),
        "after": _shares(move.after),
        "cause": move.cause,
        "reasons": [
            {"clusters": list(each.clusters), "rule": each.rule, "reason": each.words}
            for each in move.reasons
        ],
    }


def problem_value(problem: Problem) -> Mapping[str, Any]:
    """A Problem with all its parts, as `validate` gives it too."""
    return {
        "severity": str(problem.severity),
        "reason": problem.reason,
        "path": problem.path,
        "line": problem.line,
        "pointer": problem.pointer,
        "message": problem.message,
        "object": problem.key,
        **({"cluster": problem.cluster} if problem.cluster else {}),
    }


def _shares(shares: tuple[Share, ...]) -> Mapping[str, int]:
    return {share.cluster: share.replicas for share in shares}
