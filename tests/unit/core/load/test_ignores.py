"""Which ignore rules cannot be followed."""

import pytest

from gitopsd.core.load.ignores import mistakes

WEB = {"group": "apps", "kind": "Deployment"}


def found(rule: dict) -> list:
    return list(mistakes({"ignore": [rule]}))


@pytest.mark.parametrize(
    "rule",
    [
        {"paths": ["/spec/replicas"]},
        {"target": WEB, "paths": ["/spec/replicas", ".spec.template.spec.containers[*].image"]},
        {"target": {"kind": "Deployment"}, "paths": ["/spec/selector"]},
        {"target": {"group": "shop.example", "kind": "Cake"}, "paths": ["/spec/anything"]},
        {"managers": ["scaler"]},
    ],
)
def test_what_may_be_left_out_may_be_ignored(rule) -> None:
    assert found(rule) == []


@pytest.mark.parametrize(
    ("rule", "place", "words"),
    [
        ({"target": WEB}, "/spec/ignore/0", "says neither paths nor managers"),
        ({"paths": ["/spec", "..x"]}, "/spec/ignore/0/paths/1", "right would be /a/b or .a.b"),
        ({"paths": [""]}, "/spec/ignore/0/paths/0", "names no field"),
        ({"paths": ["/metadata/name"]}, "/spec/ignore/0/paths/0", "which object it is"),
        ({"target": WEB, "paths": ["/spec/selector"]}, "/spec/ignore/0/paths/0", "is required"),
        (
            {"target": WEB, "paths": ['.spec.template.spec.containers[name="web"].name']},
            "/spec/ignore/0/paths/0",
            "is required",
        ),
    ],
)
def test_what_an_object_cannot_be_without_may_not(rule, place, words) -> None:
    [(pointer, said)] = found(rule)

    assert (pointer, words in said) == (place, True)
