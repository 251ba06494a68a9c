from hypothesis import given, settings
from hypothesis import strategies as st

from gitopsd.core.plan.inventory import Inventory, parent, read
from gitopsd.core.plan.order import apply_order, delete_order
from gitopsd.model.delivery import Entry
from gitopsd.model.resource import ResourceKey

TEXTS = st.text(max_size=12)
KEYS = st.builds(
    ResourceKey,
    st.sampled_from(("", "apps", "shop.example")),
    st.sampled_from(("Service", "Deployment", "CakeClass", "Cake")),
    TEXTS,
    TEXTS,
)
WAVES = st.integers(-5, 5)
ENTRIES = st.builds(
    Entry,
    KEYS,
    TEXTS,
    TEXTS,
    TEXTS,
    WAVES,
    TEXTS,
    st.integers(0, 9),
    st.none() | st.integers(0, 9),
    st.lists(st.sampled_from(("kept", "hook")), max_size=2).map(tuple),
)
INVENTORIES = st.builds(
    Inventory,
    TEXTS,
    TEXTS,
    TEXTS,
    st.lists(ENTRIES, max_size=8).map(lambda entries: {each.key: each for each in entries}),
)


@given(INVENTORIES)
@settings(deadline=None)
def test_an_inventory_is_read_as_it_was_written(inventory):
    assert read(parent("inventory", "system", inventory)) == inventory


@given(st.lists(st.tuples(KEYS, WAVES), max_size=8, unique_by=lambda each: each[0]))
@settings(deadline=None)
def test_deleting_goes_backwards_whatever_the_names(objects):
    deleting = sorted(objects, key=lambda each: delete_order(*each))

    assert deleting == sorted(objects, key=lambda each: apply_order(*each))[::-1]
