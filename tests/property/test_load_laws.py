"""Laws of reading: no bytes raise, what is written comes back, nothing depends on order."""

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gitopsd.core.load import LoadCache, load, read_file
from gitopsd.kube.yaml import YamlError, documents, dump, line_of
from gitopsd.model.snapshot import Tree, TreeEntry

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
WORDS = st.sampled_from(
    [
        "apiVersion",
        "kind",
        "metadata",
        "name",
        "namespace",
        "labels",
        "annotations",
        "spec",
        "items",
        "data",
        "replicas",
        "v1",
        "apps/v1",
        "Deployment",
        "Secret",
        "List",
        "Cluster",
        "PropagationPolicy",
        "CustomResourceDefinition",
        "Campaign",
        "selector",
        "policy.karmada.io/v1alpha1",
        "cluster.karmada.io/v1alpha1",
        "gitopsd.io/v1alpha1",
        "Configuration",
        "apiextensions.k8s.io/v1",
        "example.com/v1",
        "versions",
        "resourceSelectors",
        "placement",
        "taints",
        "paths",
        "resourceModels",
        "ranges",
        "grade",
        "min",
        "max",
        "status",
        "yes",
        "1e3",
        "0440",
        "null",
        "~",
    ]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXT,
    WORDS,
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(WORDS, TEXT), inner, max_size=5)
    ),
    max_leaves=25,
)
# What looks like an object far enough to reach the checks behind the schema.
OBJECTS = st.fixed_dictionaries(
    {"apiVersion": WORDS, "kind": WORDS, "metadata": st.fixed_dictionaries({"name": WORDS})},
    optional={"spec": VALUES, "data": VALUES, "items": VALUES, "status": VALUES},
)
SYNTAX = st.lists(
    st.one_of(WORDS, st.sampled_from([*"{}[]:,-?&*!|>'\"%@`# \n\t~<=", "\n  ", ": ", "- "])),
    max_size=40,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=200), SYNTAX.map(str.encode), TEXT.map(str.encode)))
def test_no_bytes_make_reading_raise(data):
    file = read_file("a.yaml", "blob", data)

    assert all(each.path == "a.yaml" for each in file.problems)


@settings(max_examples=300, deadline=None)
@given(st.one_of(OBJECTS, VALUES))
def test_no_object_makes_reading_raise(body):
    read_file("gitopsd.yaml", "blob", dump(body).encode())


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=100), SYNTAX.map(str.encode)))
def test_only_one_error_comes_from_yaml(data):
    try:
        found = documents(data)
    except YamlError as error:
        assert error.line >= 1
        return

    assert [each.line for each in found] == sorted(each.line for each in found)


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_what_is_written_comes_back(value):
    written = dump(value)

    ours = [each.body for each in documents(written.encode())]

    assert ours == ([] if value is None else [value])
    assert yaml.load(written, Loader=yaml.CSafeLoader) == value


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=100), SYNTAX.map(str.encode)), st.integers(0, 3), TEXT)
def test_a_line_is_always_found(data, document, pointer):
    assert line_of(data, document, pointer) >= 1


@settings(max_examples=50, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["a.yaml", "b/c.yaml", "gitopsd.yaml", "b/d.json", "z.yml"]),
        st.one_of(OBJECTS.map(dump), SYNTAX).map(str.encode),
        max_size=4,
    ),
    st.randoms(),
)
def test_the_order_of_a_tree_does_not_matter(files, random):
    shuffled = list(files.items())
    random.shuffle(shuffled)

    one, _ = load(tree_of(files.items()), files.__getitem__, LoadCache())
    other, _ = load(tree_of(shuffled), files.__getitem__, LoadCache())

    assert list(one.templates) == list(other.templates)
    assert one.problems == other.problems
    assert one.unreadable == other.unreadable
    assert list(one.invalid.items()) == list(other.invalid.items())


def tree_of(files):
    entries = {path: TreeEntry(0o100644, path, len(data)) for path, data in files}
    return Tree(url="", branch="", commit="", entries=entries)
