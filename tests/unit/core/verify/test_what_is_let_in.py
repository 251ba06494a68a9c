import pytest

from gitopsd.core.verify import Demand, demanded, judged, mistaken, rewritten
from gitopsd.core.verify.signed import Tagged
from gitopsd.model.snapshot import Tree
from gitopsd.model.trust import Lineage, Refusal, Rewrites, Seal, Validity, Verdict, Verify

NEW = Lineage(since=("head", "middle"))


def tree(branch: str = "main", tag: str = "", previous: str = "old", anomaly: str = "") -> Tree:
    return Tree("file:///f", branch, "head", {}, previous, anomaly, tag=tag)


@pytest.mark.parametrize(
    ("mode", "tag", "demand"),
    [
        (Verify.HEAD, "", Demand(("head",))),
        (Verify.HEAD, "t", Demand(("head",))),
        (Verify.TAG, "t", Demand(tag="t")),
        (Verify.TAG_AND_HEAD, "t", Demand(("head",), "t")),
        (Verify.RANGE, "", Demand(("head", "middle"))),
    ],
)
def test_each_mode_demands_its_own(mode: Verify, tag: str, demand: Demand) -> None:
    assert demanded(mode, tree(tag=tag), NEW) == demand


@pytest.mark.parametrize("mode", [Verify.TAG, Verify.TAG_AND_HEAD])
def test_a_branch_is_no_signed_tag(mode: Verify) -> None:
    found = demanded(mode, tree(), NEW)

    assert isinstance(found, Refusal)
    assert (found.commit, found.reason) == ("head", "NoTag")
    assert "main is no annotated tag" in found.message


def test_the_first_range_is_the_head() -> None:
    assert demanded(Verify.RANGE, tree(previous=""), Lineage()) == Demand(("head",))


def test_going_back_demands_the_head_even_if_nothing_is_new() -> None:
    assert demanded(Verify.RANGE, tree(), Lineage(True, ())) == Demand(("head",))


def test_a_range_that_nobody_knows_is_refused_with_the_way_out() -> None:
    found = demanded(Verify.RANGE, tree(), Lineage(True, None))

    assert isinstance(found, Refusal)
    assert found.reason == "UnknownRange"
    assert "start once with --verify head" in found.message


@pytest.mark.parametrize("validity", [each for each in Validity if each is not Validity.GOOD])
def test_whatever_is_not_good_is_refused_by_its_own_word(validity: Validity) -> None:
    found = judged(tree(), "head", Verdict(validity, "Eve", "ABC"))

    assert isinstance(found, Refusal)
    assert (found.reason, found.message[-9:]) == (validity.value, "(Eve ABC)")


def test_a_good_signature_gives_its_seal() -> None:
    verdict = Verdict(Validity.GOOD, "Ada", "ABC")

    assert judged(tree(), "head", verdict) == Seal("Ada", "ABC")


def test_a_refusal_names_the_commit_or_tag_that_is_at_fault() -> None:
    unsigned = Verdict(Validity.UNSIGNED)

    found = [judged(tree("v1", "t"), subject, unsigned) for subject in ("head", "middle", "t")]

    assert [each.message for each in found if isinstance(each, Refusal)] == [
        "it is not signed",
        "it brings commit middle, of which: it is not signed",
        "of tag v1: it is not signed",
    ]


def test_a_tag_under_another_name_or_of_another_commit_is_refused() -> None:
    followed = tree("v2", "t")

    assert mistaken(followed, Tagged("head", "v2")) is None
    assert mistaken(followed, Tagged("head", "v1")) == Refusal(
        "head", "BadSignature", "tag v2 is signed as 'v1' for commit head"
    )
    assert mistaken(followed, Tagged("", "v2")) is not None


def test_a_history_that_goes_on_is_nobodys_concern() -> None:
    assert [rewritten(each, tree(), NEW) for each in Rewrites] == [None] * 3


def test_the_first_tree_rewrites_nothing() -> None:
    first = tree(previous="")

    assert [rewritten(each, first, Lineage(True, None)) for each in Rewrites] == [None] * 3


def test_a_rewritten_history_needs_a_trailer_or_is_refused() -> None:
    followed, gone = tree(anomaly="ForcePush"), Lineage(True, ("head",))
    approved = Lineage(True, ("head",), frozenset({"middle"}))

    assert rewritten(Rewrites.ALLOW, followed, gone) is None
    assert rewritten(Rewrites.REQUIRE_APPROVAL, followed, gone) == Refusal(
        "head",
        "ForcePush",
        "history was rewritten after commit old was applied; to accept it, add a commit with the "
        "trailer `Gitopsd-Approve: head`",
    )
    assert rewritten(Rewrites.REQUIRE_APPROVAL, followed, approved) is None
    assert rewritten(Rewrites.REFUSE, followed, approved) == Refusal(
        "head", "ForcePush", "history was rewritten after commit old was applied"
    )


def test_a_tag_that_was_moved_forward_is_moved_all_the_same() -> None:
    found = rewritten(Rewrites.REFUSE, tree("v1", anomaly="TagMoved"), NEW)

    words = "tag v1 was moved after commit old was applied"
    assert found == Refusal("head", "TagMoved", words)
