"""Going back to an earlier commit: when a Rollout asks for it, and what the commit says.

Comes in: how far a change is through its stages, or what a person asked for. Goes out: where to go
back to and why, and the message of the commit that does it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from gitopsd.core.gate.differing import hash_of_stage
from gitopsd.core.gate.stages import Stages
from gitopsd.model.rollout import StageState


@dataclass(frozen=True, slots=True)
class Back:
    """A commit to go back to and why; `approve` are hashes of stages that need not ask again.

    They went through that very commit before.
    """

    commit: str
    reason: str
    approve: tuple[str, ...] = ()


def going_back(stages: Stages) -> Back | None:
    """Where a change that failed is to go back to; None where nothing failed, or nobody asks."""
    rolling = stages.rolling
    failed = next((each for each in rolling.stages if each.state is StageState.GOING_BACK), None)
    if failed is None or stages.rollout is None:
        return None
    target = rolling.sound[failed.name]
    through = {name for name, each in rolling.sound.items() if each.intent == target.intent}
    asking = (each for each in stages.rollout.spec.stages if each.approval or each.windows)
    return Back(
        target.commit,
        " ".join(f"Stage {failed.name}: {failed.message}.".split()),
        tuple(hash_of_stage(target.intent, each.name) for each in asking if each.name in through),
    )


def message(back: Back, said: str) -> str:
    """What the commit says that goes back; `said` is the message of the one it goes back to."""
    title = said.strip().partition("\n")[0][:60]
    why = f"{back.reason.strip()}\n\n" if back.reason.strip() else ""
    return (
        f"Roll back to {back.commit[:12]} “{title}”\n\n{why}"
        f"All files are what they were at commit {back.commit}.\n\n"
        f"Gitopsd-Rollback: {back.commit}\n" + "".join(_trailers(back.approve))
    )


def _trailers(approve: Iterable[str]) -> Iterable[str]:
    return (f"Gitopsd-Approve: {each}\n" for each in approve)
