"""Which deletions need a person, and how a person allows them."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from fakes.fleet import NOW, WEB, binding, decision, known, manifest, policy, snapshot, web
from gitopsd.core.gate import gate
from gitopsd.core.summary.memory import gating_file, read_gating
from gitopsd.model.delivery import Entry, Report
from gitopsd.model.gating import Approval, Guards
from gitopsd.model.policy import ClusterAffinity, Placement, PropagationSpec
from gitopsd.model.resource import ResourceKey
from gitopsd.model.snapshot import Configuration

CRD = ("apiextensions.k8s.io", "CustomResourceDefinition")


def maps(count: int, namespace: str = "shop", start: int = 0) -> list[ResourceKey]:
    numbers = range(start, start + count)
    return [ResourceKey("", "ConfigMap", namespace, f"map-{n}") for n in numbers]


def held(*keys: ResourceKey, flags: tuple[str, ...] = ()) -> dict[ResourceKey, Entry]:
    return {key: Entry(key, "v1", "uid", flags=flags) for key in keys}


def fleet(inventories, wanted=(), *, templates=(), bindings=()):
    """Several members with their inventories, of which each is to keep the keys in `wanted`.

    `templates` stand in the repository.
    """
    decided = decision(*bindings, clusters=tuple(inventories))
    manifests = {key: replace(manifest(web()), key=key) for key in wanted}
    decided = replace(
        decided,
        manifests={
            name: own | decided.manifests[name]
            for name, own in dict.fromkeys(inventories, manifests).items()
        },
    )
    taken = snapshot(decided)
    found = {**taken.loaded.templates, **{key: web() for key in templates}}
    taken = replace(taken, loaded=replace(taken.loaded, templates=found))
    reports = [Report(name, True, inventory=own) for name, own in inventories.items()]
    return taken, decided, known(*reports)


def world(inventory, wanted=(), *, kept=(), guards=None, tree=None, approvals=()):
    """One member `eu` that holds an inventory; of it these keys are wanted and these held."""
    decided = decision(clusters=("eu",))
    manifests = {key: replace(manifest(web()), key=key) for key in wanted}
    decided = replace(
        decided, manifests={"eu": manifests}, held={"eu": dict.fromkeys(kept, "in doubt")}
    )
    taken = snapshot(decided)
    loaded = replace(
        taken.loaded, configuration=Configuration(guards=guards or Guards()), approvals=approvals
    )
    taken = replace(taken, loaded=loaded, tree=replace(taken.tree, **(tree or {})))
    report = Report("eu", True, inventory=inventory)
    return taken, decided, known(report)


def verdict(*args, **more):
    """What may be deleted, and the guard that holds the rest."""
    wanted = gate(*world(*args, **more), None).wanted["eu"]
    return len(wanted.deletions), set(wanted.guarded.values())


@pytest.mark.parametrize(
    ("total", "deleted", "expected"),
    [
        (10, 5, (5, set())),
        (30, 6, (6, set())),
        (29, 6, (0, {"TooMany"})),
        (1000, 200, (200, set())),
        (1000, 201, (0, {"TooMany"})),
        (7, 6, (0, {"TooMany"})),
    ],
)
def test_more_than_five_objects_and_a_fifth_of_a_set_are_too_many(total, deleted, expected) -> None:
    keys = maps(total)

    assert verdict(held(*keys), keys[deleted:]) == expected


@pytest.mark.parametrize(
    ("total", "deleted", "expected"),
    [
        (10, 2, (2, set())),
        (30, 3, (3, set())),
        (29, 3, (0, {"TooMany"})),
        (10, 5, (0, {"TooMany"})),
    ],
)
def test_a_rewritten_history_halves_both(total, deleted, expected) -> None:
    keys = maps(total)

    assert verdict(held(*keys), keys[deleted:], tree={"anomaly": "ForcePush"}) == expected


def test_the_thresholds_are_halved_until_what_came_with_it_is_done() -> None:
    keys = maps(30)
    rewritten = gate(*world(held(*keys), keys[4:], tree={"anomaly": "ForcePush"}), None)

    other = gate(*world(held(*keys), keys[4:], tree={"commit": "2"}), rewritten)
    done = gate(*world(held(*keys), keys[1:], tree={"commit": "3"}), other)
    after = gate(*world(held(*keys), [keys[0], *keys[5:]], tree={"commit": "4"}), done)

    assert [guards(each) for each in (rewritten, other)] == [{"eu": "TooMany"}] * 2
    assert [guards(each) for each in (done, after)] == [{}, {}]


def test_records_of_hooks_and_of_namespaces_make_no_set_larger() -> None:
    all_of_them = maps(29)
    records = held(*maps(2, "other"), flags=("hook",))

    found = verdict({**held(*all_of_them), **records}, all_of_them[6:])

    assert found == (0, {"TooMany"})


def test_an_empty_set_is_always_held() -> None:
    assert verdict(held(*maps(1))) == (0, {"EmptySet"})


def test_a_set_of_which_something_is_held_is_not_empty() -> None:
    keys = maps(2)

    assert verdict(held(*keys), kept=keys[:1]) == (1, set())


def test_the_end_of_all_namespaces_is_always_held() -> None:
    one, two, left = maps(1, "one"), maps(1, "two"), [ResourceKey(*CRD, "", "cakes")]

    assert verdict(held(*one, *two, *left), left) == (0, {"AllNamespaces"})


def test_the_end_of_one_of_two_namespaces_is_not() -> None:
    one, two = maps(1, "one"), maps(1, "two")

    assert verdict(held(*one, *two), two) == (1, set())


@pytest.mark.parametrize(
    "key",
    [
        ResourceKey("", "Namespace", "", "shop"),
        ResourceKey(*CRD, "", "cakes.shop.example"),
        ResourceKey("", "PersistentVolumeClaim", "shop", "data"),
    ],
)
def test_what_holds_content_is_always_held(key) -> None:
    keys = maps(9)

    assert verdict(held(key, *keys), keys) == (0, {"HoldsContent"})


def test_a_guard_holds_all_deletions_of_its_member() -> None:
    keys = maps(9)
    claim = ResourceKey("", "PersistentVolumeClaim", "shop", "data")

    gated = gate(*world(held(claim, *keys), keys[1:]), None)

    assert gated.wanted["eu"].guarded == {keys[0]: "HoldsContent", claim: "HoldsContent"}
    assert gated.wanted["eu"].manifests.keys() == set(keys[1:])


@pytest.mark.parametrize("flag", ["createdNamespace", "hook", "kept"])
def test_what_is_never_pruned_is_no_deletion(flag) -> None:
    keys = maps(3)
    inventory = held(*keys[:2]) | held(keys[2], flags=(flag,))

    gated = gate(*world(inventory, keys[:2]), None)

    assert (gated.wanted["eu"].deletions, gated.wanted["eu"].guarded) == (frozenset(), {})


def test_what_was_to_be_preserved_is_released_by_name() -> None:
    keys = maps(3)
    inventory = held(keys[0]) | held(*keys[1:], flags=("kept",))

    gated = gate(*world(inventory, keys[:1], kept=keys[2:]), None)

    assert gated.wanted["eu"].releases == {keys[1]}


def test_what_is_in_doubt_is_no_deletion() -> None:
    keys = maps(3)

    gated = gate(*world(held(*keys), keys[:1], kept=keys[1:2]), None)

    assert gated.wanted["eu"].deletions == {keys[2]}
    assert gated.wanted["eu"].kept == {keys[1]: "in doubt"}


def test_a_member_whose_inventory_was_never_read_deletes_and_releases_nothing() -> None:
    wanted = gate(*world(None), None).wanted["eu"]

    assert (wanted.deletions, wanted.releases, wanted.guarded) == (frozenset(), frozenset(), {})


# Over all members


def guards(gated) -> dict[str, str]:
    return {trip.cluster: trip.guard for trip in gated.tripped}


def test_a_few_of_each_member_are_too_many_in_all() -> None:
    keys = maps(10)

    found = gate(*fleet(dict.fromkeys(("ap", "eu", "us"), held(*keys)), keys[3:]), None)

    assert guards(found) == dict.fromkeys(("ap", "eu", "us"), "TooManyInAll")
    assert found.tripped[0].reason == (
        "9 of 30 objects on all clusters together would go; more than 5 and 20 % needs an approval"
    )


def test_a_fifth_of_all_is_not() -> None:
    keys = maps(10)

    found = gate(*fleet(dict.fromkeys(("ap", "eu", "us"), held(*keys)), keys[2:]), None)

    assert guards(found) == {}


NAMES = tuple(f"c{n}" for n in range(20))
HELD = {name: held(WEB, *maps(20)) for name in NAMES}


def selecting(*names: str):
    """`web` goes to these clusters, by a policy that selects them by name."""
    spec = PropagationSpec(placement=Placement(ClusterAffinity(cluster_names=names)))
    bound = binding(web(), names)
    return replace(bound, policy=replace(policy(), spec=spec))


@pytest.mark.parametrize(("lost", "expected"), [(1, 0), (2, 0), (3, 3), (19, 19)])
def test_more_than_one_cluster_and_a_tenth_removed_from_a_selection_are_held(lost, expected):
    bound = selecting(*NAMES[lost:])

    found = gate(*fleet(HELD, maps(20), bindings=(bound,)), None)

    assert guards(found) == dict.fromkeys(NAMES[:expected], "ClustersRemoved")


def test_clusters_that_are_selected_and_lose_it_for_another_reason_are_not() -> None:
    bound = replace(binding(web(), NAMES[10:]), policy=policy())

    assert guards(gate(*fleet(HELD, maps(20), bindings=(bound,)), None)) == {}


def test_what_only_follows_others_was_never_selected() -> None:
    drawn = replace(binding(web(), NAMES[10:]), policy=None)

    assert guards(gate(*fleet(HELD, maps(20), bindings=(drawn,)), None)) == {}


def test_what_no_policy_claims_any_more_was_meant() -> None:
    assert guards(gate(*fleet(HELD, maps(20), templates=(WEB,)), None)) == {}


def test_what_is_gone_from_the_repository_was_meant() -> None:
    assert guards(gate(*fleet(HELD, maps(20)), None)) == {}


# Moving data


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"volumeClaimTemplates": [{"metadata": {"name": "data"}}]}, {"eu": "MovesData"}),
        (
            {"template": {"spec": {"volumes": [{"persistentVolumeClaim": {"claimName": "d"}}]}}},
            {"eu": "MovesData"},
        ),
        ({"template": {"spec": {"volumes": [{"emptyDir": {}}, None]}}}, {}),
        ({"volumes": {"odd": "shape"}}, {}),
    ],
)
def test_a_workload_that_leaves_its_volumes_behind_is_held(spec, expected) -> None:
    template = replace(web(), body={**web().body, "spec": spec})
    inventories = {"eu": held(WEB, *maps(9)), "us": held(*maps(9))}

    found = gate(*fleet(inventories, maps(9), bindings=(binding(template, ("us",)),)), None)

    assert guards(found) == expected


# What the repository says of what is not wanted here any more


def test_a_template_that_is_left_says_whether_it_is_kept_or_may_be_lost() -> None:
    keys = maps(3)
    said = {keys[0]: "gitopsd.io/allow-data-loss: true", keys[1]: "gitopsd.io/prune: disabled"}
    taken, decided, seen = world(held(*maps(9)), maps(9)[3:])
    templates = {
        key: replace(
            web(), body={"metadata": {"annotations": dict([said.get(key, "a: b").split(": ")])}}
        )
        for key in keys
    }
    taken = replace(taken, loaded=replace(taken.loaded, templates=templates))

    found = gate(taken, decided, seen, None).wanted["eu"]

    assert found.deletions == set(keys)
    assert found.expendable == {keys[0]}
    assert found.protected == {keys[1]: "gitopsd.io/prune: disabled"}


# Leaving members


def test_a_member_that_is_leaving_is_asked_by_its_cluster() -> None:
    taken, decided, seen = world(held(*maps(9)))
    clusters = {"eu": replace(decided.clusters["eu"], leaving=True)}
    taken = replace(taken, loaded=replace(taken.loaded, clusters=clusters))

    found = gate(taken, replace(decided, clusters=clusters), seen, None)

    assert found.wanted["eu"].deletions == set(maps(9))


@pytest.mark.parametrize(
    ("left", "stay", "expected"),
    [(1, 1, {}), (2, 18, {}), (2, 17, "ClustersLeft"), (1, 0, "ClustersLeft")],
)
def test_many_that_left_or_the_last_one_are_not_emptied_unasked(left, stay, expected) -> None:
    names = [f"c{n:02}" for n in range(left + stay)]
    taken, decided, seen = fleet(dict.fromkeys(names, held(*maps(9))), maps(9))
    clusters = {
        name: replace(each, leaving=name in names[:left]) for name, each in decided.clusters.items()
    }
    wanted = {name: {} if name in names[:left] else own for name, own in decided.manifests.items()}
    decided = replace(decided, clusters=clusters, manifests=wanted)
    committed = {name: clusters[name] for name in names[left:]}
    taken = replace(taken, loaded=replace(taken.loaded, clusters=committed))

    found = gate(taken, decided, seen, None)

    assert guards(found) == (dict.fromkeys(names[:left], expected) if expected else {})


@pytest.mark.parametrize(
    ("inventory", "expected"), [({}, True), (None, False), (held(*maps(1)), False)]
)
def test_its_inventory_goes_once_nothing_is_left_in_it(inventory, expected) -> None:
    taken, decided, seen = world(inventory)
    leaving = replace(decided.clusters["eu"], leaving=True)

    found = gate(taken, replace(decided, clusters={"eu": leaving}), seen, None)

    assert found.wanted["eu"].is_last is expected


def test_that_of_a_member_that_stays_does_not() -> None:
    assert not gate(*world({}), None).wanted["eu"].is_last


# Thresholds


def test_a_commit_may_tighten_the_guards_at_once() -> None:
    keys = maps(10)

    guards = Guards(max_deleted_percent=0, max_deleted_objects=0)

    assert verdict(held(*keys), keys[1:], guards=guards) == (0, {"TooMany"})


def test_a_commit_that_loosens_a_guard_is_held_by_it_and_the_next_one_is_not() -> None:
    keys = maps(20)
    loose = Guards(max_deleted_percent=90, max_deleted_objects=90)
    taken, decided, about = world(held(*keys), keys)
    first = gate(taken, decided, about, None)

    second = gate(*world(held(*keys), keys[10:], guards=loose, tree={"commit": "2"}), first)
    again = gate(*world(held(*keys), keys[10:], guards=loose, tree={"commit": "2"}), second)
    third = gate(*world(held(*keys), keys[10:], guards=loose, tree={"commit": "3"}), again)

    assert [each.wanted["eu"].guarded != {} for each in (second, again, third)] == [
        True,
        True,
        False,
    ]


# Approvals


def test_an_approval_covers_its_deletions_and_fewer() -> None:
    keys = maps(20)
    covers = frozenset(f"eu/{key.id}" for key in keys[:12])

    found = [
        verdict(held(*keys), keys[count:], approvals=(Approval("a", covers),))
        for count in (12, 10, 13)
    ]

    assert found == [(12, set()), (10, set()), (0, {"TooMany"})]


@pytest.mark.parametrize(
    ("ends", "expected"),
    [(timedelta(seconds=1), (10, set())), (timedelta(0), (0, {"TooMany"}))],
)
def test_an_approval_ends(ends, expected) -> None:
    keys = maps(20)
    covers = frozenset(f"eu/{key.id}" for key in keys)

    approval = Approval("a", covers, NOW + ends)

    assert verdict(held(*keys), keys[10:], approvals=(approval,)) == expected


def test_an_approval_of_another_member_covers_nothing() -> None:
    keys = maps(20)
    covers = frozenset(f"us/{key.id}" for key in keys)

    assert verdict(held(*keys), keys[10:], approvals=(Approval("a", covers),)) == (0, {"TooMany"})


def test_a_trailer_that_names_the_hash_allows_all() -> None:
    keys = maps(20)
    hashed = gate(*world(held(*keys), keys[10:]), None).deletions

    assert verdict(held(*keys), keys[10:], tree={"approved": {hashed}}) == (10, set())
    assert verdict(held(*keys), keys[11:], tree={"approved": {hashed}}) == (0, {"TooMany"})


def test_what_a_trailer_allowed_stays_allowed_while_it_is_being_done() -> None:
    keys = maps(30)
    hashed = gate(*world(held(*keys), keys[20:]), None).deletions
    first = gate(*world(held(*keys), keys[20:], tree={"approved": {hashed}}), None)

    half_done = gate(*world(held(*keys[10:]), keys[20:], tree={"commit": "2"}), first)
    more = gate(*world(held(*keys[10:]), keys[21:], tree={"commit": "3"}), half_done)

    assert len(first.wanted["eu"].deletions) == 20
    assert len(half_done.wanted["eu"].deletions) == 10
    assert set(more.wanted["eu"].guarded.values()) == {"TooMany"}


def test_a_new_process_knows_what_a_trailer_allowed() -> None:
    keys = maps(30)
    hashed = gate(*world(held(*keys), keys[20:]), None).deletions
    first = gate(*world(held(*keys), keys[20:], tree={"approved": {hashed}}), None)
    taken, decided, seen = world(held(*keys[10:]), keys[20:])

    memory = msgspec.structs.replace(seen.memory, gating=read_gating(gating_file(first.gating)))
    found = gate(taken, decided, replace(seen, memory=memory), None)

    assert len(found.wanted["eu"].deletions) == 10


def test_what_was_allowed_on_a_member_that_is_not_read_yet_stays_allowed() -> None:
    keys = maps(30)
    hashed = gate(*world(held(*keys), keys[20:]), None).deletions
    first = gate(*world(held(*keys), keys[20:], tree={"approved": {hashed}}), None)

    unread = gate(*world(None, keys[20:]), first)
    after = gate(*world(held(*keys), keys[20:]), unread)

    assert len(after.wanted["eu"].deletions) == 20


def test_nothing_is_deleted_before_every_member_was_heard_of() -> None:
    keys = maps(10)
    taken, decided, seen = fleet({"eu": held(*keys), "us": held(*keys)}, keys[1:])
    alone = replace(seen, reports={"us": seen.reports["us"]})

    found = gate(taken, decided, alone, None).wanted["us"]

    assert found.deletions == frozenset()
    assert found.guarded == {keys[0]: "NotHeardYet"}
    assert found.reasons == {"NotHeardYet": "eu was not heard of yet"}


def test_without_deletions_there_is_nothing_to_approve() -> None:
    assert gate(*world(held(*maps(2)), maps(2)), None).deletions == ""
