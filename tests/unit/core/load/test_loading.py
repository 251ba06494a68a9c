import pytest

from gitopsd.core.load import LoadCache, Means, filled, load, pending, read_file
from gitopsd.model.errors import SourceError
from gitopsd.model.gating import Guards
from gitopsd.model.resource import ResourceKey
from gitopsd.model.snapshot import Tree, TreeEntry

CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: things, kind: Thing}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, properties: {size: {type: integer}}}
"""
THING = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\nspec:\n  size: 3\n"


def config_map(name, data="{}"):
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {data}\n"


def configuration(spec):
    head = "apiVersion: gitopsd.io/v1alpha1\nkind: Configuration\nmetadata: {name: x}"
    return f"{head}\nspec: {spec}\n"


def tree(files):
    entries = {path: TreeEntry(0o100644, text, len(text)) for path, text in files.items()}
    return Tree(url="", branch="", commit="", entries=entries)


def loaded(files, cache=None):
    return load(tree(files), str.encode, cache or LoadCache())


def names(result):
    return [key.name for key in result.templates]


def test_objects_come_sorted_by_key_whatever_their_files():
    result, _ = loaded({"z.yaml": config_map("a"), "a.yaml": config_map("b") + "---\n" + THING})

    assert list(result.templates) == [
        ResourceKey("", "ConfigMap", "default", "a"),
        ResourceKey("", "ConfigMap", "default", "b"),
        ResourceKey("example.com", "Thing", "", "a"),
    ]


def test_an_unchanged_file_gives_the_very_same_objects():
    policy = (
        "apiVersion: policy.karmada.io/v1alpha1\nkind: ClusterPropagationPolicy\n"
        "metadata: {name: p}\nspec: {resourceSelectors: [{apiVersion: v1, kind: ConfigMap}]}\n"
    )
    files = {"a.yaml": config_map("a"), "b.yaml": config_map("b"), "p.yaml": policy}
    before, cache = loaded(files)

    after, _ = loaded({**files, "b.yaml": config_map("b", "{x: z}")}, cache)

    [a, b] = before.templates
    assert after.templates[a] is before.templates[a]
    assert after.templates[b] is not before.templates[b]
    assert after.policies[0] is before.policies[0]


def test_a_commit_that_changes_no_manifest_gives_the_very_same_value():
    before, cache = loaded({"a.yaml": config_map("a"), "README.md": "x"})

    after, _ = loaded({"a.yaml": config_map("a"), "README.md": "y"}, cache)

    assert after is before


def test_what_is_gone_is_gone():
    _, cache = loaded({"a.yaml": config_map("a"), "b.yaml": config_map("b")})

    after, _ = loaded({"a.yaml": config_map("a")}, cache)

    assert names(after) == ["a"]
    assert after.unreadable == frozenset()


def test_an_id_that_stands_twice_holds_only_itself_and_names_both_files():
    result, _ = loaded(
        {
            "a.yaml": config_map("x"),
            "b.yaml": "# again\n" + config_map("x"),
            "c.yaml": config_map("z"),
        }
    )

    assert names(result) == ["z"]
    assert [key.name for key in result.invalid] == ["x"]
    assert [str(each) for each in result.problems] == [
        "a.yaml:1: ConfigMap default/x stands in b.yaml:2 too; remove one of them",
        "b.yaml:2: ConfigMap default/x stands in a.yaml:1 too; remove one of them",
    ]


def test_a_wrong_twin_holds_the_right_one_too():
    result, _ = loaded({"a.yaml": config_map("x", "3"), "b.yaml": config_map("x")})

    assert names(result) == []
    assert [key.name for key in result.invalid] == ["x"]


def test_an_unreadable_file_is_held_beside_the_good_ones():
    result, _ = loaded({"a.yaml": "a: [", "b.yaml": config_map("b")})

    assert names(result) == ["b"]
    assert result.unreadable == {"a.yaml"}


def test_a_file_that_cannot_be_had_is_held_and_tried_again():
    def refuse(blob):
        raise SourceError("repo", "no such blob")

    files = {"a.yaml": config_map("a")}
    first, cache = load(tree(files), refuse, LoadCache())

    assert first.unreadable == {"a.yaml"}
    assert [str(each) for each in first.problems] == ["a.yaml: no such blob"]
    again, _ = load(tree(files), str.encode, cache)
    assert names(again) == ["a"]


def test_a_custom_object_is_checked_by_the_crd_of_its_commit():
    good, _ = loaded({"crd.yaml": CRD, "a.yaml": THING})
    bad, _ = loaded({"crd.yaml": CRD, "a.yaml": THING.replace("3", "x")})

    assert ResourceKey("example.com", "Thing", "default", "a") in good.templates
    assert [str(each) for each in bad.problems] == [
        "a.yaml:5 /spec/size: must be a whole number, is a string"
    ]
    assert list(bad.invalid) == [ResourceKey("example.com", "Thing", "default", "a")]


def test_a_custom_object_is_judged_again_when_its_crd_changes():
    files = {"crd.yaml": CRD, "a.yaml": THING}
    before, cache = loaded(files)

    after, _ = loaded({**files, "crd.yaml": CRD.replace("integer", "string")}, cache)

    assert before.invalid == {}
    assert [key.kind for key in after.invalid] == ["Thing"]


def test_a_custom_object_keeps_its_identity_while_its_crd_does():
    files = {"crd.yaml": CRD, "a.yaml": THING, "b.yaml": config_map("b")}
    before, cache = loaded(files)

    after, _ = loaded({**files, "b.yaml": config_map("b", "{x: z}")}, cache)

    key = ResourceKey("example.com", "Thing", "default", "a")
    assert after.templates[key] is before.templates[key]


def test_without_a_crd_a_custom_object_is_taken_as_written():
    result, _ = loaded({"a.yaml": THING.replace("3", "x")})

    assert list(result.templates) == [ResourceKey("example.com", "Thing", "", "a")]
    assert result.problems == ()


def test_configured_paths_are_all_that_is_read():
    files = {
        "gitopsd.yaml": configuration("{paths: [apps/, ./infra/one.yaml]}"),
        "apps/a.yaml": config_map("a"),
        "apps2/b.yaml": config_map("b"),
        "infra/one.yaml": config_map("c"),
        "infra/two.yaml": "a: [",
    }

    result, _ = loaded(files)

    assert names(result) == ["a", "c"]
    assert result.problems == ()


def test_a_configured_path_that_vanishes_is_held_not_empty():
    files = {
        "gitopsd.yaml": configuration("{paths: [apps, infra]}"),
        "apps/a.yaml": config_map("a"),
        "infra/b.yaml": config_map("b"),
    }
    _, cache = loaded(files)
    gone = {path: text for path, text in files.items() if path != "infra/b.yaml"}

    after, cache = loaded(gone, cache)
    later, _ = loaded({**gone, "apps/c.yaml": config_map("c")}, cache)

    assert after.unreadable == later.unreadable == {"infra", "infra/b.yaml"}
    assert [str(each) for each in after.problems] == [
        "gitopsd.yaml /spec/paths/1: there is nothing to read at 'infra'; what was there is held"
    ]


def test_what_stood_elsewhere_is_held_while_a_configured_path_is_not_there():
    files = {"gitopsd.yaml": configuration("{paths: [apps]}"), "apps/a.yaml": config_map("a")}
    _, cache = loaded(files)

    moved, _ = loaded({**files, "gitopsd.yaml": configuration("{paths: [aps]}")}, cache)
    found, _ = loaded({**files, "gitopsd.yaml": configuration("{paths: [.]}")}, cache)

    assert moved.unreadable == {"aps", "apps/a.yaml"}
    assert found.unreadable == frozenset()


def test_while_the_configuration_is_broken_the_last_one_counts():
    files = {"gitopsd.yaml": configuration("{guards: {maxDeletedPercent: 5}}")}
    _, cache = loaded(files)

    broken, cache = loaded({"gitopsd.yaml": configuration("{guards: {maxDeleted: 5}}")}, cache)
    gone, _ = loaded({"a.yaml": config_map("a")}, cache)

    assert broken.configuration.guards.max_deleted_percent == 5
    assert broken.unreadable == frozenset()
    assert gone.configuration.guards == Guards()


def test_only_one_configuration_counts():
    text = configuration("{}")

    result, _ = loaded(
        {"gitopsd.yaml": text, "sub/gitopsd.yaml": text.replace("name: x", "name: z")}
    )

    assert [str(each) for each in result.problems] == [
        "sub/gitopsd.yaml:2 /kind: the Configuration belongs into gitopsd.yaml"
    ]


def test_files_may_be_parsed_elsewhere():
    files = {"a.yaml": config_map("a"), "b.yaml": config_map("b")}
    waiting = pending(tree(files), str.encode, LoadCache())
    cache = filled(LoadCache(), [read_file(path, blob, blob.encode()) for path, blob in waiting])

    def never(blob):
        raise AssertionError(blob)

    result, cache = load(tree(files), never, cache)

    assert waiting == (("a.yaml", files["a.yaml"]), ("b.yaml", files["b.yaml"]))
    assert names(result) == ["a", "b"]
    assert pending(tree(files), never, cache) == ()


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
def test_an_empty_file_is_nothing(text):
    result, _ = loaded({"a.yaml": text})

    assert (dict(result.templates), result.problems, result.unreadable) == ({}, (), frozenset())


AFTER = "\n  dependsOn:\n  - instance: platform\n  - instance: apps\n  - {instance: %s}"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("platform", "'platform' stands in /spec/dependsOn/0 already; right would be once"),
        ("Base", "is no name of an instance: 'Base' must be lower case letters, digits and '-', "),
        ("status", "is no name of an instance: 'status' would take the name of a branch of ours"),
    ],
)
def test_what_no_instance_is_called_is_told_with_its_line(name, words):
    result, _ = loaded({"gitopsd.yaml": configuration(AFTER % name)})

    (problem,) = result.problems
    assert str(problem).startswith(f"gitopsd.yaml:8 /spec/dependsOn/2/instance: {words}")
    assert result.configuration.after == ()


def test_an_instance_does_not_come_before_itself():
    files = {"gitopsd.yaml": configuration(AFTER % "base")}

    result, cache = load(tree(files), str.encode, LoadCache(), Means(instance="apps"))
    again, _ = load(tree(files), str.encode, cache, Means(instance="apps"))
    unnamed, _ = loaded(files)

    (problem,) = result.problems
    assert str(problem) == (
        "gitopsd.yaml:7 /spec/dependsOn/1/instance: 'apps' is this instance itself; "
        "right would be another one"
    )
    assert result.configuration.after == ("base", "platform")
    assert again is result
    assert unnamed.configuration.after == ("apps", "base", "platform")
    assert unnamed.problems == ()
