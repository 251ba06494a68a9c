"""Who waits for whom: namespaces, definitions, waves, what is named, and removals last."""

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
    annotations = {"config.kubernetes.io/depends-on": depends_on} if depends_on else {}
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
    ("outcomes", "go"),
    [
        ([], [MAP]),
        ([done(MAP, Health.IN_PROGRESS)], []),
        ([failed(MAP)], []),
        ([done(MAP)], [OTHER]),
        ([done(MAP), done(OTHER)], [WEB]),
    ],
)
def test_a_wave_waits_for_the_one_before(outcomes, go) -> None:
    found, waiting = asked(
        manifest(MAP, wave=-1), manifest(OTHER), manifest(WEB, wave=2), outcomes=outcomes
    )

    assert found == go
    assert set(waiting.values()) <= {"DependencyNotReady"}


def test_definitions_and_namespaces_go_before_all_waves() -> None:
    first = manifest(MAP, wave=-5)

    go, _ = asked(first, manifest(SHOP, wave=9), definition(), manifest(WEB, wave=9))

    assert go == [SHOP, DEFINITION, MAP]


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
