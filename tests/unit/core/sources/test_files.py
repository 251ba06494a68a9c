import pytest

from gitopsd.core.sources import Limits, usable
from gitopsd.model.problem import Severity
from gitopsd.model.snapshot import TreeEntry

FILE, LINK, MODULE = 0o100644, 0o120000, 0o160000


def files(**limits):
    return Limits(**limits)


def found(entries, texts=(), limits=None):
    tree = {
        path: each if isinstance(each, TreeEntry) else TreeEntry(FILE, path, 10)
        for path, each in entries.items()
    }
    read = {key: text.encode() for key, text in dict(texts).items()}.__getitem__
    return usable(tree, read, limits or Limits())


def link(blob):
    return TreeEntry(LINK, blob, 5)


def plain(*paths):
    return dict.fromkeys(paths)


def test_manifests_count_by_their_ending():
    seen = found(plain("b.yaml", "a.yml", "c.json", "README.md", "d.yaml.bak", "sub/e.yaml"))

    assert list(seen.blobs) == ["a.yml", "b.yaml", "c.json", "sub/e.yaml"]
    assert seen.problems == ()


def test_folders_with_a_dot_are_left_out():
    seen = found(plain(".github/a.yaml", "x/.y/b.yaml", ".c.yaml", "x/.d.yaml"))

    assert list(seen.blobs) == [".c.yaml", "x/.d.yaml"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("../a.yaml", "a path with '..' in it is not read"),
        ("a/../b.yaml", "a path with '..' in it is not read"),
        ("/a.yaml", "an absolute path is not read"),
        ("a\\b.yaml", "a name with a backslash is not read"),
        ("a\x00.yaml", "a name with control characters is not read"),
        ("a\nb.yaml", "a name with control characters is not read"),
        (".git/a.yaml", "a name that some systems take for .git is not read"),
        ("x/.GIT/a.yaml", "a name that some systems take for .git is not read"),
        (".git. /a.yaml", "a name that some systems take for .git is not read"),
        ("git~1/a.yaml", "a name that some systems take for .git is not read"),
        (".g\u200cit/a.yaml", "a name that some systems take for .git is not read"),
    ],
)
def test_a_name_that_is_a_trap_is_refused(path, words):
    seen = found(plain(path, "good.yaml"))

    assert list(seen.blobs) == ["good.yaml"]
    assert [(each.path, each.message) for each in seen.problems] == [(path, words)]
    assert seen.unreadable == {path}


@pytest.mark.parametrize("path", ["über/blick.yaml", "a~b.yaml", ".gitlab.yaml", "a b/c.yaml"])
def test_an_unusual_name_is_read(path):
    assert list(found(plain(path)).blobs) == [path]


def test_a_link_leads_to_a_file_of_the_repository():
    entries = {
        "a/real.yaml": None,
        "b/link.yaml": link("1"),
        "c": link("2"),
        "d.yaml": link("3"),
    }
    texts = {"1": "../a/real.yaml", "2": "a", "3": "c/real.yaml"}

    seen = found(entries, texts)

    assert seen.blobs == {
        "a/real.yaml": "a/real.yaml",
        "b/link.yaml": "a/real.yaml",
        "d.yaml": "a/real.yaml",
    }


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("/etc/passwd", "is a link to an absolute path; only links inside the repository count"),
        ("../../x.yaml", "is a link that leaves the repository"),
        ("l.yaml", "is a link through more than 8 links, or to itself"),
        ("nothing.yaml", "is a link to something that is no file of the repository"),
    ],
)
def test_a_link_that_leads_nowhere_is_an_error_of_its_path(target, words):
    seen = found({"d/l.yaml": link("1"), "good.yaml": None}, {"1": target})

    assert list(seen.blobs) == ["good.yaml"]
    assert [(each.path, each.message) for each in seen.problems] == [("d/l.yaml", words)]
    assert seen.unreadable == {"d/l.yaml"}


