"""When which cluster gets a change, said before it is delivered.

Comes in: a commit, its decision, and what members are known to hold. Goes out: the stages that it
goes through, with what opens each. What guards hold, and what moves, is not looked at: that goes
its own way inside of an open stage.
"""

from gitopsd.core.gate.approving import counting, named
from gitopsd.core.gate.differing import hash_of_stage, intent_of, lacking, touched
from gitopsd.core.gate.staging import Stage, order_of
from gitopsd.core.gate.windows import words
from gitopsd.model.decision import Decision
from gitopsd.model.rollout import Rolling, StagePlan
from gitopsd.model.snapshot import Known, Snapshot


def forecast(
    snapshot: Snapshot, decision: Decision, known: Known, before: Rolling
) -> tuple[StagePlan, ...]:
    """The stages in which some cluster lacks something of the change, in their order.

    None where nobody asks for stages, and where the change is through already. `before` is how far
    the change that is delivered now is.
    """
    order, _ = order_of(snapshot.loaded, decision.clusters, None, began=False)
    intent = intent_of(snapshot.loaded)
    is_same = before.intent == intent
    if not order.stages or (is_same and before.is_over):
        return ()
    members = [name for stage in order.stages for name in stage.clusters]
    keys = before.touched if is_same else touched(members, decision, known)
    opened = named(snapshot, counting(snapshot, known)) | (before.approved if is_same else set())
    found: list[StagePlan] = []
    for stage in order.stages:
        due = tuple(n for n in stage.clusters if lacking(n, keys, decision, known))
        hashed = hash_of_stage(intent, stage.name)
        if due:
            found.append(
                StagePlan(
                    name=stage.name,
                    clusters=due,
                    at_a_time=_at_a_time(stage),
                    well_for_s=int(stage.pace.soak.total_seconds()),
                    hashed=hashed,
                    asks=stage.asked.approval and hashed not in opened,
                    after=found[-1].name if found else "",
                    windows=words(stage.asked.windows) if hashed not in opened else "",
                    paused=order.paused,
                )
            )
    return tuple(found)


def _at_a_time(stage: Stage) -> int:
    return min(stage.most_running, stage.most_unwell)
