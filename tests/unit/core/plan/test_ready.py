"""Who waits for whom: namespaces, definitions, waves, what is named, and removals last."""

from dataclasses import replace

import pytest

from gitopsd.core.plan import Deed, Observed, Step, barriers, ready
from gitopsd.kube.body import Body
from gitopsd.model.api import Discovery, Served
from gitopsd.model.decision import Manifest, Wanted
from gitopsd.model.delivery import ActionKind, Health, Outcome
from gitopsd.model.resource import Origin, ResourceKey

CRD = ("apiextensions.k8s.io", "CustomResourceDefinition")
DEFINITION = ResourceKey(*CRD, "", "cakes.shop.example")
CAKE = ResourceKey("shop.example", "Cake", "shop", "birthday")
SHOP = ResourceKey("", "Namespace", "", "shop")
ACCOUNT = ResourceKey("", "ServiceAccount", "shop", "web")
MAP = ResourceKey("", "ConfigMap", "shop", "web")
OTHER = ResourceKey("", "ConfigMap", "shop", "other")
WEB = ResourceKey("apps", "Deployment", "shop", "web")
HOOK = ResourceKey("admissionregistration.k8s.io", "ValidatingWebhookConfiguration", "", "web")


def manifest(key: ResourceKey, wave: int = 0, depends_on: str = "", **spec: object) -> Manifest:
    annotations = {"gitopsd.io/wave": str(wave)}
    if depends_on:
        annotations["config.kubernetes.io/depends-on"] = depends_on
    body: Body = {
        "apiVersion": f"{key.group}/v1" if key.group else "v1",
        "kind": key.kind,
        "metadata": {"name": key.name, "annotations": annotations},
        "spec": spec,
    }
    return Manifest(key, "v1", body, f"hash of {key.name}", Origin("a.yaml", 0, 1, "b"), wave=wave)


def definition() -> Manifest:
    return manifest(DEFINITION, group="shop.example", names={"kind": "Cake"})


def discovery(*keys: ResourceKey) -> Discovery:
    kinds = {
        key[:2]: Served(*key[:1], "v1", key.kind, "x", bool(key.namespace), frozenset(), ("v1",))
        for key in keys
    }
    return Discovery(kinds, frozenset(), ())


SERVED = (DEFINITION, SHOP, ACCOUNT, MAP, WEB, HOOK)


def seen(*also: ResourceKey, namespaces: tuple[str, ...] = ("shop",), live=()) -> Observed:
    return Observed(discovery(*SERVED, *also), namespaces=set(namespaces), live=dict.fromkeys(live))


def done(key: ResourceKey, health: Health = Health.CURRENT) -> Outcome:
    return Outcome(key, ActionKind.CREATE, health=health, hash=f"hash of {key.name}")


def failed(key: ResourceKey) -> Outcome:
    return Outcome(key, ActionKind.FAIL, "Invalid", "no such field")


def asked(*manifests: Manifest, saw: Observed | None = None, outcomes=(), only=()):
    """What may go, and why the rest waits; all is due but what has an outcome."""
    wanted = Wanted("eu", "c1", {each.key: each for each in manifests})
    told = {each.key: each for each in outcomes}
    due = [
        Step(each.key, Deed.CREATE, each)
        for each in manifests
        if each.key not in told and (not only or each.key in only)
    ]
    found = ready(due, wanted, barriers(wanted), saw or seen(), told)
    return [step.key for step in found.go], {
        key: each.reason for key, each in found.waiting.items()
    }


def test_what_waits_for_nothing_goes_in_the_order_of_kinds() -> None:
    go, waiting = asked(*map(manifest, (HOOK, WEB, OTHER, MAP, ACCOUNT)))

    assert go == [ACCOUNT, OTHER, MAP, WEB, HOOK]
    assert waiting == {}


def test_nothing_goes_before_its_namespace() -> None:
    go, waiting = asked(manifest(MAP), manifest(SHOP), saw=seen(namespaces=()))

    assert go == [SHOP]
    assert waiting == {MAP: "DependencyNotReady"}


def test_nothing_goes_where_its_namespace_failed() -> None:
    go, waiting = asked(
        manifest(MAP), manifest(SHOP), saw=seen(namespaces=()), outcomes=[failed(SHOP)]
    )

    assert (go, waiting) == ([], {MAP: "DependencyFailed"})


def test_nothing_goes_before_its_definition() -> None:
    go, waiting = asked(manifest(CAKE), manifest(MAP), definition())

    assert go == [DEFINITION, MAP]
    assert waiting == {CAKE: "CRDNotEstablished"}


