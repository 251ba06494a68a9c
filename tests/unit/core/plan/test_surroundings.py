"""What the health of an object depends on beside itself."""

import pytest

from fakes.delivery import manifest
from gitopsd.core.health import NOTHING_KNOWN, Around
from gitopsd.core.plan.surroundings import (
    CLAIM,
    INGRESS,
    STORAGE_CLASS,
    around_of,
    asked,
    concerned,
)
from gitopsd.kube.body import Body
from gitopsd.model.decision import Wanted
from servers.objects import config_map, definition

LATE: Body = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": "local"},
    "provisioner": "kubernetes.io/no-provisioner",
    "volumeBindingMode": "WaitForFirstConsumer",
}
SOON: Body = {**LATE, "metadata": {"name": "disk"}, "volumeBindingMode": "Immediate"}
DATA: Body = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "data", "namespace": "shop"},
}
ENTRY: Body = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "Ingress",
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {"ingressClassName": "nginx"},
    "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}},
}


def wanted(*bodies: Body) -> Wanted:
    made = [manifest(body) for body in bodies]
    return Wanted("eu", "c0ffee", {each.key: each for each in made}, frozenset())


def test_only_what_something_depends_on_is_listed() -> None:
    assert asked(wanted(config_map("shop", "web")).manifests) == frozenset()
    assert asked(wanted(DATA).manifests) == {STORAGE_CLASS}
    assert asked(wanted(DATA, ENTRY).manifests) == {STORAGE_CLASS, INGRESS}


def test_classes_that_wait_for_a_pod_are_those_there_and_those_wanted() -> None:
    there = {**LATE, "metadata": {"name": "standard"}}

    found = around_of(wanted(DATA, LATE, SOON), {STORAGE_CLASS: [there]})

    assert found.late_classes == {"local", "standard"}


def test_a_class_publishes_addresses_where_it_did_so_before() -> None:
    silent = {**ENTRY, "spec": {"ingressClassName": "inner"}, "status": {"loadBalancer": {}}}

    found = around_of(wanted(ENTRY), {INGRESS: [ENTRY, silent]})

    assert found.publishing_classes == {"nginx"}


OPEN = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
PLAIN = {"type": "object", "properties": {"spec": {"type": "object"}}}
TOLD = {"type": "object", "properties": {"status": {"type": "object"}}}


@pytest.mark.parametrize(
    ("schemas", "is_without"),
    [((PLAIN,), True), ((PLAIN, TOLD), False), ((OPEN,), False), (({},), False)],
)
def test_a_kind_is_without_status_where_no_version_may_have_one(schemas, is_without) -> None:
    found = around_of(wanted(definition("shop.example", "Cake", *schemas)), {})

    assert (("shop.example", "Cake") in found.without_status) is is_without


def test_what_is_known_now_concerns_the_kinds_that_depend_on_it() -> None:
    now = Around(frozenset({"local"}), frozenset(), frozenset({("shop.example", "Cake")}))

    assert concerned(NOTHING_KNOWN, now) == {CLAIM, ("shop.example", "Cake")}
    assert concerned(now, now) == frozenset()
