"""Whatever happens, a process that starts anew writes the same files as one that went on."""

import dataclasses

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes import fleet
from gitopsd.core.summary import Cache, read_memory, renewed, summarise
from gitopsd.model.decision import Share
from gitopsd.model.delivery import ActionKind, Health, Outcome
from gitopsd.model.memory import Memory
from gitopsd.model.resource import Origin, Resource, ResourceKey

CLUSTERS = ("ap-1", "eu-1", "us-1")
NAMES = ("api", "orders", "web")


@st.composite
def worlds(draw):
    """One turn: who is placed where, with what image, and what each member says of it."""
    bindings = []
    for name in draw(st.sets(st.sampled_from(NAMES), max_size=3).map(sorted)):
        clusters = tuple(sorted(draw(st.sets(st.sampled_from(CLUSTERS)))))
        image = draw(st.sampled_from(["nginx:1", "nginx:2"]))
        preserve = draw(st.sampled_from([None, False, True]))
        bindings.append(placed(name, clusters, image, preserve))
    decided = fleet.decision(*bindings, clusters=CLUSTERS)
    asked = fleet.wanted(decided)
    guarded = draw(st.sets(st.sampled_from(CLUSTERS)))
    gone = ResourceKey("", "ConfigMap", "shop", "gone")
    asked = {
        name: dataclasses.replace(each, guarded={gone: "TooMany"}) if name in guarded else each
        for name, each in asked.items()
    }
    reports = [said(draw, asked[name]) for name in CLUSTERS if draw(st.integers(0, 5))]
    return decided, asked, fleet.known(*reports)


def placed(name, clusters, image, preserve):
    body = fleet.web(image).body
    body = {**body, "metadata": {"name": name, "namespace": f"team-{name[0]}"}}
    key = ResourceKey("apps", "Deployment", f"team-{name[0]}", name)
    template = Resource(key, "v1", body, Origin(f"{name}.yaml", 0, 1, image))
    binding = fleet.binding(template, clusters, 2)
    shares = tuple(Share(cluster, 2) for cluster in clusters)
    return dataclasses.replace(
        binding,
        assignment=dataclasses.replace(binding.assignment, shares=shares),
        preserve=preserve,
    )


def said(draw, asked):
    outcomes = []
    for manifest in asked.manifests.values():
        kind = draw(st.sampled_from(["none", "fine", "slow", "failed", "skipped"]))
        if kind == "fine":
            outcomes.append(fleet.outcome(manifest, status={"readyReplicas": 2}))
        elif kind == "slow":
            outcomes.append(fleet.outcome(manifest, Health.IN_PROGRESS))
        elif kind == "failed":
            outcomes.append(Outcome(manifest.key, ActionKind.FAIL, "Forbidden", "may not"))
        elif kind == "skipped":
            outcomes.append(Outcome(manifest.key, ActionKind.SKIP, "Suspended"))
    report = fleet.report(asked, *outcomes, reachable=draw(st.booleans()))
    return report if draw(st.integers(0, 3)) else dataclasses.replace(report, inventory=None)


@settings(max_examples=300, deadline=None)
@given(st.lists(worlds(), min_size=1, max_size=4))
def test_starting_anew_writes_the_same_files(turns):
    cache, memory, own, last = Cache(), Memory(), Memory(), None
    for decided, asked, known in turns:
        snapshot = fleet.snapshot(decided)
        anew = dataclasses.replace(known, memory=memory)
        known = dataclasses.replace(known, memory=own)

        on, cache = summarise(snapshot, decided, asked, known, cache)
        fresh, _ = summarise(snapshot, decided, asked, anew, Cache())

        assert dict(fresh.status) == dict(on.status)
        assert dict(fresh.rendered) == dict(on.rendered)
        memory = read_memory(on.status)
        own, last = renewed(known, decided, last), decided
        # Reports come and go here; a process that goes on keeps what a member held last.
        own = msgspec.structs.replace(own, applied=memory.applied)
