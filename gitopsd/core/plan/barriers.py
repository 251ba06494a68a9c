"""What the objects of one wanted set wait for, made once for the set.

Comes in: the set. Goes out: `Barriers`, by which `ready.py` says who may go.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gitopsd.core.depends import definitions, holders, impossible, named
from gitopsd.core.hooks import Phase
from gitopsd.core.plan.run import Hook, hooks_of
from gitopsd.core.plan.webhooks import names_of
from gitopsd.kube.body import dig
from gitopsd.model.decision import Wanted
from gitopsd.model.delivery import Entry
from gitopsd.model.resource import ResourceKey

_SERVICE = ("apiregistration.k8s.io", "APIService")


@dataclass(frozen=True, slots=True, eq=False)
class Barriers:
    """`definitions` are the custom kinds of the set by the key of what defines them, `services` the
    groups of the set that an APIService of it serves.

    `waves` has every wave with its objects, empty where there is but one; `holders` the waves of
    definitions and namespaces. `needs` is what an object names, `impossible` those that can never
    go, with why. `webhooks` are the names of the webhooks of the set, `hooks` its hooks in their
    order, `needed` the objects without which those before the sync cannot be made.
    """

    definitions: Mapping[tuple[str, str], ResourceKey] = field(default_factory=dict)
    services: Mapping[str, ResourceKey] = field(default_factory=dict)
    waves: Mapping[int, tuple[ResourceKey, ...]] = field(default_factory=dict)
    holders: Mapping[ResourceKey, int] = field(default_factory=dict)
    needs: Mapping[ResourceKey, tuple[ResourceKey, ...]] = field(default_factory=dict)
    impossible: Mapping[ResourceKey, str] = field(default_factory=dict)
    webhooks: frozenset[str] = frozenset()
    hooks: tuple[Hook, ...] = ()
    needed: frozenset[ResourceKey] = frozenset()


def barriers(wanted: Wanted, entries: Mapping[ResourceKey, Entry] | None = None) -> Barriers:
    """The barriers within one wanted set; `entries` are what is recorded on the member."""
    manifests = wanted.manifests
    defined = definitions(manifests)
    hooks = tuple(hooks_of(wanted, entries).values())
    held = holders({**manifests, **{hook.key: hook.manifest for hook in hooks}}, defined)
    waves: dict[int, list[ResourceKey]] = {}
    needs: dict[ResourceKey, tuple[ResourceKey, ...]] = {}
    services: dict[str, ResourceKey] = {}
    groups = {key.group for key in manifests}
    for key, manifest in manifests.items():
        waves.setdefault(held.get(key, manifest.wave), []).append(key)
        if names := named(manifest.body):
            needs[key] = names
        if key[:2] == _SERVICE and (group := dig(manifest.body, "spec", "group")) in groups:
            services[group] = key
    return Barriers(
        definitions=defined,
        services=services,
        waves={wave: tuple(waves[wave]) for wave in sorted(waves)} if len(waves) > 1 else {},
        holders=held,
        needs=needs,
        impossible=impossible(manifests, needs),
        webhooks=names_of(manifests.values()),
        hooks=hooks,
        needed=_needed(hooks, defined),
    )


def _needed(
    hooks: Iterable[Hook], defined: Mapping[tuple[str, str], ResourceKey]
) -> frozenset[ResourceKey]:
    """The namespaces and definitions of hooks that come before everything else."""
    found: set[ResourceKey] = set()
    for hook in hooks:
        if hook.phase is Phase.PRE_SYNC:
            found.add(ResourceKey("", "Namespace", "", hook.key.namespace))
            found.update(key for kind, key in defined.items() if kind == hook.key[:2])
    return frozenset(found)
