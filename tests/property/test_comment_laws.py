"""Laws of comments: never longer than the host takes, never left open, never a ping."""

import re

from hypothesis import given
from hypothesis import strategies as some

from gitopsd.core.review.fit import Block, End, fitted, parts
from gitopsd.core.review.markdown import fenced, folded, length, plain, summary

WORDS = some.text(some.sampled_from("ab `~@#<>&*|\\\n😀/-"), max_size=60)
LINES = some.lists(some.text(some.sampled_from("+- ab`~<details>😀"), max_size=30), max_size=30)
BODIES = some.one_of(
    some.builds(lambda lines: fenced(lines, "diff"), LINES),
    some.builds(lambda words, lines: folded(words, fenced(lines, "diff")), WORDS, LINES),
    some.builds(plain, WORDS),
)
BLOCKS = some.builds(
    lambda body, short, worth: Block((body, short, ""), (worth,)),
    BODIES,
    some.sampled_from(["- short", ""]),
    some.integers(0, 3),
)
MOST = some.integers(400, 4000)
END = End("the end", "_shortened_")


@given(some.lists(BLOCKS, min_size=1, max_size=20), MOST)
def test_a_comment_is_never_too_long_and_always_has_its_end(blocks, most):
    said = fitted(blocks, END, most)

    assert length(said) <= most
    assert said.endswith(END.last)
    assert is_closed(said)


@given(some.lists(BODIES, min_size=1, max_size=20), MOST)
def test_pieces_of_a_text_are_short_closed_and_lose_nothing(bodies, most):
    text = "\n\n".join(bodies)

    pieces = list(parts(text, most))

    assert all(length(piece) <= most for piece in pieces)
    assert all(is_closed(piece) for piece in pieces)
    kept = [line for piece in pieces for line in piece.split("\n")]
    assert all(line in kept for line in text.split("\n"))


@given(some.lists(BODIES, min_size=1, max_size=5))
def test_what_fits_is_left_as_it_is(bodies):
    text = "\n\n".join(bodies)

    assert list(parts(text, 100_000)) == [text]


@given(WORDS)
def test_words_ping_nobody_and_stay_one_line_without_marks(words):
    said = plain(words)

    assert "\n" not in said
    assert not re.search(r"[@#](?![\u200b\s]|$)", said)
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*|]", said)
    assert "<" not in said


@given(WORDS)
def test_a_title_is_one_line_without_tags(words):
    said = summary(words)

    assert "\n" not in said
    assert "<" not in said


@given(LINES)
def test_a_fence_ends_where_it_ends(lines):
    first, *inside, last = fenced(lines).split("\n")

    assert first == last
    assert all(first not in line for line in inside)


def is_closed(text: str) -> bool:
    """Whether no fence and no fold is open at the end, read as Markdown is."""
    fence, folds = "", 0
    for line in text.split("\n"):
        found = re.match(r"\s*(`{3,}|~{3,})(.*)$", line)
        if fence:
            if found and found[1].startswith(fence) and not found[2].strip():
                fence = ""
        elif found:
            fence = found[1]
        else:
            folds += line.startswith("<details>") - line.startswith("</details>")
    return not fence and folds == 0
