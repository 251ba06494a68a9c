import pytest

from gitopsd.core.sources import usable
from gitopsd.core.sources.builds import asked
from gitopsd.core.sources.contents import Contents
from gitopsd.model.build import Program
from gitopsd.model.snapshot import TreeEntry

LINK = 0o120000
BASE = {"base/kustomization.yaml": "resources: [web.yaml]", "base/web.yaml": "kind: Web"}


def found(files, links=()):
    """What is asked for in a tree of these files; a blob is the file's own text."""
    entries = {path: TreeEntry(0o100644, text, len(text)) for path, text in files.items()}
    entries |= {path: TreeEntry(LINK, target, 9) for path, target in dict(links).items()}
    sources = usable(entries, str.encode)
    contents = Contents(entries, str.encode)
    return asked(sources.kustomizations, sources.inside, (contents, {}))


def taken(files, links=()):
    return {build.path: sorted(build.files) for build in found(files, links).builds}


def refused(files, links=()):
    return [str(each) for refusal in found(files, links).refusals for each in refusal.problems]


def test_a_kustomization_that_nobody_refers_to_is_built_with_all_that_it_names():
    files = {
        **BASE,
        "base/unused.txt": "",
        "eu/kustomization.yaml": "resources: [../base]\npatches: [{path: p.yaml}, {patch: '{}'}]",
        "eu/p.yaml": "",
    }

    [build] = found(files).builds

    assert (build.program, build.path, build.folder) == (
        Program.KUSTOMIZE,
        "eu/kustomization.yaml",
        "eu",
    )
    assert list(build.files) == [
        "base/kustomization.yaml",
        "base/web.yaml",
        "eu/kustomization.yaml",
        "eu/p.yaml",
    ]


@pytest.mark.parametrize(
    "names",
    [
        "resources: [x/f.yaml]",
        "crds: [x/f.yaml]",
        "configurations: [x/f.yaml]",
        r'patchesStrategicMerge: [x/f.yaml, "kind: A\n"]',
        "patchesJson6902: [{path: x/f.yaml}]",
        "replacements: [{path: x/f.yaml}]",
        "openapi: {path: x/f.yaml}",
        "configMapGenerator: [{name: a, files: [x/f.yaml]}]",
        "configMapGenerator: [{name: a, files: [key=x/f.yaml]}]",
        "secretGenerator: [{name: a, envs: [x/f.yaml]}]",
        "secretGenerator: [{name: a, env: x/f.yaml}]",
        "generators: [x/f.yaml]",
        "transformers: ['{apiVersion: builtin, kind: PatchTransformer, path: x/f.yaml}']",
        "validators: [./x/../x/f.yaml]",
        "Resources: [x/f.yaml]",
        "patches: [{Path: x/f.yaml}]",
    ],
)
def test_every_way_to_name_a_file_is_known(names):
    assert taken({"kustomization.yaml": names, "x/f.yaml": "a: b"}) == {
        "kustomization.yaml": ["kustomization.yaml", "x/f.yaml"]
    }


@pytest.mark.parametrize(
    ("names", "pointer", "words"),
    [
        ("resources: [https://evil.example/a.yaml]", "/resources/0", "is remote"),
        ("resources: ['github.com/a/b//c?ref=v1']", "/resources/0", "is remote"),
        ("resources: ['git@github.com:a/b.git']", "/resources/0", "is remote"),
        ("RESOURCES: ['https://evil.example/a.yaml']", "/resources/0", "is remote"),
        ("bases: ['ssh://git@evil.example/a']", "/bases/0", "is remote"),
        ("components: ['file:///etc']", "/components/0", "is remote"),
        ("patches: [{path: 'https://evil.example/p'}]", "/patches/0/path", "is remote"),
        ("openapi: {path: 'https://evil.example/p'}", "/openapi/path", "is remote"),
        (
            "secretGenerator: [{name: a, files: ['k=http://169.254.169.254/x']}]",
            "/secretGenerator/0/files/0",
            "is remote",
        ),
        (
            "transformers: ['{kind: PatchTransformer, path: \"http://evil.example/x\"}']",
            "/transformers/0",
            "is remote",
        ),
        ("resources: [../../etc]", "/resources/0", "leaves the repository"),
        ("resources: [/etc/passwd]", "/resources/0", "is an absolute path"),
        ("resources: [gone.yaml]", "/resources/0", "is not in the repository"),
        ("resources: [empty]", "/resources/0", "is a folder without a kustomization"),
        ("generators: [empty]", "/generators/0", "is a folder, where a file is meant"),
        ("resources: [.hidden/a.yaml]", "/resources/0", "name begins with a dot"),
        ("helmCharts: [{name: a, repo: 'https://evil.example'}]", "/helmCharts", "write a Chart"),
        ("HelmCharts: [{name: a}]", "/helmCharts", "write a Chart"),
        ("resources: {a: b}", "/resources", "must be a list"),
        ("resources: [1]", "/resources/0", "must be a path"),
        ("resources: [a.yaml]\nResources: [b.yaml]", "/Resources", "stands there twice"),
        ("a: [", "", "did not find expected"),
        ("", "", "must be one mapping"),
    ],
)
def test_what_cannot_be_built_is_said_before_anything_runs(names, pointer, words):
    files = {"k/kustomization.yaml": names, "k/empty/a.txt": "", "k/.hidden/a.yaml": ""}

    [problem] = found(files).refusals[0].problems

    assert found(files).builds == ()
    assert (problem.path, problem.pointer) == ("k/kustomization.yaml", pointer)
    assert words in problem.message


