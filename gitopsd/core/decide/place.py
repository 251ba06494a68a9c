"""Where one template goes: its policy, what it needs, what it has now, and the scheduler's answer.

Comes in: a template and the scene. Goes out: a `Placed`; the very same as before where the answer
and its words are the same. A mistake in the template, or a bug of ours, ends here: the template is
held, the others go on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import NAMESPACE_DNS, uuid5

from gitopsd.core.decide.fence import failure
from gitopsd.core.decide.previous import Previous, previous
from gitopsd.core.decide.scene import Scene
from gitopsd.core.held import is_shaped_by, policy_key, why_doubted
from gitopsd.core.kinds import Dependency
from gitopsd.core.match import Choice, choose
from gitopsd.core.schedule import applied_on, says_the_same, schedule, settled, stay
from gitopsd.model.decision import Assignment, Need, Request
from gitopsd.model.policy import PropagationPolicy
from gitopsd.model.problem import Problem
from gitopsd.model.resource import Resource, ResourceKey

FAILBACK = "gitopsd.io/failback"
NOBODY = Choice(None)
NO_NEED = Need()

Arrivals = Mapping[tuple[str, str], tuple[str, ...]]

_OURS = uuid5(NAMESPACE_DNS, "gitopsd.io")


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """What is decided on one template, before anything is rendered.

    `assignment` is None for what no policy claims. `wants` is what it draws along. `applied` is the
    hash of the placement that its shares answer, which a failure does not change. `is_settled`:
    only another template, policy or set of clusters can move it. `held` says why nothing can be
    decided; then members keep what they have of it.
    """

    template: Resource
    choice: Choice = NOBODY
    need: Need = NO_NEED
    wants: tuple[Dependency, ...] = ()
    assignment: Assignment | None = None
    applied: str = ""
    is_settled: bool = False
    held: str = ""
    problem: Problem | None = None

    @property
    def clusters(self) -> tuple[str, ...]:
        """Where its own policy sends it."""
        return tuple(share.cluster for share in self.assignment.shares) if self.assignment else ()


def place(template: Resource, last: Placed | None, scene: Scene, arrivals: Arrivals) -> Placed:
    """The decision on a template; `arrivals` are the clusters that get a kind's CRD just now."""
    try:
        found = _placed(template, last, scene, arrivals)
    except Exception as error:
        problem = failure(template, error)
        found = Placed(template, held="it could not be decided", problem=problem)
    return last if last is not None and _is_same(last, found) else found


def uid_of(key: ResourceKey) -> str:
    """What stands in for the UID of a template where ties are broken by it."""
    return str(uuid5(_OURS, key.id))


def _placed(template: Resource, last: Placed | None, scene: Scene, arrivals: Arrivals) -> Placed:
    key = template.key
    known = last if last is not None and last.assignment is not None else None
    if known is None and is_shaped_by(scene.memory.templates.get(key), scene.blind):
        return Placed(template, held="a rule that shaped it cannot be read")
    if known is None and (why := why_doubted(key, scene.memory, scene.blind)):
        return Placed(template, held=why)
    choice = choose(template, scene.policies)
    if choice.policy is None:
        return Placed(template, choice)
    if wrong := _lacking(choice.policy, scene):
        return Placed(template, choice, held=wrong.message, problem=wrong)
    is_read = known is not None and _is_read(template, known, scene)
    ask = scene.kinds.need
    asked = known.need if known and is_read else ask(template.body, key, template.version)
    before = previous(key, known.assignment if known else None, scene)
    applied = known.applied if known else before.applied
    request = _request(template, choice.policy, asked, before)
    if arriving := arrivals.get((key.group, key.kind)):
        request = replace(request, arriving=arriving)
    assignment = _assigned(request, applied, known, scene)
    if assignment.is_scheduled or assignment.reason == "NoClusterFit":
        applied = applied_on(scene.fleet, request.placement, assignment.affinity)
    return Placed(
        template=template,
        choice=choice,
        need=asked,
        wants=_wants(template, choice.policy, known, scene),
        assignment=assignment,
        applied=applied,
        is_settled=_will_stay(request, assignment, applied, scene),
    )


