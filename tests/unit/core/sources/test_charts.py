import gzip
import io
import tarfile

import pytest

from gitopsd.core.sources.charts import chart_build
from gitopsd.core.sources.contents import Contents
from gitopsd.kube.schemas import VERSIONS
from gitopsd.model.build import Build, ChartSpec, Program, Release
from gitopsd.model.resource import Origin, Resource, ResourceKey
from gitopsd.model.snapshot import TreeEntry

KEY = ResourceKey("gitopsd.io", "Chart", "shop", "web")
CHART = Resource(KEY, "v1alpha1", {}, Origin("apps/web.yaml", 2, 7, "b10b"))
FILES = {
    "charts/web/Chart.yaml": "name: web",
    "charts/web/templates/a.yaml": "{{ }}",
    "charts/web/charts/dep/Chart.yaml": "name: dep",
    "charts/web/.helmignore": "",
    "charts/webbing/Chart.yaml": "name: other",
    "apps/eu.yaml": "replicas: 2",
    "apps/broken.yaml": "a: [",
    "apps/notes.txt": "",
}


def built(spec, files=FILES, links=()):
    entries = {path: TreeEntry(0o100644, text, len(text)) for path, text in files.items()}
    entries |= {path: TreeEntry(0o120000, text, 9) for path, text in dict(links).items()}
    return chart_build(CHART, spec, Contents(entries, str.encode))


def packed(*files):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, data in files:
            about = tarfile.TarInfo(name)
            about.size = len(data)
            archive.addfile(about, io.BytesIO(data))
    return made.getvalue()


def chart_with(path, data):
    """The chart with one more file, whose bytes are no text."""
    texts = {**FILES, path: path}
    entries = {name: TreeEntry(0o100644, text, len(text)) for name, text in texts.items()}
    contents = Contents(entries, lambda blob: data if blob == path else blob.encode())
    return chart_build(CHART, ChartSpec("../charts/web"), contents)


def test_a_chart_takes_its_folder_and_its_files_with_values():
    spec = ChartSpec("../charts/web", ("eu.yaml",), {"replicas": 3}, "1.35", ("a.io/v1",))

    build = built(spec)

    assert isinstance(build, Build)
    assert (build.program, build.path, build.folder, build.line) == (
        Program.HELM,
        "apps/web.yaml",
        "charts/web",
        7,
    )
    assert list(build.files) == [
        "apps/eu.yaml",
        "charts/web/.helmignore",
        "charts/web/Chart.yaml",
        "charts/web/charts/dep/Chart.yaml",
        "charts/web/templates/a.yaml",
    ]
    assert build.release == Release(
        "b10b#2", "web", "shop", ("apps/eu.yaml",), {"replicas": 3}, "1.35", ("a.io/v1",)
    )


def test_a_chart_sees_the_newest_kubernetes_unless_it_says_otherwise():
    assert built(ChartSpec("../charts/web")).release.kube_version == VERSIONS[-1]


def test_an_id_does_not_follow_from_values():
    one = built(ChartSpec("../charts/web", values={"password": "a"}))
    other = built(ChartSpec("../charts/web", values={"password": "b"}))

    assert one.id == other.id


@pytest.mark.parametrize(
    ("spec", "pointer", "words"),
    [
        (ChartSpec("../charts/gone"), "/spec/path", "is no folder of this repository with a Chart"),
        (ChartSpec("oci://registry/web"), "/spec/path", "is no folder of this repository"),
        (ChartSpec("../../web"), "/spec/path", "leaves the repository"),
        (ChartSpec("/charts/web"), "/spec/path", "is an absolute path"),
        (ChartSpec("../charts/web", ("no.yaml",)), "/spec/valuesFiles/0", "is not in the"),
        (ChartSpec("../charts/web", ("notes.txt",)), "/spec/valuesFiles/0", "must end in .yaml"),
        (ChartSpec("../charts/web", ("../../x.yaml",)), "/spec/valuesFiles/0", "leaves the"),
        (
            ChartSpec("../charts/web", ("https://evil.example/v.yaml",)),
            "/spec/valuesFiles/0",
            "is not in the repository",
        ),
        (ChartSpec("../charts/web", ("broken.yaml",)), "/spec/valuesFiles/0", "broken.yaml:2: "),
    ],
)
def test_what_helm_would_not_find_is_said_before_it_runs(spec, pointer, words):
    refusal = built(spec)

    [problem] = refusal.problems
    assert (problem.path, problem.line, problem.pointer, problem.key) == (
        "apps/web.yaml",
        7,
        pointer,
        KEY.id,
    )
    assert words in problem.message
    assert "apps/web.yaml" in refusal.held


@pytest.mark.parametrize(
    "schema",
    [
        '{"properties": {"a": [{"$ref": "https://evil.example/s"}], "b": {"$ref": "#/c"}}}',
        '{"$ref": "file:///etc/hostname"}',
        '{"items": {"$dynamicRef": "../../etc/x.json"}}',
        '{"$schema": "https://evil.example/s"}',
    ],
)
def test_a_schema_that_leads_out_is_refused(schema):
    path = "charts/web/charts/dep/values.schema.json"

    [problem] = built(ChartSpec("../charts/web"), {**FILES, path: schema}).problems

    assert problem.pointer == "/spec/path"
    assert problem.message.startswith(f"{path} has a schema that refers to ")


def test_a_schema_in_a_packed_chart_is_looked_at_too():
    schema = ("dep/values.schema.json", b'{"$ref": "http://evil.example/"}')
    inner = packed(("inner/charts/dep-1.tgz", packed(schema)))
    path = "charts/web/charts/dep-1.0.0.tgz"

    [problem] = chart_with(path, packed(("a/Chart.yaml", b""), ("a/charts/b.tgz", inner))).problems

    assert problem.message == (
        f"{path} has a schema that refers to http://evil.example/; none may lead out"
    )


@pytest.mark.parametrize(
    ("archive", "words"),
    [
        (b"no archive", "is no archive of a chart"),
        (gzip.compress(b"x" * 1000, mtime=0), "is no archive of a chart"),
        (gzip.compress(b"\0" * (65 << 20), mtime=0), "unpacks to more than 67108864 bytes"),
    ],
)
def test_an_archive_that_cannot_be_looked_into_is_refused(archive, words):
    path = "charts/web/charts/dep-1.0.0.tgz"

    [problem] = chart_with(path, archive).problems

    assert problem.message == f"{path} {words}"


def test_a_schema_says_which_language_it_is_in():
    schema = '{"$schema": "https://json-schema.org/draft-07/schema#", "type": "object"}'

    assert isinstance(
        built(ChartSpec("../charts/web"), {**FILES, "charts/web/values.schema.json": schema}), Build
    )


@pytest.mark.parametrize("target", ["../../apps", "/etc", "../../../etc/passwd"])
def test_a_link_in_a_chart_to_anything_but_a_file_of_the_repository_is_refused(target):
    [problem] = built(ChartSpec("../charts/web"), links={"charts/web/templates/x": target}).problems

    assert problem.message.startswith("../charts/web holds templates/x, which is a link ")
