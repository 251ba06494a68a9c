"""What a changed definition may not take from objects without a word."""

from typing import Any

import pytest

from gitopsd.core.definitions import refusal, taken

FIELDS: dict[str, Any] = {
    "size": {"type": "integer", "maximum": 9},
    "word": {"type": "string"},
    "sort": {"type": "string", "enum": ["a", "b"]},
    "parts": {"type": "array", "items": {"type": "object", "properties": {"x": {}, "y": {}}}},
    "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    "none": {"type": "string", "nullable": True},
    "tags": {"type": "object", "additionalProperties": {"type": "string"}},
}

LESS_PARTS = {"type": "array", "items": {"type": "object", "properties": {"x": {}}}}


def definition(
    fields: dict[str, Any], name: str = "v1", required: tuple[str, ...] = (), **annotations: str
) -> dict[str, Any]:
    spec = {"type": "object", "properties": fields, "required": list(required)}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}
    version = {"name": name, "served": True, "storage": True, "schema": schema}
    named = {f"gitopsd.io/{key.replace('_', '-')}": value for key, value in annotations.items()}
    return {
        "metadata": {"annotations": named},
        "spec": {"versions": [version]},
        "status": {"storedVersions": [name]},
    }


BEFORE = definition(FIELDS)


def with_field(**changes: Any) -> dict[str, Any]:
    kept = {key: value for key, value in {**FIELDS, **changes}.items() if value is not None}
    return definition(kept)


def under(*rules: str) -> dict[str, Any]:
    """A text that must obey these rules."""
    listed = [{"rule": rule} for rule in rules]
    return {"type": "string", "x-kubernetes-validations": listed}


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (with_field(word=None), "v1.spec.word is gone"),
        (with_field(size={"type": "string"}), "v1.spec.size is string instead of integer"),
        (with_field(size={"type": "integer", "maximum": 5}), "v1.spec.size has maximum 5"),
        (with_field(word={"type": "string", "minLength": 1}), "v1.spec.word has minLength 1"),
        (with_field(word={"type": "string", "pattern": "^a"}), "v1.spec.word must look otherwise"),
        (
            with_field(sort={"type": "string", "enum": ["a"]}),
            "v1.spec.sort may be less",
        ),
        (
            with_field(word={"type": "string", "enum": ["a"]}),
            "v1.spec.word may be less",
        ),
        (with_field(none={"type": "string"}), "v1.spec.none may not be null any more"),
        (with_field(free={"type": "object"}), "v1.spec.free keeps no fields any more"),
        (
            with_field(
                parts={"type": "array", "items": {"type": "object", "properties": {"x": {}}}}
            ),
            "v1.spec.parts[].y is gone",
        ),
        (definition(FIELDS, required=("word",)), "v1.spec.word is required now"),
        (with_field(tags={"type": "object"}), "v1.spec.tags keeps no fields any more under"),
        (with_field(word={"type": "string", "format": "date"}), "v1.spec.word has format date"),
        (
            with_field(size={"type": "integer", "maximum": 9, "exclusiveMaximum": True}),
            "v1.spec.size has exclusiveMaximum",
        ),
        (
            with_field(parts={**FIELDS["parts"], "x-kubernetes-list-type": "set"}),
            "v1.spec.parts may hold nothing twice",
        ),
        (with_field(word=under("self != 'a'")), "v1.spec.word must obey self != 'a'"),
        (definition(FIELDS, "v2"), "version v1 is gone, and objects are stored in it"),
    ],
)
def test_what_is_taken_is_said(after, words: str) -> None:
    found = list(taken(BEFORE, after))

    assert len(found) == 1
    assert found[0].startswith(words)
    assert 'gitopsd.io/allow-crd-changes: "true" on it allows that' in refusal(BEFORE, after)


def test_more_may_be_allowed_at_any_time() -> None:
    wider = with_field(
        size={"type": "integer"}, sort={"type": "string"}, more={"type": "string", "maxLength": 3}
    )

    assert refusal(BEFORE, wider) == ""
    assert refusal(BEFORE, BEFORE) == ""


def test_rules_may_go_and_say_how_a_field_may_change() -> None:
    before = with_field(word=under("self != 'a'", "self != 'b'"))
    after = with_field(word=under("self != 'b'", "self == oldSelf"))

    assert list(taken(before, after)) == []


def test_versions_that_nobody_converts_any_more_are_said() -> None:
    webhook = {"strategy": "Webhook", "webhook": {"conversionReviewVersions": ["v1"]}}
    one = {**BEFORE, "spec": {**BEFORE["spec"], "conversion": webhook}}
    versions = [*BEFORE["spec"]["versions"], {"name": "v2", "served": True, "storage": False}]
    two = {**one, "spec": {**one["spec"], "versions": versions}}
    bare = {**two, "spec": {"versions": versions, "conversion": {"strategy": "None"}}}

    (said,) = taken(two, bare)

    assert said.startswith("no webhook converts its versions any more")
    assert list(taken(two, two)) == list(taken(one, BEFORE)) == list(taken(bare, two)) == []


def test_what_is_required_may_have_a_default() -> None:
    fields = {**FIELDS, "word": {"type": "string", "default": "x"}}

    assert refusal(BEFORE, definition(fields, required=("word",))) == ""


def test_a_version_that_is_served_no_more_is_said() -> None:
    after = definition(FIELDS)
    after["spec"]["versions"][0]["served"] = False

    assert list(taken(BEFORE, after)) == ["version v1 is not served any more"]


def test_a_word_on_it_allows_everything() -> None:
    assert refusal(BEFORE, definition({}, allow_crd_changes="true")) == ""


def test_much_is_said_in_short() -> None:
    assert "; and 2 more; " in refusal(BEFORE, definition({}))
