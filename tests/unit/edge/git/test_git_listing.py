from gitopsd.edge.git.listing import Listing, Store, listing
from gitopsd.edge.git.trees import File, Folder, changed, id_of, new_objects
from gitopsd.model.snapshot import TreeEntry

ONE = id_of(b"blob", b"1")
TWO = id_of(b"blob", b"22")


def store(root: Folder, asked: list[bytes]) -> Store:
    trees = dict(new_objects(root, None))

    def tree(id: bytes) -> bytes:
        asked.append(id)
        return trees[id]

    return Store(tree, {ONE: 1, TWO: 2}.__getitem__)


def test_every_file_has_its_whole_path_mode_and_size() -> None:
    root = Folder({b"run.sh": File(0o100755, ONE), b"a": Folder({b"b.yaml": File(0o100644, TWO)})})

    found = listing(root.id, Listing(), store(root, []))

    assert found.entries == {
        "a/b.yaml": TreeEntry(0o100644, TWO.hex(), 2),
        "run.sh": TreeEntry(0o100755, ONE.hex(), 1),
    }


def test_a_submodule_has_no_size_and_is_not_looked_for() -> None:
    root = Folder({b"lib": File(0o160000, b"\1" * 20)})

    assert listing(root.id, Listing(), store(root, [])).entries["lib"].size == 0


def test_a_folder_that_stayed_is_not_read_again() -> None:
    before = changed(Folder(), {"a/x": ONE, "b/y": ONE})
    after = changed(before, {"a/x": TWO})
    asked: list[bytes] = []

    first = listing(before.id, Listing(), store(before, []))
    second = listing(after.id, first, store(after, asked))

    assert asked == [after.id, after.entries[b"a"].id]
    assert second.entries["b/y"] is first.entries["b/y"]
    assert second.entries["a/x"] == TreeEntry(0o100644, TWO.hex(), 2)


def test_the_same_tree_is_the_same_listing() -> None:
    root = changed(Folder(), {"a/x": ONE})
    first = listing(root.id, Listing(), store(root, []))

    assert listing(root.id, first, store(root, [])) is first
