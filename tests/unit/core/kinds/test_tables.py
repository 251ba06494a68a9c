from gitopsd.core.kinds.tables import empties, restored


def test_an_empty_field_is_what_it_was_in_the_object():
    known = empties({"spec": {"one": {}, "many": [], "list": [{"inner": {}}]}})

    found = restored({"spec": {"one": [], "many": [], "list": [{"inner": []}]}}, known)

    assert found == {"spec": {"one": {}, "many": [], "list": [{"inner": {}}]}}


def test_an_empty_field_that_was_not_there_is_none():
    assert restored({"spec": {"new": [], "kept": 1}}) == {"spec": {"kept": 1}}


def test_an_empty_item_goes_unless_it_was_there():
    assert restored({"items": [[], {"a": 1}]}) == {"items": [{"a": 1}]}
    assert restored({"items": [[]]}, empties({"items": [{}]})) == {"items": [{}]}


def test_what_is_empty_as_a_whole_stays():
    assert restored([]) == []
