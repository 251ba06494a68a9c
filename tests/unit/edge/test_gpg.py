import pytest

from gitopsd.edge.gpg import verdict_of
from gitopsd.model.trust import Validity, Verdict

KEY, PRIMARY = "3AA5C34371567BD2", "D4BE22311AD3131E5EDA29A461092E85B7227189"
VALID = f"[GNUPG:] VALIDSIG 111 2026-11-27 1795000000 0 4 0 22 10 00 {PRIMARY}"


def status(*lines: str) -> str:
    return "\n".join(["[GNUPG:] NEWSIG ada@example.com", *lines, ""])


def test_a_good_signature_has_its_owner_and_the_whole_key() -> None:
    found = verdict_of(status(f"[GNUPG:] GOODSIG {KEY} Ada %3Cada@example.com%3E", VALID))

    assert found == Verdict(Validity.GOOD, "Ada <ada@example.com>", PRIMARY)


@pytest.mark.parametrize(
    ("word", "validity"),
    [
        ("EXPSIG", Validity.EXPIRED_SIGNATURE),
        ("EXPKEYSIG", Validity.EXPIRED_KEY),
        ("REVKEYSIG", Validity.REVOKED_KEY),
        ("BADSIG", Validity.BAD),
    ],
)
def test_each_word_has_its_own_verdict(word: str, validity: Validity) -> None:
    found = verdict_of(status(f"[GNUPG:] {word} {KEY} Ada", VALID))

    assert (found.validity, found.signer) == (validity, "Ada")


def test_a_missing_key_is_told_from_what_cannot_be_checked() -> None:
    missing = status(f"[GNUPG:] ERRSIG {KEY} 22 10 00 1795000000 9 -", f"[GNUPG:] NO_PUBKEY {KEY}")
    unsupported = status(f"[GNUPG:] ERRSIG {KEY} 99 10 00 1795000000 4 -")

    assert verdict_of(missing) == Verdict(Validity.UNKNOWN_KEY, key=KEY)
    assert verdict_of(unsupported) == Verdict(Validity.BAD, key=KEY)


@pytest.mark.parametrize("hash", ["1", "2", "3"])
def test_a_signature_over_a_hash_that_can_be_forged_is_not_good(hash: str) -> None:
    valid = VALID.replace(" 10 00 ", f" {hash} 00 ")
    taken = status(f"[GNUPG:] GOODSIG {KEY} Ada", valid)
    left = status(f"[GNUPG:] ERRSIG {KEY} 1 {hash} 00 1795000000 5 -")
    expired = status(f"[GNUPG:] EXPKEYSIG {KEY} Ada", valid)

    assert verdict_of(taken) == Verdict(Validity.WEAK_HASH, "Ada", PRIMARY)
    assert verdict_of(left) == Verdict(Validity.WEAK_HASH, key=KEY)
    assert verdict_of(expired).validity is Validity.EXPIRED_KEY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[GNUPG:] NODATA 4\n",
        "GOODSIG 1 Ada\n[GNUPG:] VALIDSIG 1 2\n",
        status(f"[GNUPG:] GOODSIG {KEY} Ada"),
        status(f"[GNUPG:] GOODSIG {KEY} Ada", VALID, f"[GNUPG:] BADSIG {KEY} Eve"),
        status(f"[GNUPG:] GOODSIG {KEY} Ada", VALID, f"[GNUPG:] GOODSIG {KEY} Ada", VALID),
        status(f"[GNUPG:] GOODSIG {KEY} Ada", VALID, VALID),
        status("[GNUPG:] NEWSIG", f"[GNUPG:] GOODSIG {KEY} Ada", VALID),
    ],
)
def test_whatever_is_not_just_one_good_signature_is_bad(text: str) -> None:
    assert verdict_of(text).validity is Validity.BAD
