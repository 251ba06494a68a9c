import base64
from dataclasses import replace

import pytest

from gitopsd import __version__
from gitopsd.core.plan import inventory
from gitopsd.core.plan.inventory import Inventory, applyset_id, parent, read, size
from gitopsd.kube import wire
from gitopsd.model.delivery import Entry
from gitopsd.model.resource import ResourceKey

WEB = ResourceKey("apps", "Deployment", "shop", "web")
SETTINGS = ResourceKey("", "ConfigMap", "gitopsd-system", "settings")
SHOP = ResourceKey("", "Namespace", "", "shop")
ENTRIES = {
    WEB: Entry(WEB, "v1", "uid-1", "ab12", 1, "apps/web.yaml", 2, 3, ("kept",)),
    SHOP: Entry(SHOP, "v1"),
    SETTINGS: Entry(SETTINGS, "v1", share=0),
}
INVENTORY = Inventory("https://git.example/fleet.git", "c0ffee", "beef", ENTRIES, cluster="eu")
ID = "applyset-63Vtum8txCFBPlQFLi4_WKnd9lp0kktNhw7w4-OyS8k-v1"


def test_the_id_is_the_one_that_kubectl_computes():
    assert applyset_id("gitopsd-inventory", "gitopsd-system") == ID
    assert (
        applyset_id("web", "default", "Secret")
        == "applyset-zN5gMMt3uHLO5pHDCETR-9uiGqcPRNY0X24Hk0Rzcgo-v1"
    )


def test_a_parent_says_which_kinds_and_namespaces_its_set_has():
    body = parent("gitopsd-inventory", "gitopsd-system", INVENTORY)

    assert body["metadata"] == {
        "name": "gitopsd-inventory",
        "namespace": "gitopsd-system",
        "labels": {"applyset.kubernetes.io/id": ID},
        "annotations": {
            "applyset.kubernetes.io/tooling": f"gitopsd/{__version__}",
            "applyset.kubernetes.io/contains-group-kinds": "ConfigMap,Deployment.apps,Namespace",
            "applyset.kubernetes.io/additional-namespaces": "shop",
        },
    }
    assert body["data"]["source"] == "https://git.example/fleet.git"
    assert body["data"]["commit"] == "c0ffee"
    assert body["data"]["desiredHash"] == "beef"
    assert body["data"]["cluster"] == "eu"
    assert body["data"].keys() == {"source", "commit", "desiredHash", "cluster", "entries-0"}


def test_an_empty_set_says_that_it_has_no_kinds():
    body = parent("gitopsd-inventory", "gitopsd-system", Inventory())

    assert body["metadata"]["annotations"][inventory.GROUP_KINDS] == ""
    assert read(body) == Inventory()


def test_what_is_written_is_read_again():
    assert read(parent("gitopsd-inventory", "gitopsd-system", INVENTORY)) == INVENTORY


def test_which_sets_come_first_is_written_where_some_do():
    body = parent("gitopsd-inventory", "gitopsd-system", replace(INVENTORY, after=("a", "b")))

    assert body["data"]["dependsOn"] == "a,b"
    assert read(body).after == ("a", "b")


def test_what_cannot_be_an_instance_is_none():
    names = ",".join(["../a", "", "A", "b", *(f"c{n}" for n in range(100))])
    body = parent("gitopsd-inventory", "gitopsd-system", replace(INVENTORY, after=(names,)))

    assert read(body).after == ("b", *(f"c{n}" for n in range(60)))


def test_the_order_of_entries_does_not_matter():
    backwards = Inventory("s", "c", "h", dict(reversed(ENTRIES.items())))

    assert parent("i", "n", backwards) == parent("i", "n", Inventory("s", "c", "h", ENTRIES))


def test_many_entries_stand_in_several_parts():
    keys = [ResourceKey("", "ConfigMap", "shop", f"c-{number}") for number in range(10_000)]
    many = Inventory(entries={key: Entry(key, "v1", hash=wire.hash_of(key)) for key in keys})

    body = parent("i", "n", many)

    assert {"entries-0", "entries-1", "entries-2"} <= body["data"].keys()
    assert read(body) == many


def test_the_size_is_that_of_the_request():
    body = parent("i", "n", Inventory(source="x" * inventory.LIMIT_BYTES))

    assert inventory.LIMIT_BYTES < size(body) < inventory.LIMIT_BYTES + 1000


@pytest.mark.parametrize(
    ("tooling", "said"),
    [
        ("kubectl/v1.36.0", "'kubectl/v1.36.0'"),
        ("other/gitopsd/0.1.0", "'other/gitopsd/0.1.0'"),
        ("gitopsd", "'gitopsd'"),
        (None, "missing"),
    ],
)
def test_the_parent_of_another_tool_is_refused(tooling, said):
    body = with_metadata("annotations", inventory.TOOLING, tooling)

    with pytest.raises(ValueError, match=f"tooling is {said}, so it is not ours to change"):
        read(body)


def test_another_version_of_ours_is_read():
    body = with_metadata("annotations", inventory.TOOLING, "gitopsd/99.0.0-rc.1")

    assert read(body) == INVENTORY


@pytest.mark.parametrize("id_", ["applyset-other-v1", None])
def test_a_parent_with_the_id_of_another_set_is_refused(id_):
    body = with_metadata("labels", inventory.ID, id_)

    with pytest.raises(ValueError, match=f"right would be '{ID}'"):
        read(body)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "entries cannot be read: they end too early"),
        (None, "entries cannot be read: they end too early"),
        ({"entries-0": "no base64!"}, "entries cannot be read"),
        ({"entries-0": base64.b64encode(b"no zlib").decode()}, "entries cannot be read"),
        ({"entries-0": "eJw="}, "entries cannot be read: they end too early"),
        ({"entries-1": "eJw="}, "entries-0 is missing"),
        ({"entries-0": 5}, "entries cannot be read"),
        ("text", "entries cannot be read"),
    ],
)
def test_damaged_entries_are_refused(data, said):
    body = {**parent("gitopsd-inventory", "gitopsd-system", INVENTORY), "data": data}

    with pytest.raises(ValueError, match=f"ConfigMap gitopsd-system/gitopsd-inventory: .*{said}"):
        read(body)


def with_metadata(field, name, value):
    body = parent("gitopsd-inventory", "gitopsd-system", INVENTORY)
    metadata = body["metadata"]
    return {**body, "metadata": {**metadata, field: {**metadata[field], name: value}}}