def test_nine_links_are_one_too_many():
    entries = {f"l{n}.yaml": link(str(n)) for n in range(1, 10)} | {"l0.yaml": None}
    texts = {str(n): f"l{n - 1}.yaml" for n in range(1, 10)}

    seen = found(entries, texts)

    assert sorted(seen.unreadable) == ["l8.yaml", "l9.yaml"]


def test_a_submodule_is_a_warning():
    seen = found({"vendor": TreeEntry(MODULE, "x", 0)})

    assert [(each.path, each.severity) for each in seen.problems] == [("vendor", Severity.WARNING)]
    assert seen.unreadable == frozenset()


def test_what_the_ignore_file_names_is_left_out():
    entries = plain("a.yaml", "tmp/b.yaml", "tmp/keep/c.yaml", "d.gen.yaml", "x/d.gen.yaml")
    entries |= {".gitopsdignore": None}

    seen = found(entries, {".gitopsdignore": "/tmp/\n*.gen.yaml\n!x/*.gen.yaml\n"})

    assert list(seen.blobs) == ["a.yaml", "x/d.gen.yaml"]


def test_a_chart_is_not_read():
    seen = found(plain("a.yaml", "chart/Chart.yaml", "chart/templates/b.yaml", "chart/values.yaml"))

    assert list(seen.blobs) == ["a.yaml"]
    assert seen.charts == {"chart"}
    assert seen.problems == ()


def test_what_lies_below_a_kustomization_is_not_read():
    entries = plain(
        "a.yaml",
        "base/kustomization.yaml",
        "base/b.yaml",
        "over/eu/kustomization.yml",
        "over/eu/patch.yaml",
        "over/eu/.patch/c.yaml",
    )

    seen = found(entries)

    assert list(seen.blobs) == ["a.yaml"]
    assert seen.kustomizations == {
        "base": "base/kustomization.yaml",
        "over/eu": "over/eu/kustomization.yml",
    }
    assert seen.inside == set(entries) - {"a.yaml", "over/eu/.patch/c.yaml"}
    assert seen.unreadable == frozenset()


def test_a_kustomization_has_one_of_three_names():
    seen = found(plain("a/Kustomization", "b/myKustomization", "c/my-kustomization.yaml"))

    assert seen.kustomizations == {"a": "a/Kustomization"}
    assert list(seen.blobs) == ["c/my-kustomization.yaml"]


def test_the_configuration_is_read_even_if_all_is_rendered():
    seen = found(plain("kustomization.yaml", "gitopsd.yaml", "a.yaml"))

    assert list(seen.blobs) == ["gitopsd.yaml"]


def test_a_chart_inside_a_kustomization_is_no_part_of_it():
    seen = found(plain("k/kustomization.yaml", "k/chart/Chart.yaml", "k/chart/kustomization.yaml"))

    assert seen.kustomizations == {"k": "k/kustomization.yaml"}
    assert seen.inside == {"k/kustomization.yaml"}


def test_a_large_file_of_a_chart_or_a_kustomization_is_theirs():
    big = TreeEntry(FILE, "x", 11)
    entries = {"c/Chart.yaml": None, "c/crds/a.yaml": big, "k/kustomization.yaml": None}

    seen = found({**entries, "k/crd.yaml": big}, limits=files(file_bytes=10))

    assert seen.problems == ()
    assert seen.inside == {"k/kustomization.yaml", "k/crd.yaml"}


def test_a_file_that_is_too_large_is_held():
    seen = found(
        {"big.yaml": TreeEntry(FILE, "x", 11), "a.yaml": None}, limits=files(file_bytes=10)
    )

    assert list(seen.blobs) == ["a.yaml"]
    assert seen.unreadable == {"big.yaml"}


def test_files_beyond_the_most_are_held():
    seen = found(plain("c.yaml", "b.yaml", "a.yaml"), limits=files(files=1))

    assert list(seen.blobs) == ["a.yaml"]
    assert seen.unreadable == {"b.yaml", "c.yaml"}
    assert [each.message for each in seen.problems] == ["is one of 3 files; at most 1 are read"]
