import pytest

from gitopsd.kube.patch import Operation, PatchError, apply, merge, read

BODY = {"spec": {"args": ["a", "b"], "replicas": 2, "none": None}}


def patched(*operations):
    return apply(BODY, [Operation(*each) for each in operations])["spec"]


def test_a_list_is_edited_step_by_step():
    assert patched(
        ("add", "/spec/args/-", "c"),
        ("add", "/spec/args/0", "z"),
        ("replace", "/spec/args/1", "A"),
        ("remove", "/spec/args/2"),
    )["args"] == ["z", "A", "c"]


def test_a_negative_index_counts_from_the_end():
    assert patched(("replace", "/spec/args/-1", "B"))["args"] == ["a", "B"]
    assert patched(("remove", "/spec/args/-2"))["args"] == ["b"]
    assert patched(("add", "/spec/args/-1", "c"))["args"] == ["a", "b", "c"]


def test_adding_at_the_length_appends():
    assert patched(("add", "/spec/args/2", "c"))["args"] == ["a", "b", "c"]


def test_a_missing_value_is_null():
    assert patched(("add", "/spec/new"))["new"] is None


def test_a_null_can_be_replaced_and_removed():
    assert patched(("replace", "/spec/none", 1))["none"] == 1
    assert "none" not in patched(("remove", "/spec/none"))


def test_what_stands_before_the_first_slash_is_ignored():
    assert patched(("replace", "ignored/spec/replicas", 3))["replicas"] == 3


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (("replace", "/spec/x", 1), "/spec/x: there is nothing to replace"),
        (("remove", "/spec/x"), "/spec/x: there is nothing to remove"),
        (("add", "/spec/x/y", 1), "/spec/x/y: there is no 'x'"),
        (("add", "/spec/none/y", 1), "/spec/none/y: the parent is no mapping or list"),
        (("add", "/spec/args/3", 1), "/spec/args/3: index 3 is out of range: the list has 3"),
        (("add", "/spec/args/x", 1), "/spec/args/x: 'x' is no index"),
        (("replace", "/spec/args/-3", 1), "index -3 is out of range"),
        (("remove", "/spec/replicas/x"), "the parent is no mapping or list"),
        (("add", "no-slash", 1), "'no-slash' is no JSON pointer"),
        (("remove", ""), "'' is no JSON pointer"),
        (("jump", "/spec"), "unknown operation 'jump'"),
        (("test", "/spec/replicas", 3), "/spec/replicas: test failed"),
    ],
)
def test_what_does_not_apply_says_why(operation, message):
    with pytest.raises(PatchError, match="^.*" + message.replace("/", "/")):
        apply(BODY, [Operation(*operation)])


def test_all_operations_or_none():
    with pytest.raises(PatchError):
        patched(("replace", "/spec/replicas", 3), ("remove", "/spec/x"))

    assert BODY["spec"]["replicas"] == 2


def test_what_is_not_touched_is_shared():
    changed = apply({"a": {"b": 1}, "c": {"d": 1}}, [Operation("replace", "/a/b", 2)])

    assert changed == {"a": {"b": 2}, "c": {"d": 1}}
    whole = {"a": {"b": 1}, "c": {"d": 1}}
    assert apply(whole, [Operation("replace", "/a/b", 2)])["c"] is whole["c"]
    assert apply(whole, []) is whole


def test_move_and_copy_go_from_one_place_to_another():
    assert apply({"a": 1}, [Operation("move", "/b", source="/a")]) == {"b": 1}
    assert apply({"a": [1]}, [Operation("copy", "/b", source="/a")]) == {"a": [1], "b": [1]}


def test_test_compares_as_json():
    assert patched(("test", "/spec/replicas", 2.0))["replicas"] == 2
    assert patched(("test", "/spec/absent", None))["replicas"] == 2
    with pytest.raises(PatchError, match="test failed"):
        apply({"a": 1}, [Operation("test", "/a", True)])


def test_a_whole_document_is_replaced_by_a_mapping_or_list_only():
    assert apply({"a": 1}, [Operation("replace", "", {"b": 2})]) == {"b": 2}
    with pytest.raises(PatchError, match="needs a mapping or a list"):
        apply({"a": 1}, [Operation("add", "", 3)])


def test_a_patch_document_is_read_or_refused():
    assert read([{"op": "move", "path": "/b", "from": "/a"}]) == (
        Operation("move", "/b", None, "/a"),
    )
    with pytest.raises(PatchError, match="a list of operations"):
        read({"op": "add"})
    with pytest.raises(PatchError, match="op and path"):
        read(["add"])
    with pytest.raises(PatchError, match="op and from are strings"):
        read([{"op": 1, "path": "/a"}])


def test_a_merge_patch_removes_by_null_and_goes_in_deep():
    old = {"a": {"b": 1, "c": 2}, "d": [1, 2]}

    assert merge(old, {"a": {"b": None, "e": {"f": None}}, "d": [3]}) == {
        "a": {"c": 2, "e": {}},
        "d": [3],
    }
    assert merge("text", {"a": 1}) == {"a": 1}
    assert merge(old, ["x"]) == ["x"]
    assert old == {"a": {"b": 1, "c": 2}, "d": [1, 2]}
