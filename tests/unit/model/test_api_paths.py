"""Paths of what a member serves."""

import pytest

from gitopsd.model.api import Served

WEB = Served("apps", "v1", "Deployment", "deployments", True, frozenset(), ("v1", "v1beta1"))
ROLE = Served("", "v1", "Role", "roles", False, frozenset(), ("v1",))


def test_an_object_and_its_lists_have_paths() -> None:
    assert WEB.path("shop", "web") == "/apis/apps/v1/namespaces/shop/deployments/web"
    assert WEB.path("shop") == "/apis/apps/v1/namespaces/shop/deployments"
    assert WEB.path() == "/apis/apps/v1/deployments"
    assert WEB.path("shop", version="v1beta1") == "/apis/apps/v1beta1/namespaces/shop/deployments"


def test_a_kind_without_namespaces_ignores_one() -> None:
    assert ROLE.path("shop", "web") == "/api/v1/roles/web"


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        ("system:node", "system%3Anode"),
        ("a?b#c", "a%3Fb%23c"),
        ("web/status", "web%252Fstatus"),
        ("..", "%252E%252E"),
        (".", "%252E"),
        ("a%2Fb", "a%252Fb"),
    ],
)
def test_no_name_leads_elsewhere(name: str, quoted: str) -> None:
    assert ROLE.path(name=name) == f"/api/v1/roles/{quoted}"
