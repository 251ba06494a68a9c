"""The page for people: readable for a small fleet and for a large one, and safe to show."""

from fakes import fleet
from gitopsd.core.summary import readme
from gitopsd.model.memory import Landed
from gitopsd.model.page import ClusterLine, Page, Trouble, Workload, cell
from gitopsd.model.problem import Severity
from gitopsd.model.rollout import StageLine, StageState
from gitopsd.model.standing import Count, Standing


def page(clusters=("eu-1", "us-1"), **more):
    counts = {name: Count(wanted=1, current=1) for name in clusters}
    members = tuple(
        {"cluster": name, "ready": 2, "wanted": 2, "state": "Applied", "health": "Current"}
        for name in clusters
    )
    parts = {
        "commit": fleet.COMMIT,
        "standing": Standing(True, True, (), counts),
        "clusters": [
            ClusterLine(name, "v1.36.3", True, True, "eu-central-1", "aws") for name in clusters
        ],
        "workloads": [Workload(fleet.WEB, members)],
        "troubles": (),
        "history": (Landed(fleet.COMMIT, "First", "ann", "2026-01-02T03:04:05+00:00"),),
    }
    return Page(**{**parts, **more})


def test_a_small_fleet_is_a_matrix():
    assert readme.text(page()).splitlines() == [
        "# ✅ Synced",
        "",
        "2 of 2 clusters reachable, 2 of 2 objects as wanted and healthy.",
        "",
        "Commit `c0ffeec0ffee` “First” by ann, 2026-01-02T03:04:05+00:00.",
        "",
        "## Clusters",
        "",
        "| cluster | state | version | region | provider | objects |",
        "|---|---|---|---|---|---|",
        "| [eu-1](clusters/eu-1.yaml) | reachable | v1.36.3 | eu-central-1 | aws | 1/1 |",
        "| [us-1](clusters/us-1.yaml) | reachable | v1.36.3 | eu-central-1 | aws | 1/1 |",
        "",
        "## Workloads",
        "",
        "| workload | eu-1 | us-1 |",
        "|---|---|---|",
        "| [Deployment.apps shop/web](bindings/shop/deployment.apps-web.yaml) | 2/2 | 2/2 |",
        "",
        "## Last changes",
        "",
        "| commit | what | who | when |",
        "|---|---|---|---|",
        "| `c0ffeec0ffee` | First | ann | 2026-01-02T03:04:05+00:00 |",
        "",
        "Every file here is written by gitopsd; edits are lost.",
    ]


def test_a_large_fleet_says_how_many_are_well_and_which_are_not():
    names = tuple(f"c{number:03}" for number in range(300))
    large = page(names)
    line = {"cluster": "c001", "ready": 0, "wanted": 2, "state": "Applied", "health": "Failed"}
    members = (*large.workloads[0].members[:1], line, *large.workloads[0].members[2:])

    text = readme.text(page(names, workloads=[Workload(fleet.WEB, members)]))

    assert "| 299 of 300 well: c001 0/2 Failed |" in text
    assert "100 more in [clusters/](clusters/)." in text


def test_words_of_others_cannot_break_the_page():
    trouble = Trouble(
        Severity.ERROR, "Invalid", "a | b\n<script>`x`", file="a`.yaml", line=3, pointer="/spec"
    )

    text = readme.text(page(troubles=[trouble]))

    assert r"| error | `a'.yaml:3` | /spec a \| b &lt;script>'x' (Invalid) |  |" in text


def test_more_problems_than_a_person_reads_stand_in_their_file():
    troubles = [Trouble(Severity.ERROR, "Invalid", f"no {number}") for number in range(60)]

    text = readme.text(page(troubles=troubles))

    assert "10 more in [problems.yaml](problems.yaml)" in text


def test_a_cell_says_what_is_wrong():
    well = {"cluster": "eu-1", "state": "Applied", "health": "Current"}

    assert cell({**well, "ready": 2, "wanted": 2}) == "2/2"
    assert cell(well) == "✓"
    assert cell({**well, "state": "Failed"}) == "Failed"
    assert cell({**well, "ready": 1, "wanted": 2, "health": "InProgress"}) == ("1/2 InProgress")


def test_a_change_under_way_shows_its_stages():
    stages = (
        StageLine("canary", StageState.DONE, 1, 1),
        StageLine("all", StageState.OPEN, 2, 1, "waits for eu|1"),
    )

    shown = readme.text(page(stages=stages)).splitlines()

    assert shown[6:11] == [
        "## Stages",
        "",
        "| stage | state | clusters | |",
        "|---|---|---|---|",
        "| canary | Done | 1/1 |  |",
    ]
    assert shown[11] == "| all | Open | 1/2 | waits for eu\\|1 |"
