"""The past of one object, from what the logs of both branches say."""

from datetime import UTC, datetime

from gitopsd.cli import past
from gitopsd.edge.git import Entry, Trace

A, B, C = "a" * 40, "b" * 40, "c" * 40


def at(minute: int) -> datetime:
    return datetime(2026, 1, 2, 3, minute, tzinfo=UTC)


def clock(minute: int) -> str:
    return f"2026-01-02T03:{minute:02}:00Z"


def message(source: str) -> str:
    return f"Synced: {source[:12]} Change {source[0]}\n\neu: 3/3\n\nSource-Commit: {source}"


def rendered(minute: int, source: str, **blobs: str) -> Trace:
    return Trace(f"{minute:040}", message(source), at(minute), blobs)


def told(minute: int, source: str, *well: str) -> Entry:
    """A commit of the status branch after which the object is well on these clusters."""
    return Entry(f"{minute:040}", message(source), at(minute), ",".join(well))


def read(blob: str):
    lines = [
        {"cluster": name, "state": "Applied", "health": "Current" if name in blob else "Failed"}
        for name in ("ap", "eu", "us")
    ]
    return {"members": lines}


def lines(*logged, most: int = 20):
    newest = sorted(logged, key=lambda each: each.commit, reverse=True)
    return past.lines(
        [each for each in newest if isinstance(each, Trace)],
        [each for each in newest if isinstance(each, Entry)],
        read,
        most,
    )


STAGED = (
    rendered(1, A, eu="1", us="1"),
    told(2, A, "eu"),
    told(3, A, "eu", "us"),
    rendered(10, B, eu="2", us="1"),
    told(10, B, "us"),
    told(11, B, "eu", "us"),
    rendered(12, B, eu="2", us="2"),
    told(13, B, "eu"),
    rendered(20, C, eu="2", ap="1"),
    told(20, C, "eu"),
)


def test_every_commit_that_changed_it_stands_with_its_clusters_and_when_it_was_well() -> None:
    found = lines(*STAGED)

    assert [(e.commit, e.change, e.clusters, e.since, dict(e.healthy)) for e in found] == [
        (C, "removed", ("us",), clock(20), {}),
        (C, "placed", ("ap",), clock(20), {}),
        (B, "changed", ("us",), clock(12), {}),
        (B, "changed", ("eu",), clock(10), {"eu": clock(11)}),
        (A, "placed", ("eu", "us"), clock(1), {"eu": clock(2), "us": clock(3)}),
    ]


def test_the_table_says_when_all_of_a_line_were_well_or_how_many_are() -> None:
    shown = [line.split() for line in past.text(lines(*STAGED)).splitlines()]

    assert shown[0] == ["COMMIT", "CHANGE", "CLUSTERS", "WHEN", "HEALTHY", "TITLE"]
    assert shown[1] == ["c" * 12, "removed", "us", clock(20), "-", "Change", "c"]
    assert shown[2] == ["c" * 12, "placed", "ap", clock(20), "0", "of", "1", "Change", "c"]
    assert shown[5] == ["a" * 12, "placed", "eu,", "us", clock(1), clock(3), "Change", "a"]


def test_wide_has_a_row_for_each_cluster() -> None:
    shown = past.text(lines(*STAGED[:3]), is_wide=True).splitlines()[1:]

    assert [line.split()[2:5:2] for line in shown] == [
        ["eu", "2026-01-02T03:02:00Z"],
        ["us", "2026-01-02T03:03:00Z"],
    ]


def test_commits_that_left_it_alone_are_passed_over_and_no_more_than_asked_for() -> None:
    same = rendered(4, B, eu="1", us="1")

    assert [line.commit for line in lines(*STAGED[:3], same)] == [A]
    assert [line.commit for line in lines(*STAGED, most=2)] == [C, C]


def test_a_binding_of_the_same_second_counts_only_for_the_same_commit() -> None:
    before = told(10, A, "eu")
    after = told(11, B)

    (line, _) = lines(rendered(1, A, eu="1"), before, rendered(10, B, eu="2"), after)

    assert line.healthy == {}


def test_nothing_is_known_of_what_was_never_there() -> None:
    assert lines(rendered(1, A), told(1, A)) == []
