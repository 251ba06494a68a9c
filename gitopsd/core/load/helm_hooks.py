"""Hooks of helm in what a chart comes to: left out, or run as ours where the Chart asks for that.

Comes in: an object and whether its Chart has hooks run. Goes out: the object as it is kept, or why
it is left out. Ours run whenever anything changes on a member, and hold all of it while they fail:
so none of helm's becomes one unless somebody says so. Moments are taken as Argo CD takes them
(https://argo-cd.readthedocs.io/en/stable/user-guide/helm/#helm-hooks); what helm runs when a
release is removed or rolled back has no counterpart: nothing here is a release alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from gitopsd.core.depends import WAVE
from gitopsd.core.hooks import HOOK, POLICY, Phase, Policy
from gitopsd.kube.body import with_annotations
from gitopsd.model.resource import Resource

_HELM, _WEIGHT, _DELETE = "helm.sh/hook", "helm.sh/hook-weight", "helm.sh/hook-delete-policy"
# Helm makes a CRD like any other object, only earlier.
_KEPT = frozenset({"", "crd-install"})
_PHASES: Mapping[str, Phase] = {
    "pre-install": Phase.PRE_SYNC,
    "pre-upgrade": Phase.PRE_SYNC,
    "post-install": Phase.POST_SYNC,
    "post-upgrade": Phase.POST_SYNC,
}
_POLICIES: Mapping[str, Policy] = {
    "before-hook-creation": Policy.BEFORE_CREATION,
    "hook-succeeded": Policy.ON_SUCCESS,
    "hook-failed": Policy.ON_FAILURE,
}
_NOBODY = (
    f"which nobody runs here; left out (spec.hooks: run in its Chart, or {HOOK}, would have it run)"
)
_NO_MOMENT = f"which is not one moment of a sync; left out ({HOOK} would say one)"


def kept(each: Resource, *, are_run: bool) -> tuple[Resource | None, str]:
    """The object as it is kept and nothing, or None and why it is left out."""
    moments = _moments(each)
    if not moments:
        return each, ""
    told = f"is a hook of helm ({', '.join(moments)})"
    if not are_run:
        return None, f"{told}, {_NOBODY}"
    phases = {_PHASES.get(moment) for moment in moments}
    phase = phases.pop()
    if phase is None or phases:
        return None, f"{told}, {_NO_MOMENT}"
    return replace(each, body=with_annotations(each.body, dict(_ours(each, phase)))), ""


def _moments(each: Resource) -> list[str]:
    """The words of helm for when it runs; none for an object that is kept here."""
    annotations = each.annotations
    if HOOK in annotations:
        return []
    return sorted(set(_words(annotations.get(_HELM))) - _KEPT)


def _ours(each: Resource, phase: Phase) -> Iterator[tuple[str, str]]:
    yield HOOK, phase
    annotations = each.annotations
    policies = [_POLICIES[word] for word in _words(annotations.get(_DELETE)) if word in _POLICIES]
    if policies:
        yield POLICY, ",".join(policies)
    weight = str(annotations.get(_WEIGHT, "")).strip()
    if weight.removeprefix("-").isdecimal():
        yield WAVE, str(int(weight))


def _words(text: str | None) -> list[str]:
    return [word.strip() for word in (text or "").split(",")]
