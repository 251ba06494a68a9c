"""Laws of what is built: nothing below a kustomization is forgotten, nothing leaves the tree."""

from hypothesis import given
from hypothesis import strategies as st

from gitopsd.core.load import LoadCache, Means, load
from gitopsd.core.sources import usable
from gitopsd.core.sources.builds import asked
from gitopsd.core.sources.contents import Contents
from gitopsd.core.sources.kustomizations import read_kustomization
from gitopsd.kube.yaml import dump
from gitopsd.model.build import Built
from gitopsd.model.snapshot import Tree, TreeEntry

FOLDERS = ("", "a", "a/b", "c", "c/d")
FIELDS = (
    "resources",
    "Resources",
    "bases",
    "components",
    "crds",
    "generators",
    "patchesStrategicMerge",
)
NAMES = st.sampled_from(
    [
        "x.yaml",
        "../x.yaml",
        "../a",
        "..",
        ".",
        "b",
        "../c/d",
        "../../../etc",
        "/etc/passwd",
        "https://example.com/a",
        "link",
        "gone",
        ".hidden/x.yaml",
    ]
)
TEXTS = st.one_of(
    st.builds(dump, st.dictionaries(st.sampled_from(FIELDS), st.lists(NAMES, max_size=3))),
    st.builds(lambda names: dump({"kind": "Component", "resources": names}), st.lists(NAMES)),
    st.sampled_from(["", "a: [", "[]", "resources: ../a"]),
)
LINKS = st.sampled_from(["../a", "/etc", "../../..", "x.yaml", "link"])


@st.composite
def trees(draw):
    entries = {}
    for folder in FOLDERS:
        at = f"{folder}/" if folder else ""
        if draw(st.booleans()):
            entries[f"{at}kustomization.yaml"] = file(draw(TEXTS))
        if draw(st.booleans()):
            entries[f"{at}x.yaml"] = file("kind: X")
        if draw(st.booleans()):
            target = draw(LINKS)
            entries[f"{at}link"] = TreeEntry(0o120000, target, len(target))
    return entries


def file(text):
    return TreeEntry(0o100644, text, len(text))


def found(entries):
    sources = usable(entries, str.encode)
    contents = Contents(entries, str.encode)
    return sources, asked(sources.kustomizations, sources.inside, (contents, {}))


@given(trees())
def test_every_kustomization_is_taken_held_or_a_component(entries):
    sources, asks = found(entries)

    known = {path for build in asks.builds for path in build.files}
    known |= {path for refusal in asks.refusals for path in refusal.held}
    components = {
        path
        for path in sources.kustomizations.values()
        if read_kustomization(entries[path].blob.encode()).is_component
    }
    assert set(sources.kustomizations.values()) <= known | components


@given(trees())
def test_every_manifest_below_one_is_taken_held_or_told_of(entries):
    sources, asks = found(entries)

    known = {path for build in asks.builds for path in build.files}
    known |= {path for refusal in asks.refusals for path in refusal.held}
    told = {each.path for each in asks.problems}
    for path in sources.inside - known - set(sources.kustomizations.values()):
        assert any(path.startswith(each.rpartition("/")[0]) for each in told)


@given(trees())
def test_a_build_takes_only_files_of_the_tree(entries):
    _, asks = found(entries)

    for build in asks.builds:
        assert set(build.files) <= set(entries)
        assert set(build.files.values()) <= {each.blob for each in entries.values()}


@given(trees(), st.randoms(use_true_random=False))
def test_the_order_of_the_tree_does_not_matter(entries, random):
    shuffled = list(entries.items())
    random.shuffle(shuffled)

    _, one = found(entries)
    _, other = found(dict(shuffled))

    assert [each.id for each in one.builds] == [each.id for each in other.builds]
    assert [(each.path, each.problems, each.held) for each in one.refusals] == [
        (each.path, each.problems, each.held) for each in other.refusals
    ]


@given(trees(), trees(), st.binary(max_size=200))
def test_what_is_loaded_does_not_depend_on_what_was_loaded_before(before, after, printed):
    means = Means(build=lambda builds: [Built(printed) for _ in builds])
    _, cache = load(Tree("", "", "", before), str.encode, LoadCache(), means)

    warm, _ = load(Tree("", "", "", after), str.encode, cache, means)
    cold, _ = load(Tree("", "", "", after), str.encode, LoadCache(), means)

    assert (warm.problems, warm.unreadable, list(warm.templates)) == (
        cold.problems,
        cold.unreadable,
        list(cold.templates),
    )


@given(st.binary(max_size=300))
def test_a_kustomization_of_any_bytes_is_read(data):
    read_kustomization(data)
