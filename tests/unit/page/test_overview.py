"""The first screen: what README.md says, for browsers."""

from dataclasses import replace

from fakes import fleet
from fakes.browser import Browser
from gitopsd.model.memory import Landed
from gitopsd.model.page import ClusterLine, Page, Trouble, Workload
from gitopsd.model.problem import Severity
from gitopsd.model.resource import ResourceKey
from gitopsd.model.rollout import StageLine, StageState
from gitopsd.model.standing import Count, Standing
from gitopsd.page import notice, overview

WELL = {"ready": 2, "wanted": 2, "state": "Applied", "health": "Current"}
FAILED = {"ready": 0, "wanted": 2, "state": "Applied", "health": "Failed"}


def line(cluster, **more):
    return {"cluster": cluster, **WELL, **more}


def page(clusters=("eu-1", "us-1"), **more):
    counts = {name: Count(wanted=1, current=1) for name in clusters}
    parts = {
        "commit": fleet.COMMIT,
        "standing": Standing(True, True, (), counts),
        "clusters": [
            ClusterLine(name, "v1.36.3", True, True, "eu-central-1", "aws") for name in clusters
        ],
        "workloads": [Workload(fleet.WEB, tuple(line(name) for name in clusters))],
        "troubles": (),
        "history": (Landed(fleet.COMMIT, "First", "ann", "2026-01-02T03:04:05+00:00"),),
    }
    return Page(**{**parts, **more})


def seen(shown, warnings=(), **query):
    answer = overview(shown, warnings, query)
    assert answer.code == 200
    return Browser(answer.body.decode())


def test_a_small_fleet_is_a_matrix():
    browser = seen(page())

    assert browser.rows == [
        ["cluster", "state", "version", "region", "provider", "objects"],
        ["eu-1", "reachable", "v1.36.3", "eu-central-1", "aws", "1/1"],
        ["us-1", "reachable", "v1.36.3", "eu-central-1", "aws", "1/1"],
        ["workload", "eu-1", "us-1"],
        ["Deployment.apps shop/web", "2/2", "2/2"],
        ["commit", "what", "who", "when"],
        ["c0ffeec0ffee", "First", "ann", "2026-01-02T03:04:05+00:00"],
    ]
    assert "Synced" in browser.words
    assert "2 of 2 clusters reachable, 2 of 2 objects as wanted and healthy." in browser.words


def test_it_refers_to_nothing_but_itself():
    browser = seen(page())

    assert browser.links == ["/style.css", "/workloads/shop/Deployment.apps/web"]
    assert browser.elsewhere == []


def test_a_large_fleet_says_where_a_workload_is_not_well():
    names = tuple(f"c{number:02}" for number in range(40))
    lines = (*(line(name) for name in names[:-1]), line(names[-1], **FAILED))

    browser = seen(page(names, workloads=[Workload(fleet.WEB, lines)]))

    assert ["Deployment.apps shop/web", "39 of 40 well: c39 0/2 Failed"] in browser.rows


def test_long_tables_come_in_pages():
    workloads = [
        Workload(ResourceKey("apps", "Deployment", "shop", f"w{number:04}"), (line("eu-1"),))
        for number in range(1000)
    ]

    browser = seen(page(("eu-1",), workloads=workloads), workloads="3")

    rows = [row[0] for row in browser.rows if row[0].startswith("Deployment")]
    assert (len(rows), rows[0]) == (100, "Deployment.apps shop/w0200")
    assert "/?workloads=2" in browser.links
    assert "/?workloads=4" in browser.links
    assert "page 3 of 10" in " ".join(browser.words.split())


def test_only_what_is_not_well_can_be_asked_for():
    api = ResourceKey("apps", "Deployment", "shop", "api")
    lost = ResourceKey("apps", "Deployment", "shop", "lost")
    shown = page(
        workloads=[
            Workload(api, (line("eu-1", **FAILED),)),
            Workload(lost, ()),
            Workload(fleet.WEB, (line("eu-1"),)),
        ]
    )

    everything, unwell = seen(shown), seen(shown, show="unwell")

    assert "/?workloads=1&show=unwell" in everything.links
    assert [row for row in unwell.rows if row[0].startswith("Deployment")] == [
        ["Deployment.apps shop/api", "0/2 Failed", ""],
        ["Deployment.apps shop/lost", "nowhere", ""],
    ]


def test_a_query_that_makes_no_sense_shows_the_nearest_page():
    shown = page()

    assert {seen(shown, workloads=word).words for word in ("-1", "x", "9" * 30, "0", "7")} == {
        seen(shown).words
    }


def test_words_of_others_stay_words():
    evil = "<script>alert(1)</script> \"'&"
    trouble = Trouble(Severity.ERROR, "Invalid", evil, file=evil, line=3, pointer="/spec")
    landed = Landed(fleet.COMMIT, evil, evil, evil)

    browser = seen(page(troubles=[trouble], history=(landed,)), warnings=[evil])

    assert browser.words.count(evil) >= 6


def test_a_warning_says_what_is_out_of_date():
    browser = seen(page(), warnings=["The repository cannot be read: not now"])

    assert "The repository cannot be read: not now" in browser.words


def test_a_member_that_is_away_is_told_apart():
    away = ClusterLine("us-1", "", False, True, "", "")
    unknown = ClusterLine("xx-1", "", False, False, "", "")

    browser = seen(replace(page(), clusters=[away, unknown]))

    assert [row[1] for row in browser.rows[1:3]] == ["not reachable", "not known yet"]


def test_a_notice_that_asks_for_patience_looks_again():
    waiting = notice("Waiting", "the first turn is not done", 503)
    missing = notice("Not found", "There is no workload <x>.", 404)

    assert (waiting.code, b'http-equiv="refresh"' in waiting.body) == (503, True)
    assert (missing.code, b'http-equiv="refresh"' in missing.body) == (404, False)
    assert "There is no workload <x>." in Browser(missing.body.decode()).words


def test_a_change_under_way_shows_its_stages():
    stages = (
        StageLine("canary", StageState.DONE, 1, 1),
        StageLine("all", StageState.OPEN, 2, 1, "waits for <eu> to be well"),
    )

    browser = seen(page(stages=stages))

    assert browser.rows[:3] == [
        ["stage", "state", "clusters", "what it waits for"],
        ["canary", "Done", "1/1", ""],
        ["all", "Open", "1/2", "waits for <eu> to be well"],
    ]
