"""The cache folder: whose it is, who may use it, and that it does not grow."""

import stat

from gitopsd.edge.git import network


def clones(place, purpose="source"):
    return sorted(place.cache.glob(f"git/*/{purpose}/*.git"))


async def test_clones_are_for_this_user_only(served) -> None:
    served.repository.push({"a": "1"})
    await served.remote().tree()

    (folder,) = served.cache.glob("git/*/source")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700


async def test_the_first_fetch_brings_one_commit(served) -> None:
    for number in range(5):
        served.repository.push({"a": str(number)})

    await served.remote().tree()

    (clone,) = clones(served)
    assert (clone / "shallow").read_text().split() == [served.repository.head()]


async def test_a_second_user_of_the_folder_works_beside_it(served) -> None:
    served.repository.push({"a": "1"})
    first, second = served.remote(), served.remote()
    await first.tree()

    tree = await second.tree()

    assert second.read(tree.entries["a"].blob) == b"1"
    assert len(list(served.cache.glob("git/*/source"))) == 1


async def test_a_clone_is_used_again(served) -> None:
    served.repository.push({"a": "1"})
    first = served.remote()
    await first.tree()
    first.close()
    (before,) = clones(served)
    packs = len(list(before.glob("objects/pack/*.pack")))

    await served.remote().tree()

    assert clones(served) == [before]
    assert len(list(before.glob("objects/pack/*.pack"))) == packs


async def test_a_clone_with_many_packs_is_made_anew(served, monkeypatch) -> None:
    monkeypatch.setattr(network, "PACKS", 3)
    remote = served.remote()
    previous = ""
    seen = []

    for number in range(9):
        served.repository.push({"a": str(number), f"{number}": "x"})
        await remote.poll()
        tree = await remote.tree(previous)
        previous = tree.commit
        seen.append((tree.anomaly, remote.read(tree.entries["a"].blob)))

    assert seen == [("", str(number).encode()) for number in range(9)]
    assert len(clones(served)) <= 2
    assert int(clones(served)[-1].stem) > 1
    assert sum(1 for _ in clones(served)[-1].glob("objects/pack/*.pack")) <= 4


async def test_a_damaged_clone_is_made_anew(served) -> None:
    served.repository.push({"a": "1"})
    first = served.remote()
    await first.tree()
    first.close()
    (clone,) = clones(served)
    for pack in clone.glob("objects/pack/*"):
        pack.unlink()
    served.repository.push({"a": "2"})

    remote = served.remote()
    tree = await remote.tree()

    assert remote.read(tree.entries["a"].blob) == b"2"


async def test_locks_that_a_killed_process_left_are_removed(served) -> None:
    served.repository.push({"a": "1"})
    first = served.remote()
    await first.tree()
    first.close()
    (clone,) = clones(served)
    (clone / "refs" / "heads" / "main.lock").write_text("")
    (clone / "shallow.lock").write_text("")
    commit = served.repository.push({"a": "2"})

    assert (await served.remote().tree()).commit == commit
