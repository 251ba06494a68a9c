import pytest

from gitopsd.kube import selector

LABELS = {"app": "web", "tier": "gold", "size": "12", "empty": ""}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (None, True),
        ({}, True),
        ({"matchLabels": {"app": "web"}}, True),
        ({"matchLabels": {"app": "api"}}, False),
        ({"matchLabels": {"other": ""}}, False),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["api", "web"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}, False),
        ({"matchExpressions": [{"key": "none", "operator": "NotIn", "values": ["web"]}]}, True),
        ({"matchExpressions": [{"key": "tier", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}, False),
    ],
)
def test_a_selector_matches_as_kubernetes_says(written, expected):
    assert selector.matches(written, LABELS) is expected


@pytest.mark.parametrize(
    "written",
    [
        {"matchExpressions": [{"key": "app", "operator": "In", "values": []}]},
        {"matchExpressions": [{"key": "none", "operator": "NotIn"}]},
        {"matchExpressions": [{"key": "app", "operator": "Exists", "values": ["web"]}]},
        {"matchExpressions": [{"key": "app", "operator": "Equals", "values": ["web"]}]},
        {"matchExpressions": [{"key": "not a key", "operator": "DoesNotExist"}]},
        {"matchExpressions": [{"key": "none", "operator": "NotIn", "values": ["no value"]}]},
        {"matchExpressions": [{"key": "UPPER.example/none", "operator": "DoesNotExist"}]},
    ],
)
def test_a_malformed_selector_matches_nothing(written):
    assert not selector.matches(written, LABELS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("app=web", True),
        ("app==web,tier = gold", True),
        ("app!=web", False),
        ("none!=web", True),
        ("app in (api, web)", True),
        ("app notin (api,web)", False),
        ("empty in (,x)", True),
        ("empty=", True),
        ("tier", True),
        ("!tier", False),
        ("! none", True),
        ("size>11", True),
        ("size<12", False),
        ("app>1", False),
        ("app=web,!tier", False),
        ("in", False),
    ],
)
def test_a_query_matches_as_kubernetes_says(text, expected):
    assert selector.parse(text).matches(LABELS) is expected


@pytest.mark.parametrize(
    "text",
    [
        ",",
        "a,",
        "a in b",
        "a in (b",
        "a in (b c)",
        "a in ()",
        "=b",
        "a=b=c",
        "a b",
        "a>b",
        "!",
        "a=b)",
    ],
)
def test_a_malformed_query_is_refused(text):
    with pytest.raises(ValueError):
        selector.parse(text)
