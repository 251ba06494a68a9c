"""Annotations that ask for an order of work: what they may say."""

import pytest

from gitopsd.core.load.wishes import mistakes


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("gitopsd.io/wave", "-3"),
        ("config.kubernetes.io/depends-on", "apps/namespaces/shop/Deployment/web, /Namespace/a"),
        ("example.com/other", "anything"),
    ],
)
def test_what_is_understood(name: str, text: str) -> None:
    assert list(mistakes({name: text})) == []


@pytest.mark.parametrize(
    ("name", "text", "pointer", "words"),
    [
        ("gitopsd.io/wave", "first", "gitopsd.io~1wave", "must be a whole number in quotes"),
        (
            "gitopsd.io/on-remove",
            "purge",
            "gitopsd.io~1on-remove",
            "must be orphan, prune or prune-and-wait",
        ),
        (
            "gitopsd.io/propagation",
            "orphan",
            "gitopsd.io~1propagation",
            "must be Foreground, Background or Orphan",
        ),
        ("gitopsd.io/leaving", "yes", "gitopsd.io~1leaving", "must be true or false"),
        (
            "gitopsd.io/allow-data-loss",
            "yes",
            "gitopsd.io~1allow-data-loss",
            "must be true or false",
        ),
        (
            "config.kubernetes.io/depends-on",
            "Deployment/web",
            "config.kubernetes.io~1depends-on",
            "'Deployment/web' names no object; right would be group/kind/name or "
            "group/namespaces/namespace/kind/name, several with commas between",
        ),
    ],
)
def test_what_is_not(name: str, text: str, pointer: str, words: str) -> None:
    assert list(mistakes({name: text})) == [(f"/metadata/annotations/{pointer}", words)]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        (
            "hook",
            "presync",
            "must be pre-sync, sync, post-sync, sync-fail, pre-delete or post-delete",
        ),
        (
            "hook-delete-policy",
            "never",
            "must be before-creation, on-success or on-failure, several with commas between",
        ),
        ("hook-timeout", "10", "must be a time such as 90s, 10m or 1h"),
        ("on-immutable", "delete", "must be fail, recreate, recreate-orphan or ignore"),
    ],
)
def test_a_word_that_is_none_is_told_with_those_that_are(name: str, text: str, words: str) -> None:
    assert list(mistakes({f"gitopsd.io/{name}": text})) == [
        (f"/metadata/annotations/gitopsd.io~1{name}", words)
    ]