@pytest.mark.parametrize(
    ("outcome", "saw"),
    [
        (done(DEFINITION, Health.IN_PROGRESS), seen(CAKE)),
        (done(DEFINITION), seen()),
        (failed(DEFINITION), seen(CAKE)),
    ],
    ids=["not established", "not served yet", "failed"],
)
def test_a_definition_must_be_established_and_served(outcome, saw) -> None:
    go, waiting = asked(manifest(CAKE), definition(), saw=saw, outcomes=[outcome])

    assert (go, waiting) == ([], {CAKE: "CRDNotEstablished"})


def test_then_its_objects_go() -> None:
    go, _ = asked(manifest(CAKE), definition(), saw=seen(CAKE), outcomes=[done(DEFINITION)])

    assert go == [CAKE]


def test_a_kind_that_nobody_defines_goes_and_is_refused_by_the_member() -> None:
    assert asked(manifest(CAKE)) == ([CAKE], {})


@pytest.mark.parametrize(
    ("outcomes", "go", "waiting"),
    [
        ([], [MAP], {WEB: "DependencyNotReady"}),
        ([done(MAP, Health.IN_PROGRESS)], [], {WEB: "DependencyNotReady"}),
        ([failed(MAP)], [], {WEB: "DependencyFailed"}),
        ([done(MAP)], [WEB], {}),
    ],
    ids=["not applied", "not current", "failed", "current"],
)
def test_what_an_object_names_comes_first(outcomes, go, waiting) -> None:
    needing = manifest(WEB, depends_on="/namespaces/shop/ConfigMap/web")

    assert asked(needing, manifest(MAP), outcomes=outcomes) == (go, waiting)


def test_what_an_object_names_must_be_wanted() -> None:
    needing = manifest(WEB, depends_on="/namespaces/shop/ConfigMap/nobody")

    assert asked(needing) == ([], {WEB: "DependencyFailed"})


def test_a_cluster_scoped_object_is_named_without_namespace() -> None:
    needing = manifest(
        WEB, depends_on="apiextensions.k8s.io/CustomResourceDefinition/cakes.shop.example"
    )

    go, waiting = asked(needing, definition())

    assert (go, waiting) == ([DEFINITION], {WEB: "DependencyNotReady"})


@pytest.mark.parametrize(
    ("outcomes", "go", "why"),
    [
        ([], [MAP], {"DependencyNotReady"}),
        ([done(MAP, Health.IN_PROGRESS)], [], {"DependencyNotReady"}),
        ([failed(MAP)], [], {"DependencyFailed"}),
        ([done(MAP, Health.FAILED)], [], {"DependencyFailed"}),
        ([done(MAP)], [OTHER], {"DependencyNotReady"}),
        ([done(MAP), done(OTHER)], [WEB], set()),
    ],
)
def test_a_wave_waits_for_the_one_before(outcomes, go, why) -> None:
    found, waiting = asked(
        manifest(MAP, wave=-1), manifest(OTHER), manifest(WEB, wave=2), outcomes=outcomes
    )

    assert found == go
    assert set(waiting.values()) == why


def test_a_namespace_goes_in_the_earliest_wave_of_what_lives_in_it() -> None:
    late = manifest(SHOP, wave=9)

    first, _ = asked(late, manifest(MAP, wave=-5), manifest(WEB, wave=1))
    alone, _ = asked(late, manifest(HOOK))

    assert first == [SHOP, MAP]
    assert alone == [HOOK]


def test_a_definition_goes_in_the_earliest_wave_of_its_kind() -> None:
    cake = manifest(CAKE, wave=-5)

    go, waiting = asked(definition(), cake, manifest(HOOK, wave=-1))

    assert go == [DEFINITION]
    assert waiting == {CAKE: "CRDNotEstablished", HOOK: "DependencyNotReady"}


# What never gets there


def stuck(*manifests: Manifest, saw: Observed | None = None, outcomes=()):
    """Of those that wait, the ones that nothing but news lets go."""
    wanted = Wanted("eu", "c1", {each.key: each for each in manifests})
    told = {each.key: each for each in outcomes}
    due = [Step(each.key, Deed.CREATE, each) for each in manifests if each.key not in told]
    return ready(due, wanted, barriers(wanted), saw or seen(), told).stuck


def test_what_waits_for_a_failure_is_stuck_and_what_waits_for_progress_is_not() -> None:
    needing = manifest(WEB, depends_on="/namespaces/shop/ConfigMap/web")
    map_ = manifest(MAP)

    assert stuck(needing, map_, outcomes=[failed(MAP)]) == {WEB}
    assert stuck(needing, map_, outcomes=[done(MAP, Health.FAILED)]) == {WEB}
    assert stuck(needing, map_, outcomes=[done(MAP, Health.IN_PROGRESS)]) == frozenset()


