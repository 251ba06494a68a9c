"""Builds by programs that are small scripts on the PATH."""

import os

from gitopsd.daemon.building import build_all
from gitopsd.model.build import Build, Built, Program, Release
from gitopsd.model.errors import SourceError

RELEASE = Release("", "web", "shop", ("apps/eu.yaml",), {"replicas": 3}, "1.37", ("a.io/v1",))


def put(folder, name, script):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def build(program, **files):
    release = RELEASE if program is Program.HELM else None
    return Build(program, "apps/web.yaml", "charts/web", files, 1, release)


async def test_kustomize_is_its_own_program_or_a_part_of_kubectl(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    put(tmp_path, "kubectl", 'echo "kubectl $*"')
    [by_kubectl] = await build_all([build(Program.KUSTOMIZE)], str.encode)

    put(tmp_path, "kustomize", 'echo "kustomize $*"')
    [by_itself] = await build_all([build(Program.KUSTOMIZE)], str.encode)

    arguments = b"./charts/web --load-restrictor=LoadRestrictionsRootOnly\n"
    assert by_kubectl.output == b"kubectl kustomize " + arguments
    assert by_itself.output == b"kustomize build " + arguments


async def test_helm_is_told_of_the_release(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    put(tmp_path, "helm", 'echo "$*"; /bin/cat .gitopsd-values.json')

    [built] = await build_all([build(Program.HELM)], str.encode)

    assert built.output.decode() == (
        "template web ./charts/web --namespace=shop --kube-version=1.37 --include-crds "
        "--skip-tests --api-versions=a.io/v1 --values=./apps/eu.yaml "
        '--values=./.gitopsd-values.json\n{"replicas":3}'
    )


async def test_a_chart_needs_no_values(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    put(tmp_path, "helm", "/bin/cat .gitopsd-values.json")

    [built] = await build_all(
        [Build(Program.HELM, "a.yaml", "c", {}, 1, Release("", "a", "b"))], str.encode
    )

    assert built.output == b"{}"


async def test_a_bug_costs_no_more_than_its_build(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    put(tmp_path, "helm", "echo fine")
    put(tmp_path, "kustomize", "echo fine")
    files = dict.fromkeys(["a"], object())

    built = await build_all([build(Program.KUSTOMIZE, **files), build(Program.HELM)], str.encode)

    assert built == [
        Built(failure="gitopsd failed here with TypeError", is_final=False),
        Built(b"fine\n"),
    ]


async def test_a_missing_program_may_come(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    built = await build_all([build(Program.KUSTOMIZE), build(Program.HELM)], str.encode)

    assert built == [
        Built(
            failure="kustomize: kustomize is not installed here, nor kubectl, which has it too; "
            "put one on the PATH",
            is_final=False,
        ),
        Built(failure="helm: helm is not installed here; put it on the PATH", is_final=False),
    ]


async def test_a_file_that_cannot_be_read_may_be_read_later(tmp_path, monkeypatch):
    def gone(blob):
        raise SourceError("file:///srv", "changed while it was read")

    monkeypatch.setenv("PATH", str(tmp_path))
    put(tmp_path, "kustomize", "exit 0")

    [built] = await build_all([build(Program.KUSTOMIZE, a="blob")], gone)

    assert built == Built(failure="kustomize: changed while it was read", is_final=False)


async def test_a_failure_quotes_no_secret_and_leaves_others_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    put(tmp_path, "kustomize", 'read words < a; echo "Error: $words" >&2; exit 1')
    put(tmp_path, "helm", "echo fine")
    bad = build(Program.KUSTOMIZE, a="password: hunter2\n")

    built = await build_all([bad, build(Program.HELM)], str.encode)

    assert built == [
        Built(failure="kustomize: Error: password: ***"),
        Built(b"fine\n"),
    ]


async def test_a_program_on_a_relative_path_is_not_sought_among_the_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ".")
    put(tmp_path, "kustomize", "echo ours")
    files = {"kustomize": "#!/bin/sh\necho theirs\n"}

    [built] = await build_all([build(Program.KUSTOMIZE, **files)], str.encode)

    assert os.fsdecode(built.output) == "ours\n"
