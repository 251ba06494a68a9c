"""Where the Kubernetes programs are looked for, and in which order."""

from pathlib import Path

import pytest

from servers import binaries


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty machine: no assets, no store, no cache."""
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def test_nothing_is_found_and_the_words_say_what_to_do(home: Path) -> None:
    with pytest.raises(binaries.NotFound, match="run `make kubernetes`"):
        binaries.find()


def test_our_own_build_is_found(home: Path) -> None:
    ours = with_programs(binaries.cache(), binaries.CLUSTER)

    assert binaries.find() == ours


def test_the_newest_of_the_store_goes_before_our_own_build(home: Path) -> None:
    with_programs(binaries.cache(), binaries.CLUSTER)
    store = home / "data" / "kubebuilder-envtest" / "k8s"
    with_programs(store / "1.9.1-linux-amd64", binaries.SERVER)
    newest = with_programs(store / "1.36.0-linux-amd64", binaries.SERVER)

    assert binaries.find(binaries.SERVER) == newest


def test_what_the_environment_names_goes_before_all(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_programs(binaries.cache(), binaries.CLUSTER)
    named = with_programs(home / "assets", binaries.CLUSTER)

    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(named))

    assert binaries.find() == named


def test_a_folder_that_lacks_a_program_is_passed_over(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = with_programs(binaries.cache(), binaries.CLUSTER)
    named = with_programs(home / "assets", binaries.SERVER)

    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(named))

    assert binaries.find() == ours
    assert binaries.find(binaries.SERVER) == named


def test_the_servers_say_the_version_they_are_built_from() -> None:
    flags = binaries.linker_flags()

    assert "k8s.io/component-base/version.gitVersion=v1.36.3" in flags
    assert "k8s.io/client-go/pkg/version.gitMinor=36" in flags


def with_programs(folder: Path, programs: tuple[str, ...]) -> Path:
    folder.mkdir(parents=True)
    for program in programs:
        (folder / program).touch(mode=0o755)
    return folder
