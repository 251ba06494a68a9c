"""Laws of what may be deleted, over fleets that are edited, lost and read again as time goes by."""

from dataclasses import dataclass, replace
from datetime import timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.fleet import NOW, binding, decision, known, manifest, snapshot, web
from gitopsd.core.gate import gate
from gitopsd.core.summary.memory import gating_file, read_gating
from gitopsd.model.delivery import ActionKind, Entry, Health, Outcome, Report
from gitopsd.model.resource import ResourceKey

CLUSTERS = ("ap", "eu", "us")
KEYS = (
    ResourceKey("", "ConfigMap", "shop", "a"),
    ResourceKey("", "ConfigMap", "other", "b"),
    ResourceKey("apps", "Deployment", "shop", "web"),
    ResourceKey("", "Namespace", "", "shop"),
)
places = st.fixed_dictionaries({key: st.sets(st.sampled_from(CLUSTERS)) for key in KEYS})
reports = st.fixed_dictionaries(
    {
        name: st.tuples(
            st.sampled_from(["read", "read", "read", "lost", "unread", "unheard"]),
            st.sets(st.sampled_from(KEYS)),
            st.sampled_from([Health.CURRENT, Health.CURRENT, Health.FAILED]),
        )
        for name in CLUSTERS
    }
)


@dataclass(frozen=True)
class Moment:
    """What is wanted where, what members say, and what else a turn is told."""

    wanted: dict
    members: dict
    seconds: int
    commit: str
    allows: bool
    unread: str


moments = st.lists(
    st.builds(
        Moment,
        places,
        reports,
        st.integers(0, 700),
        st.sampled_from(["1", "2", "3"]),
        st.booleans(),
        st.sampled_from(["", "", "", "no answer"]),
    ),
    min_size=1,
    max_size=6,
)


def taken(moment: Moment, now, due: str):
    """A turn's snapshot, decision and knowledge; `due` is the hash that a trailer may name."""
    template = web()
    bindings = [
        binding(replace(template, key=key), tuple(sorted(names)))
        for key, names in moment.wanted.items()
        if names
    ]
    decided = decision(*bindings, clusters=CLUSTERS)
    shot = snapshot(decided)
    approved = frozenset({due}) if moment.allows else frozenset()
    tree = replace(shot.tree, commit=moment.commit, approved=approved)
    told = [
        Report(
            name,
            how != "lost",
            inventory=None if how == "unread" else {key: _entry(key) for key in has},
            outcomes={
                key: Outcome(key, ActionKind.UNCHANGED, health=health, hash=_entry(key).hash)
                for key in has
            },
        )
        for name, (how, has, health) in moment.members.items()
        if how != "unheard"
    ]
    return replace(shot, tree=tree), decided, replace(known(*told, now=now), unread=moment.unread)


def _entry(key: ResourceKey) -> Entry:
    return Entry(key, "v1", "u", manifest(replace(web(), key=key)).hash)


def courses(course):
    """Each turn's arguments, and the gate of a process that went through all of them."""
    now, before = NOW, None
    for moment in course:
        now += timedelta(seconds=moment.seconds)
        asked = taken(moment, now, before.deletions if before else "")
        gated = gate(*asked, before)
        yield asked, before, gated
        before = gated


@settings(deadline=None, max_examples=150)
@given(moments)
def test_a_process_that_starts_anew_allows_what_one_that_went_on_does(course):
    for (shot, decided, seen), before, gated in courses(course):
        left = read_gating(gating_file(before.gating)) if before else seen.memory.gating
        memory = msgspec.structs.replace(seen.memory, gating=left)

        fresh = gate(shot, decided, replace(seen, memory=memory), None)

        assert fresh.gating == gated.gating
        assert {name: each.deletions for name, each in fresh.wanted.items()} == {
            name: each.deletions for name, each in gated.wanted.items()
        }


@settings(deadline=None, max_examples=150)
@given(moments)
def test_only_what_a_member_has_and_is_not_to_have_is_deleted(course):
    for (_, decided, seen), _, gated in courses(course):
        for name, wanted in gated.wanted.items():
            report = seen.reports.get(name)
            has = (report.inventory if report else None) or {}

            assert wanted.deletions <= has.keys() - decided.manifests[name].keys()
            assert wanted.deletions.isdisjoint(wanted.guarded)
            assert set(wanted.guarded.values()) == set(wanted.reasons)


@settings(deadline=None, max_examples=150)
@given(moments)
def test_nothing_is_deleted_where_something_is_not_known(course):
    for (_, _, seen), _, gated in courses(course):
        is_known = not seen.unread and len(seen.reports) == len(CLUSTERS)

        assert is_known or not any(each.deletions for each in gated.wanted.values())


@settings(deadline=None, max_examples=150)
@given(moments)
def test_what_a_guard_holds_waits_for_a_person(course):
    for _, _, gated in courses(course):
        for trip in gated.tripped:
            assert gated.wanted[trip.cluster].deletions == frozenset()
            assert (
                not {f"{trip.cluster}/{key.id}" for key in trip.deletions} <= gated.gating.approved
            )