def _lacking(policy: PropagationPolicy, scene: Scene) -> Problem | None:
    """What is wrong with a policy that waits for overrides which nobody wrote."""
    for number, name in enumerate(policy.spec.dependent_overrides or ()):
        if not scene.overrides.has(policy.namespace, name):
            kind = "OverridePolicy" if policy.namespace else "ClusterOverridePolicy"
            return Problem(
                path=policy.origin.path if policy.origin else "",
                line=policy.origin.line if policy.origin else 0,
                pointer=f"/spec/dependentOverrides/{number}",
                message=f"there is no {kind} {name!r}; until there is, what {policy} claims "
                "stays as it is",
                reason="OverrideMissing",
                key=policy_key(policy).id,
            )
    return None


def _request(
    template: Resource, policy: PropagationPolicy, asked: Need, before: Previous
) -> Request:
    return Request(
        key=template.key,
        api_version=template.api_version,
        uid=uid_of(template.key),
        need=asked,
        placement=policy.spec.placement,
        previous=before.shares,
        affinity=before.affinity,
        failback=policy.annotations.get(FAILBACK) == "true",
    )


def _assigned(request: Request, applied: str, known: Placed | None, scene: Scene) -> Assignment:
    """The scheduler's answer; the last one where it is to stay, or would only be said again."""
    last = known.assignment if known else None
    if settled(request, scene.fleet, applied):
        if last is not None and last.is_scheduled and last.shares == request.previous:
            return last
        found = schedule(request, scene.fleet, scene.options.scheduling)
        if found.is_scheduled and found.shares == request.previous:
            return found
        return stay(request, scene.fleet)
    found = _within(scene, schedule(request, scene.fleet, scene.options.scheduling))
    if last is None or not _is_said_again(last, found):
        return found
    return last if says_the_same(request, scene.last_fleet, scene.fleet) else found


def _is_said_again(last: Assignment, found: Assignment) -> bool:
    return (
        last.shares == found.shares
        and last.reason == found.reason
        and last.message == found.message
        and last.affinity == found.affinity
    )


def _within(scene: Scene, found: Assignment) -> Assignment:
    """The assignment without clusters that are none of the commit's any more."""
    if all(share.cluster in scene.members for share in found.shares):
        return found
    kept = tuple(share for share in found.shares if share.cluster in scene.members)
    return replace(found, shares=kept)


def _will_stay(request: Request, found: Assignment, applied: str, scene: Scene) -> bool:
    if not found.is_scheduled:
        return False
    after = request
    if request.previous != found.shares or request.affinity != found.affinity:
        after = replace(request, previous=found.shares, affinity=found.affinity)
    return settled(after, scene.fleet, applied)


def _wants(
    template: Resource, policy: PropagationPolicy, known: Placed | None, scene: Scene
) -> tuple[Dependency, ...]:
    """What is drawn along: one level, of what stands in a namespace."""
    if not policy.spec.propagate_deps or not template.key.namespace:
        return ()
    if known is not None and known.choice.policy is policy and _is_read(template, known, scene):
        return known.wants
    return scene.kinds.dependencies(template.body, template.key, template.version)


def _is_read(template: Resource, known: Placed, scene: Scene) -> bool:
    """Whether what is known was read from this object, by rules that are the same now."""
    key = template.key
    return known.template is template and (key.group, key.kind) not in scene.reread


def _is_same(last: Placed, found: Placed) -> bool:
    return (
        last.template is found.template
        and last.assignment is found.assignment
        and last.choice == found.choice
        and last.need == found.need
        and last.wants == found.wants
        and (last.applied, last.is_settled) == (found.applied, found.is_settled)
        and (last.held, last.problem) == (found.held, found.problem)
    )
