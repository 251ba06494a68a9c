"""Laws of plans: they end, they delete nothing that was not named, and what is held they let be."""

from dataclasses import replace
from functools import reduce

import hypothesis.strategies as st
from hypothesis import given, settings

from fakes.fleet import NOW
from gitopsd.core.health import Finding
from gitopsd.core.plan import Deed, Found, Live, Observed, Step, entry_of, marks, plan
from gitopsd.core.plan.drift import owned
from gitopsd.model.api import Discovery, Served
from gitopsd.model.decision import Manifest, Wanted
from gitopsd.model.delivery import Entry, Health
from gitopsd.model.resource import Origin, ResourceKey

KINDS = (("", "ConfigMap"), ("", "Namespace"), ("", "PersistentVolumeClaim"))
KEYS = (
    *(ResourceKey("", "ConfigMap", "shop", name) for name in "abcd"),
    ResourceKey("", "PersistentVolumeClaim", "shop", "data"),
    ResourceKey("", "Namespace", "", "shop"),
    ResourceKey("", "Namespace", "", "kube-system"),
)
DISCOVERY = Discovery(
    {kind: Served(*kind, "v1", "x", True, frozenset(), ("v1",)) for kind in KINDS}, frozenset(), ()
)
OURS = owned(
    {
        "metadata": {
            "managedFields": [
                {"manager": "gitopsd", "operation": "Apply", "fieldsV1": {"f:data": {"f:word": {}}}}
            ]
        }
    },
    "gitopsd",
)

keys = st.sampled_from(KEYS)
some = st.frozensets(keys)
manifests = st.dictionaries(
    keys,
    st.builds(
        dict,
        hash=st.sampled_from(("h1", "h2")),
        conflict=st.sampled_from(("Abort", "Overwrite")),
        preserve=st.booleans(),
        suspended=st.booleans(),
    ),
).map(lambda found: {key: manifest(key, **more) for key, more in found.items()})
lives = st.builds(
    Live,
    uid=st.sampled_from(("u1", "u2")),
    version=st.just("7"),
    generation=st.just(1),
    fields=st.sampled_from((OURS, None)),
    is_terminating=st.booleans(),
    keep=st.sampled_from(("", "gitopsd.io/prune: disabled")),
    has_controller=st.booleans(),
    allows_loss=st.booleans(),
    finding=st.just(Finding(Health.CURRENT)),
    since=st.none(),
    status=st.none(),
)
entries = st.dictionaries(
    keys,
    st.tuples(
        st.sampled_from(("", "u1", "u2")),
        st.sampled_from(("", "h1", "h2")),
        st.sampled_from(((), ("kept",), ("createdNamespace",), ("pending",))),
    ),
).map(lambda found: {key: Entry(key, "v1", u, h, flags=f) for key, (u, h, f) in found.items()})
founds = st.none() | st.builds(Found, st.sampled_from(("u1", "u2")), st.sampled_from(("", "Helm")))


@st.composite
def wanteds(draw: st.DrawFn) -> Wanted:
    """What the gate may hand over: nothing is in two of its parts."""
    held = draw(manifests)
    rest = [key for key in KEYS if key not in held]
    parts = {
        key: draw(st.sampled_from(("deletions", "releases", "guarded", "kept", ""))) for key in rest
    }
    in_part = {part: [key for key in rest if parts[key] == part] for part in parts.values()}
    return Wanted(
        "eu",
        "c1",
        held,
        deletions=frozenset(in_part.get("deletions", ())),
        releases=frozenset(in_part.get("releases", ())),
        guarded=dict.fromkeys(in_part.get("guarded", ()), "TooMany"),
        kept=dict.fromkeys(in_part.get("kept", ()), "in doubt"),
    )


@st.composite
def members(draw: st.DrawFn) -> Observed:
    """A member in any state, as it was heard of."""
    live = draw(st.dictionaries(keys, lives))
    looked = draw(st.dictionaries(keys, founds))
    return Observed(
        DISCOVERY,
        live=live,
        entries=draw(entries),
        looked={key: found for key, found in looked.items() if key not in live},
        listed=set(draw(st.sampled_from((KINDS, KINDS[:1], ())))),
        namespaces={"shop"},
    )


@given(wanteds(), members())
def test_nothing_is_deleted_that_was_not_named(wanted: Wanted, seen: Observed) -> None:
    deleted = with_deed(plan(KEYS, wanted, seen, NOW), Deed.DELETE)

    assert deleted <= wanted.deletions - wanted.manifests.keys()


