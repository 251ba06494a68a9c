import pytest

from gitopsd.core.sops.about import about
from gitopsd.core.sops.refused import Refused

AGE = [{"recipient": "age1abc", "enc": "armoured"}]
BLOCK = {"age": AGE, "mac": "ENC", "lastmodified": "2026-01-02T03:04:05Z"}


def refusal(**block):
    with pytest.raises(Refused) as refused:
        about(BLOCK | block)
    return f"{refused.value.pointer}: {refused.value.words}"


def test_the_block_tells_keys_recipients_and_mac():
    found = about(BLOCK)

    assert (found.keys, found.recipients) == (("armoured",), ("age1abc",))
    assert (found.mac, found.modified) == ("ENC", "2026-01-02T03:04:05Z")
    assert not found.is_mac_of_encrypted


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05.5Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05+02:00", "2026-01-02T03:04:05+02:00"),
    ],
)
def test_the_time_is_told_as_sops_prints_it(written, printed):
    assert about(BLOCK | {"lastmodified": written}).modified == printed


@pytest.mark.parametrize("written", ["yesterday", "2026-01-02", "2026-01-02T03:04:05", None, 5])
def test_a_time_that_sops_does_not_write_is_refused(written):
    assert refusal(lastmodified=written) == (
        "/sops/lastmodified: has no time that SOPS writes; right would be 2006-01-02T15:04:05Z"
    )


@pytest.mark.parametrize(
    ("provider", "name"),
    [
        ("kms", "AWS KMS"),
        ("gcp_kms", "GCP KMS"),
        ("azure_kv", "Azure Key Vault"),
        ("hc_vault", "HashiCorp Vault"),
        ("hckms", "HuaweiCloud KMS"),
        ("pgp", "PGP"),
    ],
)
def test_a_provider_that_is_not_supported_is_named(provider, name):
    words = refusal(age=[], **{provider: [{"enc": "x"}]})

    assert words == (
        f"/sops: is encrypted for {name} alone; only age keys are supported: "
        "encrypt it for an age key too"
    )


def test_an_age_key_beside_others_is_enough():
    assert about(BLOCK | {"pgp": [{"enc": "x"}]}).keys == ("armoured",)


def test_the_age_keys_of_one_group_are_as_good():
    assert about(BLOCK | {"age": None, "key_groups": [{"age": AGE}]}).keys == ("armoured",)


def test_no_key_at_all_is_refused():
    assert refusal(age=[]) == "/sops: names no key that it is encrypted for"


def test_several_groups_are_refused():
    words = refusal(age=[], key_groups=[{"age": AGE}, {"age": AGE}])

    assert words.startswith("/sops/key_groups: splits its key over several key groups")


def test_several_selectors_are_refused_by_name():
    words = refusal(encrypted_regex="^data$", unencrypted_suffix="_x")

    assert words == (
        "/sops: has more than one selector: unencrypted_suffix, encrypted_regex; "
        "SOPS takes one per file"
    )


def test_an_empty_selector_is_none():
    found = about(BLOCK | {"encrypted_regex": "", "unencrypted_suffix": None})

    assert found.selector(("a",), "x")
    assert not found.selector(("a_unencrypted",), "x")
