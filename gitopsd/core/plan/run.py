"""One run of a hook: its object has a name, a key and a hash of its own, by the set it runs for.

Comes in: what is wanted. Goes out: the hooks of the set as they run for it, and what is recorded of
a run. A set that is the same has the same runs, whichever process and commit it comes from.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from msgspec import structs

from gitopsd.core.hooks import Phase, Policy, is_generated, name_of_run, of_run, policies_of
from gitopsd.core.plan.order import apply_order
from gitopsd.kube.body import with_annotations
from gitopsd.kube.wire import hash_of
from gitopsd.model.decision import Manifest, Wanted
from gitopsd.model.delivery import Entry, Outcome
from gitopsd.model.resource import ResourceKey

RUN = "gitopsd.io/hook-run"
HOOK, DONE, FAILED, DUE, GENERATED = "hook", "done", "failed", "due", "generated"
_RUN = 16


@dataclass(frozen=True, slots=True, eq=False)
class Hook:
    """One run of a hook. `manifest` has the name, key and hash of the run, `template` is that of
    the repository, `run` names the set that it runs for.
    """

    template: Manifest
    manifest: Manifest
    phase: Phase
    run: str

    @property
    def key(self) -> ResourceKey:
        return self.manifest.key


Hooks = Mapping[ResourceKey, Hook]


def hooks_of(wanted: Wanted, entries: Mapping[ResourceKey, Entry] | None = None) -> Hooks:
    """The hooks of a set by their keys of this run, in the order of phase, wave and kind.

    What a mistake holds is part of the set as it was applied last: that nobody can read it any more
    is no reason to run again.
    """
    if not wanted.hooks:
        return {}
    every = (*wanted.manifests.values(), *wanted.hooks.values())
    held = ((entries or {}).get(key) for key in wanted.kept)
    set_ = {each.key.id: each.hash.partition("@")[0] for each in held if each is not None}
    set_ |= {each.key.id: each.hash for each in every}
    run = hash_of(sorted(set_.items()))[:_RUN]
    found = [_hook(each, run) for each in wanted.hooks.values()]
    return {each.key: each for each in sorted(found, key=_order)}


def _order(hook: Hook) -> tuple[Any, ...]:
    return list(Phase).index(hook.phase), *apply_order(hook.template.key, hook.template.wave)


def _hook(template: Manifest, run: str) -> Hook:
    key = template.key._replace(name=name_of_run(template.body, run))
    body = with_annotations(of_run(template.body, run), {RUN: run})
    manifest = replace(template, key=key, body=body, hash=f"{template.hash}@{run}")
    return Hook(template, manifest, Phase(template.hook), run)


def under_templates(
    outcomes: Mapping[ResourceKey, Outcome], hooks: Iterable[Hook]
) -> dict[ResourceKey, Outcome]:
    """The outcomes by the objects of the repository: a run with a name of its own has another."""
    found = dict(outcomes)
    for hook in hooks:
        template = hook.template.key
        if template != hook.key and (outcome := found.pop(hook.key, None)) is not None:
            found[template] = structs.replace(outcome, key=template)
    return found


def entry_of_hook(hook: Hook, uid: str, *flags: str) -> Entry:
    """What is recorded of a run."""
    manifest = hook.manifest
    is_swept = is_generated(hook.template.body) and (
        Policy.BEFORE_CREATION in policies_of(hook.template.body)
    )
    more = {GENERATED} if is_swept else set()
    return Entry(
        key=hook.key,
        version=manifest.version,
        uid=uid,
        hash=manifest.hash,
        wave=manifest.wave,
        path=manifest.origin.path,
        document=manifest.origin.document,
        flags=tuple(sorted({HOOK, *flags, *more})),
    )
