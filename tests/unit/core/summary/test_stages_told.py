"""What a stage holds is told once for each stage and cluster, and makes no file move."""

import msgspec

from fakes.fleet import WEB
from fakes.rolling import Fleet
from gitopsd.cli import status
from gitopsd.core.summary import problems
from gitopsd.core.summary.rendered import folders
from gitopsd.core.summary.standing import members, overall
from gitopsd.kube import yaml


def waiting(*, ill: bool = False):
    """Two members; the change is on the first one."""
    found = Fleet(ap={"gitopsd.io/stage": "1"}, us={"gitopsd.io/stage": "2"})
    for _ in range(5):
        found.turn("a", 60)
    found.turn("b")
    if ill:
        found.ill = {"ap"}
        found.turn("b", 1)
    reports = {name: found.report(name, found.before.wanted[name].commit) for name in found.has}
    return found.before, reports


def test_what_waits_for_time_is_a_notice_and_nothing_is_finished() -> None:
    gated, reports = waiting()

    [told] = problems.of_member(gated.wanted["us"], reports["us"])
    stands = overall((), members(gated.wanted, reports, {}, {}))

    assert (told.severity, told.reason) == ("notice", "Stage")
    assert told.message == "1 object waits: stage 2: stage 1 is not done"
    assert (stands.is_finished, stands.failures) == (False, ())


def test_what_waits_for_a_person_makes_sync_fail() -> None:
    gated, reports = waiting(ill=True)

    [told] = problems.of_member(gated.wanted["us"], reports["us"])
    stands = overall((), members(gated.wanted, reports, {}, {}))

    assert told.severity == "warning"
    assert stands.is_finished
    assert stands.failures == ("us: 1 object waits: stage 2: stage 1 is not done",)


def test_the_rendered_folder_keeps_what_a_stage_holds() -> None:
    gated, _ = waiting()

    found = folders(gated.wanted, {})

    path = "us/shop/deployment.apps-web.yaml"
    assert WEB in gated.wanted["us"].guarded
    assert found["us"].files == {path: None}


def test_status_shows_the_stages() -> None:
    gated, _ = waiting()
    lines = msgspec.to_builtins(gated.gating.rolling.stages)
    files = {"status.yaml": yaml.dump({"phase": "Progressing", "stages": lines}).encode()}

    assert status.text(files).splitlines()[2:] == [
        "",
        "STAGE   STATE     CLUSTERS   MESSAGE",
        "1       Open      0/1        waits for ap to be well",
        "2       Waiting   0/1        stage 1 is not done",
    ]