@pytest.mark.parametrize("reason", ["DependencyFailed", "AwaitingApproval"])
def test_what_waits_for_somebody_that_waits_for_ever_is_stuck_too(reason: str) -> None:
    needing = manifest(WEB, depends_on="/namespaces/shop/ConfigMap/web")
    waiting = Outcome(MAP, ActionKind.SKIP, reason)

    assert stuck(needing, manifest(MAP), outcomes=[waiting]) == {WEB}


def test_a_definition_that_is_late_or_failed_lets_its_objects_be_told_as_failed() -> None:
    progressing = done(DEFINITION, Health.IN_PROGRESS)
    late = replace(seen(), late={CAKE[:2]})

    assert stuck(manifest(CAKE), definition(), outcomes=[progressing]) == frozenset()
    assert stuck(manifest(CAKE), definition(), outcomes=[progressing], saw=late) == {CAKE}
    assert stuck(manifest(CAKE), definition(), outcomes=[failed(DEFINITION)]) == {CAKE}


def test_who_waits_for_himself_never_goes() -> None:
    one = manifest(MAP, depends_on="apps/namespaces/shop/Deployment/web")
    other = manifest(WEB, depends_on="/namespaces/shop/ConfigMap/web")

    assert asked(one, other) == ([], {MAP: "DependencyFailed", WEB: "DependencyFailed"})


# The server of a group

SERVICE = ResourceKey("apiregistration.k8s.io", "APIService", "", "v1.shop.example")


@pytest.mark.parametrize(
    ("outcomes", "waiting"),
    [
        ([done(SERVICE)], {}),
        ([done(SERVICE, Health.IN_PROGRESS)], {CAKE: "DependencyNotReady"}),
        ([done(SERVICE, Health.FAILED)], {CAKE: "DependencyFailed"}),
    ],
)
def test_objects_wait_for_the_api_service_of_their_group(outcomes, waiting) -> None:
    service = manifest(SERVICE, group="shop.example", version="v1")

    found = asked(service, manifest(CAKE), manifest(MAP), saw=seen(CAKE), outcomes=outcomes)

    assert found[1] == waiting
    assert MAP in found[0]


def test_nothing_waits_for_an_api_service_of_which_there_is_no_object() -> None:
    service = manifest(SERVICE, group="other.example", version="v1")

    found = asked(service, manifest(CAKE), saw=seen(CAKE), outcomes=[failed(SERVICE)])

    assert found == ([CAKE], {})


def test_what_is_suspended_or_not_ours_holds_no_wave_up() -> None:
    skipped = Outcome(MAP, ActionKind.SKIP, "NotOwned")

    assert asked(manifest(MAP), manifest(WEB, wave=1), outcomes=[skipped])[0] == [WEB]


# Removals


def removed(*keys: ResourceKey, applies=(), outcomes=(), live=None, manifests=()):
    """The removals that may go while these applies are due."""
    wanted = Wanted(
        "eu", "c1", {each.key: each for each in (*applies, *manifests)}, frozenset(keys)
    )
    due = [
        *(Step(each.key, Deed.CREATE, each) for each in applies),
        *(Step(key, Deed.DELETE) for key in keys),
    ]
    saw = seen(live=keys if live is None else live)
    found = ready(due, wanted, barriers(wanted), saw, {each.key: each for each in outcomes})
    return [step.key for step in found.go if step.deed is Deed.DELETE]


def test_removals_go_in_the_opposite_order() -> None:
    assert removed(ACCOUNT, MAP, OTHER, WEB, HOOK) == [HOOK, WEB, MAP, OTHER, ACCOUNT]


def test_removals_wait_until_nothing_else_can_go() -> None:
    assert removed(WEB, applies=[manifest(MAP)]) == []


def test_removals_do_not_wait_for_what_cannot_go() -> None:
    stuck = manifest(MAP, depends_on="/namespaces/shop/ConfigMap/nobody")

    assert removed(WEB, applies=[stuck]) == [WEB]


def test_removals_wait_for_the_last_wave() -> None:
    waves = (manifest(MAP), manifest(OTHER, wave=1))

    assert removed(WEB, manifests=waves, outcomes=[done(MAP)]) == []
    assert removed(WEB, manifests=waves, outcomes=[done(MAP), done(OTHER)]) == [WEB]


def test_definitions_and_namespaces_go_after_all_that_lives_in_them() -> None:
    everything = (CAKE, WEB, DEFINITION, SHOP)

    assert removed(*everything) == [CAKE, WEB]
    assert removed(DEFINITION, SHOP) == [DEFINITION]
    assert removed(SHOP) == [SHOP]


def test_what_is_gone_already_holds_nothing_up() -> None:
    assert removed(WEB, SHOP, live=[SHOP]) == [WEB, SHOP]
