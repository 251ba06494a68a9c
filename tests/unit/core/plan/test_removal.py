"""The way back: later waves first, and what depends on an object before the object."""

from gitopsd.core.health import Finding
from gitopsd.core.plan import Deed, Live, Observed, Step
from gitopsd.core.plan.removal import removable
from gitopsd.model.api import Discovery
from gitopsd.model.decision import Wanted
from gitopsd.model.delivery import Entry, Health
from gitopsd.model.resource import ResourceKey

A, B, C = (ResourceKey("", "ConfigMap", "shop", name) for name in "abc")
SHOP = ResourceKey("", "Namespace", "", "shop")


def live(*needs: ResourceKey, is_terminating: bool = False) -> Live:
    finding = Finding(Health.CURRENT)
    return Live(
        "u", "1", 1, b"", is_terminating, "", False, False, finding, None, None, needs=needs
    )


def going(lives: dict, waves: dict | None = None, due: tuple = (A, B, C)) -> list[ResourceKey]:
    """What may be taken away of what is due."""
    entries = {key: Entry(key, "v1", wave=wave) for key, wave in (waves or {}).items()}
    seen = Observed(Discovery({}, frozenset(), ()), live=lives, entries=entries)
    wanted = Wanted("eu", "c1", {}, frozenset((A, B, C, SHOP)))
    return [step.key for step in removable([Step(key, Deed.DELETE) for key in due], wanted, seen)]


def test_a_later_wave_goes_before_an_earlier_one() -> None:
    waves = {A: 1, B: 0, C: 2}

    assert going({A: live(), B: live(), C: live()}, waves) == [C]
    assert going({A: live(), B: live(), C: live(is_terminating=True)}, waves, (A, B)) == []
    assert going({A: live(), B: live()}, waves, (A, B)) == [A]
    assert going({B: live()}, waves, (B,)) == [B]


def test_a_later_wave_that_stays_for_a_reason_holds_nothing_up() -> None:
    assert going({A: live(), B: live(), C: live()}, {A: 1, B: 0, C: 2}, (A, B)) == [A]


def test_what_depends_on_an_object_goes_before_it() -> None:
    chain = {A: live(), B: live(A), C: live(B)}

    assert going(chain) == [C]
    assert going({A: live(), B: live(A, is_terminating=True)}, due=(A,)) == []
    assert going({A: live()}, due=(A,)) == [A]


def test_a_circle_goes_at_once() -> None:
    assert going({A: live(B), B: live(A)}, due=(A, B)) == [B, A]


def test_a_namespace_waits_for_all_waves() -> None:
    lives = {A: live(), SHOP: live()}

    assert going(lives, {A: 0, SHOP: 5}, (A, SHOP)) == [A]
    assert going({SHOP: live()}, {SHOP: 5}, (SHOP,)) == [SHOP]