def test_a_problem_has_the_line_of_the_name():
    files = {"k/kustomization.yaml": "namespace: a\nresources:\n- gone.yaml\n"}

    assert refused(files) == [
        "k/kustomization.yaml:3 /resources/0: gone.yaml is not in the repository"
    ]


def test_what_is_wrong_in_a_base_is_said_of_the_base():
    files = {
        "base/kustomization.yaml": "resources: [gone.yaml]",
        "eu/kustomization.yaml": "resources: [../base]",
        "us/kustomization.yaml": "resources: [../base]",
    }

    assert set(refused(files)) == {
        "base/kustomization.yaml:1 /resources/0: gone.yaml is not in the repository"
    }


def test_kustomizations_that_refer_to_each_other_are_held():
    files = {
        "a/kustomization.yaml": "resources: [../b]",
        "a/web.yaml": "",
        "b/kustomization.yaml": "resources: [../a]",
        "c/kustomization.yaml": "resources: [.]",
    }

    refusals = found(files).refusals

    assert {path for each in refusals for path in each.held} == set(files)
    assert refused(files)[0] == (
        "a/kustomization.yaml: is not rendered: only kustomizations that are not rendered "
        "themselves refer to it"
    )


def test_a_component_alone_is_no_root():
    assert taken({"c/kustomization.yaml": "kind: Component"}) == {}


def test_a_file_behind_a_link_is_taken_and_a_folder_behind_one_is_not():
    files = {**BASE, "k/kustomization.yaml": "resources: [web.yaml]"}

    assert taken(files, {"k/web.yaml": "../base/web.yaml"})["k/kustomization.yaml"] == [
        "k/kustomization.yaml",
        "k/web.yaml",
    ]
    assert refused(
        {**files, "k/kustomization.yaml": "resources: [base/web.yaml]"}, {"k/base": "../base"}
    ) == [
        "k/kustomization.yaml:1 /resources/0: base/web.yaml lies behind the link k/base; "
        "name the folder that it leads to"
    ]


def test_a_link_out_of_the_repository_is_refused():
    files = {"k/kustomization.yaml": "configMapGenerator: [{name: a, files: [passwd]}]"}

    assert refused(files, {"k/passwd": "/etc/passwd"}) == [
        "k/kustomization.yaml:1 /configMapGenerator/0/files/0: passwd is a link to an absolute "
        "path; only links inside the repository count"
    ]


def test_a_base_is_not_applied_because_its_overlay_cannot_be_read():
    files = {**BASE, "eu/kustomization.yaml": "resources: [../base\n"}

    assert taken(files) == {}
    assert found(files).refusals[0].path == "base/kustomization.yaml"
    assert found(files).refusals[0].held == set(BASE)


def test_a_broken_kustomization_leaves_those_alone_that_it_cannot_mean():
    files = {**BASE, "eu/kustomization.yaml": "resources: [../other\n"}

    assert list(taken(files)) == ["base/kustomization.yaml"]


def test_a_refused_build_holds_its_folder_and_all_that_it_names():
    files = {
        **BASE,
        "eu/kustomization.yaml": "resources: [../base, https://evil.example/x]",
        "eu/left.yaml": "",
    }

    [refusal] = found(files).refusals

    assert refusal.held == set(files)


def test_a_manifest_that_no_kustomization_names_is_a_notice():
    files = {**BASE, "base/policy.yaml": "", "base/sub/other.yaml": "", "base/values.txt": ""}

    assert [str(each) for each in found(files).problems] == [
        "base/kustomization.yaml: no kustomization names base/policy.yaml, base/sub/other.yaml; "
        "not read"
    ]


def test_an_id_follows_from_what_is_taken_alone():
    [before] = found({**BASE, "base/unused.yaml": "a"}).builds
    [same] = found({**BASE, "base/unused.yaml": "b"}).builds
    [other] = found({**BASE, "base/web.yaml": "kind: Other"}).builds

    assert before.id == same.id != other.id


def test_too_much_for_one_build_is_refused():
    entries = {
        "k/kustomization.yaml": TreeEntry(0o100644, "resources: [big.yaml]", 9),
        "k/big.yaml": TreeEntry(0o100644, "x", 9 * 1024 * 1024),
    }
    sources = usable(entries, str.encode)

    result = asked(sources.kustomizations, sources.inside, (Contents(entries, str.encode), {}))

    assert "a build takes files of 8388608 at most" in result.refusals[0].problems[0].message


def test_a_kustomization_is_read_once():
    entries = {path: TreeEntry(0o100644, text, 9) for path, text in BASE.items()}
    sources = usable(entries, str.encode)
    first = asked(sources.kustomizations, sources.inside, (Contents(entries, str.encode), {}))

    def never(blob):
        raise AssertionError(blob)

    again = asked(sources.kustomizations, sources.inside, (Contents(entries, never), first.read))

    assert [each.id for each in again.builds] == [each.id for each in first.builds]
