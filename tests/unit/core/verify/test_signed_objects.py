from gitopsd.core.verify import of_commit, of_tag, tagged
from gitopsd.core.verify.signed import Tagged
from gitopsd.model.trust import Form, Signed

ARMOUR = b"-----BEGIN SSH SIGNATURE-----\nabc\n-----END SSH SIGNATURE-----\n"
HEAD = b"tree 1\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n"
FOLDED = (
    b"gpgsig -----BEGIN SSH SIGNATURE-----\n abc\n -----END SSH SIGNATURE-----\nencoding UTF-8\n"
)


def test_a_commit_signs_all_but_its_signature() -> None:
    found = of_commit(HEAD + FOLDED + b"\nTitle\n\ngpgsig no header\n")

    payload = HEAD + b"encoding UTF-8\n\nTitle\n\ngpgsig no header\n"
    assert found == Signed(payload, ARMOUR, Form.SSH)


def test_words_of_a_message_are_no_signature() -> None:
    assert of_commit(HEAD + b"\ngpgsig -----BEGIN SSH SIGNATURE-----\n") is None


def test_a_signature_inside_a_merged_tag_is_none_of_the_commit() -> None:
    merged = b"mergetag object 2\n type commit\n tag v1\n \n gpgsig no\n"

    assert of_commit(HEAD + merged + b"\nMerge\n") is None
    found = of_commit(HEAD + merged + FOLDED + b"\nMerge\n")
    assert found is not None and found.payload == HEAD + merged + b"encoding UTF-8\n\nMerge\n"


def test_of_two_signatures_the_second_is_part_of_what_is_signed() -> None:
    second = b"gpgsig -----BEGIN PGP SIGNATURE-----\n x\n"

    found = of_commit(HEAD + FOLDED + second + b"\nTitle\n")

    assert found == Signed(HEAD + b"encoding UTF-8\n" + second + b"\nTitle\n", ARMOUR, Form.SSH)


def test_a_form_that_nobody_knows_is_still_a_signature() -> None:
    found = of_commit(HEAD + b"gpgsig -----BEGIN SIGNED MESSAGE-----\n x\n\nTitle\n")

    assert found is not None and found.form is Form.OTHER


def test_a_tag_signs_all_before_the_last_signature() -> None:
    tag = b"object 1\ntype commit\ntag v1\ntagger A <a@b> 1 +0000\n\nOne\n"

    assert of_tag(tag) is None
    assert of_tag(tag + ARMOUR) == Signed(tag, ARMOUR, Form.SSH)
    assert of_tag(tag + ARMOUR + ARMOUR) == Signed(tag + ARMOUR, ARMOUR, Form.SSH)


def test_a_tag_says_which_commit_it_names_and_how_it_is_called() -> None:
    assert tagged(b"object 1\ntype commit\ntag v1\n\nobject 2\n") == Tagged("1", "v1")
    assert tagged(b"object 1\nobject 2\ntype commit\ntag v1\n\n") == Tagged("1", "v1")
    assert tagged(b"object 1\ntype tag\ntag v1\n\n") == Tagged("", "v1")
    assert tagged(b"\xff") == Tagged("", "")
