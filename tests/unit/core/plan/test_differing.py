"""Where two states of an object differ."""

from gitopsd.core.plan.differing import differing


def test_only_what_somebody_declares_counts() -> None:
    one = {"metadata": {"uid": "1", "generation": 1, "labels": {"a": "b"}}, "status": {"x": 1}}
    other = {"metadata": {"uid": "2", "generation": 2, "labels": {"a": "b"}}, "status": {"x": 2}}

    assert differing(one, other) == ()


def test_each_difference_is_named_in_order() -> None:
    one = {"metadata": {}, "spec": {"b": 1, "items": [{"x": 1}, {"x": 2}], "more": [1]}}
    spec = {"items": [{"x": 1}, {"x": 3}], "more": []}

    found = differing(one, {"metadata": {"labels": {"a/b": "c"}}, "spec": spec})

    assert found == ("/metadata/labels", "/spec/b", "/spec/items/1/x", "/spec/more")
