"""A fleet with stages whose members do at once what they are asked, turn by turn."""

from dataclasses import replace
from datetime import datetime, timedelta

from fakes.fleet import NOW, binding, decision, snapshot, web
from gitopsd.core.gate import Gated, gate
from gitopsd.core.load.rollouts import rollout
from gitopsd.model.claims import NO_CLAIMS
from gitopsd.model.delivery import ActionKind, Entry, Health, Outcome, Report
from gitopsd.model.gating import Gating
from gitopsd.model.memory import Memory
from gitopsd.model.resource import Origin, Resource, ResourceKey
from gitopsd.model.rollout import Rollout
from gitopsd.model.snapshot import Known


def order(*stages: dict, **spec: object) -> Rollout:
    """A Rollout with these stages, as the repository says them."""
    body = {"spec": {"stages": list(stages), **spec}}
    key = ResourceKey("gitopsd.io", "Rollout", "", "fleet")
    return rollout(Resource(key, "v1alpha1", body, Origin("rollout.yaml", 0, 1, "r")))


class Fleet:
    """Members by name with their labels; `ill` ones get nothing well, `away` ones do not answer."""

    def __init__(self, **labels: dict[str, str]) -> None:
        self.labels = labels
        self.has: dict[str, dict[ResourceKey, Entry]] = {name: {} for name in labels}
        self.ill: set[str] = set()
        self.away: set[str] = set()
        self.now: datetime = NOW
        self.before: Gated | None = None
        self.gating = Gating()
        self.said: Rollout | None = None

    def holding(self) -> dict[str, str]:
        """The image that each member runs, empty for none."""
        return {
            name: ", ".join(each.hash for each in own.values()) for name, own in self.has.items()
        }

    def restart(self) -> None:
        """A new process: only what the status branch says is left."""
        self.before = None

    def turn(self, image: str, seconds: float = 0, **asked: object) -> Gated:
        """One turn that wants this image everywhere, or `on` these members; then all is done.

        `shares` are replicas by member, `approved` the hashes of trailers.
        """
        self.now += timedelta(seconds=seconds)
        names = tuple(self.labels)
        template = replace(web(image), origin=Origin("shop/web.yaml", 0, 3, f"blob-{image}"))
        template = replace(template, origin=asked.get("origin", template.origin))
        bound = binding(template, tuple(asked.get("on", names)))
        shares = asked.get("shares", {})
        bound = replace(
            bound,
            manifests={
                name: replace(
                    each,
                    hash=f"{image}",
                    share=shares.get(name),
                    claims=asked.get("claims", NO_CLAIMS),
                )
                if name not in shares
                else replace(each, hash=f"{image}x{shares[name]}", share=shares[name])
                for name, each in bound.manifests.items()
            },
        )
        decided = decision(*((bound,) if image else ()), clusters=names)
        clusters = {
            name: replace(each, labels=self.labels[name]) for name, each in decided.clusters.items()
        }
        decided = replace(decided, clusters=clusters)
        shot = snapshot(decided)
        loaded = replace(
            shot.loaded, rollouts=(self.said,) if self.said else (), **asked.get("loaded", {})
        )
        tree = replace(shot.tree, approved=asked.get("approved", frozenset()))
        known = Known(
            {name: self.report(name, decided.commit) for name in names},
            Memory(gating=self.gating, applied=asked.get("applied", {})),
            self.now,
        )
        found = gate(replace(shot, loaded=loaded, tree=tree), decided, known, self.before)
        self._do(found)
        self.before, self.gating = found, found.gating
        return found

    def report(self, name: str, commit: str) -> Report:
        own = self.has[name]
        health = Health.FAILED if name in self.ill else Health.CURRENT
        outcomes = {
            key: Outcome(key, ActionKind.UNCHANGED, health=health, hash=each.hash)
            for key, each in own.items()
        }
        return Report(
            name,
            name not in self.away,
            inventory=dict(own),
            outcomes=outcomes,
            commit=commit,
            is_finished=True,
        )

    def _do(self, gated: Gated) -> None:
        for name, wanted in gated.wanted.items():
            if name in self.away:
                continue
            own = self.has[name]
            for key in wanted.deletions:
                own.pop(key, None)
            for key, each in wanted.manifests.items():
                own[key] = Entry(key, "v1", "uid", each.hash, share=each.share)
