"""A new repository: complete, hinted, and never over something that is there."""

from gitopsd.cli import init, main
from gitopsd.kube import yaml


def test_a_scaffold_has_a_cluster_for_each_name():
    files = init.scaffold(["eu-1", "us-1"], {"Cluster.json": "{}"})

    assert list(files) == [
        "README.md",
        "gitopsd.yaml",
        "clusters/eu-1.yaml",
        "clusters/us-1.yaml",
        "hello/hello.yaml",
        "hello/policy.yaml",
        ".gitopsd/schema/Cluster.json",
    ]


def test_editors_find_the_schema_from_where_the_file_stands():
    files = init.scaffold(["eu-1"], {})

    first = files["clusters/eu-1.yaml"].splitlines()[0]
    assert first == "# yaml-language-server: $schema=../.gitopsd/schema/Cluster.json"


def test_every_file_of_a_scaffold_is_yaml():
    files = init.scaffold(["eu-1"], {})

    kinds = [
        document.body["kind"]
        for path, content in files.items()
        if path.endswith(".yaml")
        for document in yaml.documents(content.encode())
    ]
    assert kinds == ["Configuration", "Cluster", "Namespace", "Deployment", "PropagationPolicy"]


def test_what_is_there_is_never_overwritten(tmp_path, capsys):
    (tmp_path / "gitopsd.yaml").write_text("mine")

    assert main(["init", str(tmp_path)]) == 2

    assert "gitopsd.yaml: is there already; nothing was written" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["gitopsd.yaml"]


def test_a_name_that_no_cluster_can_have_is_wrong_usage(tmp_path, capsys):
    assert main(["init", str(tmp_path), "--cluster", "EU_1"]) == 2
    assert "--cluster" in capsys.readouterr().err
