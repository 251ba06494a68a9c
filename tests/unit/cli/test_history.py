"""history and rollback: what the log of the status branch says, and where to go back to."""

from datetime import UTC, datetime

from gitopsd.cli import history, rollback
from gitopsd.core.returning import Back, message
from gitopsd.edge.git import Entry
from gitopsd.kube import yaml

A, B, C = "a" * 40, "b" * 40, "c" * 40


def at(minute: int, source: str, phase: str) -> tuple[Entry, bytes]:
    status = {
        "phase": phase,
        "message": f"{phase}.",
        "counts": {"objects": {"wanted": 3, "current": 2}},
        "history": [{"commit": source, "title": f"Change {source[0]}", "author": "ann"}],
    }
    entry = Entry(
        f"{minute:040}",
        f"{phase}: {source[:12]} Change\n\neu: 3/3\n\nSource-Commit: {source}\nGitopsd-Version: 1",
        datetime(2026, 1, 2, 3, minute, tzinfo=UTC),
        f"blob{minute}",
    )
    return entry, yaml.dump(status).encode()


def lines(*entries, most: int = 20):
    blobs = {entry.blob: data for entry, data in entries}
    return history.lines([entry for entry, _ in entries], blobs.__getitem__, most)


LOG = (
    at(9, C, "Degraded"),
    at(8, C, "Progressing"),
    at(5, B, "Synced"),
    at(4, B, "Progressing"),
    at(1, A, "Synced"),
)


def test_a_commit_stands_once_with_the_last_word_on_it() -> None:
    assert history.text(lines(*LOG), is_wide=False).splitlines() == [
        "COMMIT         PHASE      WHEN                   AUTHOR   TITLE",
        "cccccccccccc   Degraded   2026-01-02T03:08:00Z   ann      Change c",
        "bbbbbbbbbbbb   Synced     2026-01-02T03:04:00Z   ann      Change b",
        "aaaaaaaaaaaa   Synced     2026-01-02T03:01:00Z   ann      Change a",
    ]


def test_a_commit_that_only_needs_a_person_is_shown_to_wait_for_one() -> None:
    entry, _ = at(9, C, "Degraded")
    waits = {"type": "Applied", "status": "False", "reason": "AwaitingApproval"}
    status = {"phase": "Degraded", "conditions": [{"type": "Valid", "status": "True"}, waits]}

    assert lines((entry, yaml.dump(status).encode()))[0].phase == "AwaitingApproval"


def test_wide_says_until_when_and_how_far() -> None:
    shown = history.text(lines(*LOG)[:1], is_wide=True).splitlines()[1]

    assert shown.split()[-3:] == ["2026-01-02T03:09:00Z", "2/3", "Degraded."]


def test_no_more_than_asked_for() -> None:
    assert [line.commit for line in lines(*LOG, most=2)] == [C, B]


def test_commits_of_the_branch_that_are_not_ours_are_passed_over() -> None:
    strange = (Entry("1", "Somebody's", datetime(2026, 1, 2, tzinfo=UTC)), b"")

    assert [line.commit for line in lines(LOG[0], strange, LOG[4])] == [C, A]


def test_back_is_to_the_last_one_before_that_was_synced() -> None:
    found = lines(*LOG)

    assert rollback.last_synced(found, C) == B
    assert rollback.last_synced(found, B) == A
    assert rollback.last_synced(found[:1], C) == ""


def test_the_message_says_what_it_goes_back_to_and_why() -> None:
    assert message(Back(A, "it was slow"), "Change a\n\nMore") == (
        "Roll back to aaaaaaaaaaaa “Change a”\n\n"
        "it was slow\n\n"
        f"All files are what they were at commit {A}.\n\n"
        f"Gitopsd-Rollback: {A}\n"
    )
