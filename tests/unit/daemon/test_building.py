"""Builds by programs that are small scripts on the PATH."""

import asyncio
import os
from pathlib import Path

from gitopsd.daemon import building
from gitopsd.daemon.building import Building
from gitopsd.model.build import UNDER_WAY, Build, Built, Program, Release
from gitopsd.model.errors import SourceError
from servers.sops import encrypted
from servers.waiting import until

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
    [by_kubectl] = await Building(str.encode).build([build(Program.KUSTOMIZE)])

    put(tmp_path, "kustomize", 'echo "kustomize $*"')
    [by_itself] = await Building(str.encode).build([build(Program.KUSTOMIZE)])

    arguments = b"./charts/web --load-restrictor=LoadRestrictionsRootOnly\n"
    assert by_kubectl.output == b"kubectl kustomize " + arguments
    assert by_itself.output == b"kustomize build " + arguments


async def test_helm_is_told_of_the_release(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    put(tmp_path, "helm", 'echo "$*"; /bin/cat .gitopsd-values.json')

    [built] = await Building(str.encode).build([build(Program.HELM)])

    assert built.output.decode() == (
        "template web ./charts/web --namespace=shop --kube-version=1.37 --include-crds "
        "--skip-tests --api-versions=a.io/v1 --values=./apps/eu.yaml "
        '--values=./.gitopsd-values.json\n{"replicas":3}'
    )


async def test_a_chart_needs_no_values(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    put(tmp_path, "helm", "/bin/cat .gitopsd-values.json")

    [built] = await Building(str.encode).build(
        [Build(Program.HELM, "a.yaml", "c", {}, 1, Release("", "a", "b"))]
    )

    assert built.output == b"{}"


async def test_a_bug_costs_no_more_than_its_build(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    put(tmp_path, "helm", "echo fine")
    put(tmp_path, "kustomize", "echo fine")

    built = await Building(len).build([build(Program.KUSTOMIZE, a="a"), build(Program.HELM)])

    assert built == [
        Built(failure="gitopsd failed here with TypeError", is_final=False),
        Built(b"fine\n"),
    ]


async def test_a_missing_program_may_come(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    built = await Building(str.encode).build([build(Program.KUSTOMIZE), build(Program.HELM)])

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

    [built] = await Building(gone).build([build(Program.KUSTOMIZE, a="blob")])

    assert built == Built(failure="kustomize: changed while it was read", is_final=False)


async def test_a_failure_quotes_no_secret_and_leaves_others_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    put(tmp_path, "kustomize", 'read words < a; echo "Error: $words" >&2; exit 1')
    put(tmp_path, "helm", "echo fine")
    bad = build(Program.KUSTOMIZE, a="password: hunter2\n")

    built = await Building(str.encode).build([bad, build(Program.HELM)])

    assert built == [
        Built(failure="kustomize: Error: password: ***"),
        Built(b"fine\n"),
    ]


async def test_a_program_sees_nothing_that_is_encrypted(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    put(tmp_path, "kustomize", "/bin/cat a")
    file = encrypted({"kind": "Secret", "stringData": {"password": "hunter2"}})

    [built] = await Building(str.encode).build([build(Program.KUSTOMIZE, a=file)])

    assert b"gitopsdVeil0" in built.output
    assert b"ENC[" not in built.output


async def test_a_program_on_a_relative_path_is_not_sought_among_the_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ".")
    put(tmp_path, "kustomize", "echo ours")
    files = {"kustomize": "#!/bin/sh\necho theirs\n"}

    [built] = await Building(str.encode).build([build(Program.KUSTOMIZE, **files)])

    assert os.fsdecode(built.output) == "ours\n"


async def test_what_takes_longer_goes_on_beside_and_its_end_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    put(tmp_path, "kustomize", f"until [ -e {tmp_path}/go ]; do /bin/sleep 0.01; done; echo late")
    put(tmp_path, "helm", "echo fine")
    slow, quick, told = build(Program.KUSTOMIZE), build(Program.HELM), []
    here = Building(str.encode, lambda: told.append("news"))

    first = await here.build([slow, quick], 0.5)
    (tmp_path / "go").touch()
    await until(lambda: told)

    assert first == [UNDER_WAY, Built(b"fine\n")]
    assert told == ["news"]
    assert await here.build([slow], 0) == [Built(b"late\n")]


async def test_what_nobody_asks_for_any_more_ends(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    put(tmp_path, "kustomize", f"echo $$ > {tmp_path}/pid; exec /bin/sleep 60")
    here = Building(str.encode)
    asked = asyncio.create_task(here.build([build(Program.KUSTOMIZE)], 60))
    await until((tmp_path / "pid").exists)

    here.close()

    await until(lambda: not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists())
    asked.cancel()


async def test_what_failed_for_the_moment_is_tried_again_by_itself(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(building, "_AGAIN_S", 0.01)
    told = []
    here = Building(str.encode, lambda: told.append("news"))
    [failed] = await here.build([build(Program.KUSTOMIZE)])

    put(tmp_path, "kustomize", "echo fine")
    await until(lambda: told)

    assert not failed.is_final
    assert await here.build([build(Program.KUSTOMIZE)]) == [Built(b"fine\n")]


async def test_a_failure_of_the_moment_stands_until_it_is_tried_again(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    here = Building(str.encode)
    first = await here.build([build(Program.KUSTOMIZE)])
    put(tmp_path, "kustomize", "echo fine")

    same = await here.build([build(Program.KUSTOMIZE)])
    here.retry()

    assert same == first
    assert await here.build([build(Program.KUSTOMIZE)]) == [Built(b"fine\n")]
