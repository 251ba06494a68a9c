from datetime import UTC, datetime

import pytest

from gitopsd.edge.git.branch import Branch, Stamp, edited, replaced, standing
from gitopsd.edge.git.trees import id_of
from gitopsd.model.errors import PublishError

NOW = Stamp("Status\n\nSource-Commit: abc", datetime(2026, 11, 24, 12, tzinfo=UTC))
EMPTY = Branch("refs/heads/gitopsd/status")


def test_the_first_commit_has_no_parent() -> None:
    branch, push = replaced(EMPTY, {"a.yaml": b"1"}, NOW)

    assert push is not None
    assert push.old == ""
    assert branch.data == (
        b"tree %s\n"
        b"author gitopsd <gitopsd@gitopsd.io> 1795521600 +0000\n"
        b"committer gitopsd <gitopsd@gitopsd.io> 1795521600 +0000\n"
        b"\n"
        b"Status\n\nSource-Commit: abc\n" % branch.root.id.hex().encode()
    )


def test_the_next_commit_stands_on_the_one_before() -> None:
    first, _ = replaced(EMPTY, {"a.yaml": b"1"}, NOW)

    second, push = replaced(first, {"a.yaml": b"2"}, NOW)

    assert push is not None
    assert push.old == first.commit
    assert second.data.splitlines()[1] == b"parent %s" % first.commit.encode()


def test_only_what_changed_is_sent() -> None:
    first, _ = replaced(EMPTY, {"a/x": b"1", "b/y": b"2"}, NOW)

    _, push = replaced(first, {"a/x": b"3", "b/y": b"2"}, NOW)

    assert push is not None
    assert list(push.new_objects.blobs.values()) == [b"3"]
    assert len(push.new_objects.trees) == 2


def test_no_commit_when_nothing_changed() -> None:
    first, _ = replaced(EMPTY, {"a.yaml": b"1"}, NOW)

    second, push = replaced(first, {"a.yaml": b"1"}, NOW)

    assert push is None
    assert second.commit == first.commit


def test_a_branch_without_content_is_not_made() -> None:
    _, push = replaced(EMPTY, {}, NOW)

    assert push is None


def test_what_is_not_named_goes_and_none_stays_as_it_is() -> None:
    first, _ = replaced(EMPTY, {"keep": b"1", "go": b"2", "change": b"3"}, NOW)

    second, _ = replaced(first, {"keep": None, "change": b"4", "never": None}, NOW)

    assert set(second.ids) == {"keep", "change"}
    assert second.ids["keep"] == id_of(b"blob", b"1")


def test_an_edit_leaves_other_files_alone() -> None:
    first, _ = replaced(EMPTY, {"a": b"1", "b": b"2", "c": b"3"}, NOW)

    second, _ = edited(first, {"a": b"4", "b": None}, NOW)

    assert second.ids == {"a": id_of(b"blob", b"4"), "c": id_of(b"blob", b"3")}


def test_a_branch_read_back_is_the_branch_that_was_made() -> None:
    made, _ = replaced(EMPTY, {"a/x": b"1"}, NOW)

    found = standing(EMPTY.ref, made.data, made.root)

    assert (found.commit, found.ids) == (made.commit, made.ids)


@pytest.mark.parametrize("path", ["", "/a", "a//b", "../a", "a/./b", ".git/config", "a/.GIT/x"])
def test_a_path_that_no_commit_may_hold_is_refused(path: str) -> None:
    with pytest.raises(PublishError):
        replaced(EMPTY, {path: b"1"}, NOW)
