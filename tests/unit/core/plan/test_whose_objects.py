"""Whose objects stand in the way of a namespace that is deleted."""

import pytest

from gitopsd.core.plan.losing import strangers
from gitopsd.core.rights.needed import Right
from gitopsd.core.rights.roles import Grant, roles
from gitopsd.model.api import Served

RBAC = "rbac.authorization.k8s.io"


def served(kind: str) -> Served:
    return Served(RBAC, "v1", kind, f"{kind.lower()}s", True, frozenset({"list"}), ("v1",))


def of_a_person(kind: str) -> dict:
    return {"kind": kind, "metadata": {"name": "people", "namespace": "shop"}}


@pytest.mark.parametrize("kind", ["Role", "RoleBinding"])
def test_rights_that_were_printed_for_the_daemon_are_nobody_elses(kind) -> None:
    rights = [Right("shop", "", "configmaps", "get")]
    printed = roles(rights, Grant("gitopsd", "gitopsd-system", "gitopsd"))
    ours = [each for each in printed if each["kind"] == kind]

    assert len(ours) == 1
    assert strangers([*ours, of_a_person(kind)], served(kind), "set") == [f"{kind} people"]
