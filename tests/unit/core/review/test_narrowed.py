"""A plan says which definitions its members will refuse."""

from dataclasses import replace

from fakes.delivery import manifest
from gitopsd.core.review.narrowed import narrowed
from gitopsd.model.changes import Change, Changes
from gitopsd.model.decision import Decision
from gitopsd.model.delivery import ActionKind
from unit.core.test_definitions import definition


def crd(fields) -> dict:
    body = definition(fields)
    head = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}
    return {**head, **body, "metadata": {"name": "cakes.shop.example"}}


def test_a_definition_that_takes_a_field_is_named_with_its_members() -> None:
    before, after = manifest(crd({"a": {}, "b": {}})), manifest(crd({"a": {}}))
    was = Decision("c0ffee", {}, {}, {name: {before.key: before} for name in ("eu", "us")}, {})
    changed = [
        Change(name, after.key, ActionKind.CONFIGURE, "h", after) for name in ("eu", "us", "new")
    ]
    found = Changes(tuple(changed), (), "", "")

    said = list(narrowed(found, was))

    assert len(said) == 1
    assert "cakes.shop.example on eu, us will not be applied: v1.spec.b is gone; " in said[0]
    assert list(narrowed(found, None)) == []
    assert list(narrowed(replace(found, changes=()), was)) == []
