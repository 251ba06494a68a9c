import pytest

from gitopsd.edge.git.trees import (
    File,
    Folder,
    Malformed,
    changed,
    files,
    folder,
    id_of,
    new_objects,
    parsed,
    text_of,
)

HELLO = bytes.fromhex("ce013625030ba8dba906f756967f9e9ca394464a")  # "hello\n"
BYE = id_of(b"blob", b"bye\n")


def test_ids_are_those_of_git() -> None:
    assert id_of(b"blob", b"hello\n") == HELLO
    assert Folder().id.hex() == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def test_a_folder_sorts_as_if_it_ended_with_a_slash() -> None:
    root = changed(Folder(), {"a/x": HELLO, "a.yaml": HELLO, "a0": HELLO})

    assert [name for _, name, _ in parsed(root.data)] == [b"a.yaml", b"a", b"a0"]


def test_a_tree_has_the_id_that_git_gives_it() -> None:
    root = changed(Folder(), {"docs/hello.txt": HELLO, "hello.txt": HELLO})

    # printf hello\n > hello.txt; mkdir docs; cp hello.txt docs; git add .; git write-tree
    assert root.id.hex() == "584d640801fb7c5e44c40f7de1496904ff4f5c83"


def test_only_folders_on_the_way_to_a_change_are_new() -> None:
    before = changed(Folder(), {"a/b/x": HELLO, "a/c/y": HELLO, "z": HELLO})

    after = changed(before, {"a/b/x": BYE})

    new = dict(new_objects(after, before))
    a = after.entries[b"a"]
    assert isinstance(a, Folder)
    assert set(new) == {after.id, a.id, a.entries[b"b"].id}


def test_what_is_removed_takes_its_empty_folder_along() -> None:
    before = changed(Folder(), {"a/b/x": HELLO, "z": HELLO})

    after = changed(before, {"a/b/x": None})

    assert dict(files(after)) == {"z": File(0o100644, HELLO)}


def test_a_file_may_become_a_folder_and_back() -> None:
    before = changed(Folder(), {"a": HELLO})

    there = changed(before, {"a": None, "a/b": BYE})
    back = changed(there, {"a/b": None, "a": HELLO})

    assert [path for path, _ in files(there)] == ["a/b"]
    assert back == before


def test_removing_what_is_not_there_changes_nothing() -> None:
    before = changed(Folder(), {"a": HELLO})

    assert changed(before, {"b": None, "c/d": None, "a/e": None}).id == before.id


def test_a_file_that_changes_keeps_its_mode() -> None:
    before = Folder({b"run.sh": File(0o100755, HELLO)})

    assert changed(before, {"run.sh": BYE}).entries[b"run.sh"] == File(0o100755, BYE)


def test_a_folder_is_read_with_all_below_it() -> None:
    root = changed(Folder(), {"a/b/x": HELLO, "z": BYE})
    objects = dict(new_objects(root, None))

    assert folder(root.id, objects.__getitem__) == root


@pytest.mark.parametrize("data", [b"x", b"100644 a\0short", b"100644\0" + HELLO, b"9z a\0" + HELLO])
def test_bytes_that_are_no_tree_are_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        list(parsed(data))


def test_a_name_that_is_no_text_shows_its_bytes() -> None:
    assert text_of(b"caf\xe9.yaml") == r"caf\xe9.yaml"