@given(wanteds(), members())
def test_nothing_is_deleted_that_is_not_recorded_or_another_object(
    wanted: Wanted, seen: Observed
) -> None:
    deleted = with_deed(plan(KEYS, wanted, seen, NOW), Deed.DELETE)

    assert deleted <= seen.entries.keys() & seen.live.keys()
    assert not {
        key
        for key in deleted
        if seen.live[key].fields is None and seen.live[key].uid != seen.entries[key].uid
    }


@given(wanteds(), members())
def test_nothing_protected_is_deleted(wanted: Wanted, seen: Observed) -> None:
    deleted = with_deed(plan(KEYS, wanted, seen, NOW), Deed.DELETE)

    assert not {
        key
        for key in deleted
        if seen.live[key].keep or seen.live[key].has_controller or key.name == "kube-system"
    }
    assert not {
        key
        for key in deleted
        if key.kind == "PersistentVolumeClaim" and not seen.live[key].allows_loss
    }


@given(wanteds(), members())
def test_what_is_held_or_not_named_has_no_deed(wanted: Wanted, seen: Observed) -> None:
    steps = plan(KEYS, wanted, seen, NOW)

    named = {*wanted.manifests, *wanted.deletions, *wanted.releases}
    assert {key for key, step in steps.items() if step.deed} <= named
    assert not {key for key in (*wanted.guarded, *wanted.kept) if steps[key].deed}


@given(wanteds(), members())
def test_what_is_ours_by_nothing_is_never_changed(wanted: Wanted, seen: Observed) -> None:
    """An object that was looked up and is not ours is applied only where its policy adopts."""
    steps = plan(KEYS, wanted, seen, NOW)

    foreign = {
        key
        for key, found in seen.looked.items()
        if found and (key not in seen.entries or seen.entries[key].uid != found.uid)
    }
    assert {steps[key].deed for key in foreign} <= {None, Deed.LOOK, Deed.ADOPT, Deed.FORGET}


@settings(max_examples=200)
@given(wanteds(), members())
def test_planning_after_applying_is_empty(wanted: Wanted, seen: Observed) -> None:
    there = {key: found for key, found in seen.looked.items() if found}
    seen = replace(seen, listed=set(KINDS), live=settled(seen.live))

    done = reduce(lambda now, _: after(plan(KEYS, wanted, now, NOW), now, there), range(6), seen)

    steps = plan(KEYS, wanted, done, NOW)
    assert {key: step.deed for key, step in steps.items() if step.deed} == {}


def with_deed(steps: dict[ResourceKey, Step], deed: Deed) -> set[ResourceKey]:
    return {key for key, step in steps.items() if step.deed is deed}


def settled(live: dict[ResourceKey, Live]) -> dict[ResourceKey, Live]:
    """What was being deleted is gone."""
    return {key: each for key, each in live.items() if not each.is_terminating}


def after(
    steps: dict[ResourceKey, Step], seen: Observed, there: dict[ResourceKey, Found]
) -> Observed:
    """What is known after every deed was done; `there` is what others have on the member."""
    live, known = dict(seen.live), dict(seen.entries)
    looked, accepted = dict(seen.looked), dict(seen.accepted)
    for key, step in steps.items():
        match step.deed:
            case Deed.LOOK:
                looked[key] = there.get(key)
            case Deed.CREATE | Deed.CHANGE | Deed.ADOPT:
                assert step.manifest is not None
                uid = live[key].uid if key in live else "u3"
                known[key] = entry_of(step.manifest, uid, *marks(step, known.get(key)))
                live[key] = Live(
                    uid, "8", 1, OURS, False, "", False, False, Finding(Health.CURRENT), None, None
                )
                accepted[key] = (step.manifest.hash, OURS)
                looked.pop(key, None)
            case Deed.DELETE | Deed.RELEASE | Deed.FORGET:
                live.pop(key, None)
                known.pop(key, None)
                looked.pop(key, None)
    return replace(seen, live=live, entries=known, looked=looked, accepted=accepted)


def manifest(key: ResourceKey, **more: object) -> Manifest:
    body = {"apiVersion": "v1", "kind": key.kind, "metadata": {}, "data": {"word": "ours"}}
    digest = str(more.pop("hash"))
    return Manifest(key, "v1", body, digest, Origin("a.yaml", 0, 1, "b"), **more)  # type: ignore[arg-type]
