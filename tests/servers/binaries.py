"""Where the Kubernetes programs of the tests come from: found, or built from Go modules.

Looked for, in this order, is a folder that holds all that is asked for:

1. `$KUBEBUILDER_ASSETS`, the field's convention;
2. the newest version in setup-envtest's store;
3. a cache of our own, outside the tree, named after what it was built from.

`make kubernetes` runs this file: it fills that cache when no folder will do. A build is written to
a temporary folder and renamed when whole, so that a broken one is never found.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

SERVER = ("etcd", "kube-apiserver")
CLUSTER = (*SERVER, "kube-controller-manager", "kube-scheduler", "kwok")

_MODULE = Path(__file__).parent / "kubernetes"
_KWOK = "sigs.k8s.io/kwok/cmd/kwok@v0.8.0"
# A newer Go builds Kubernetes 1.36 too, but such a server shows a broken OpenAPI v2.
_GO = "go1.26"


class NotFound(Exception):
    """No folder holds the programs; the text says what to do."""

    def __init__(self, programs: tuple[str, ...]) -> None:
        super().__init__(f"no folder with {', '.join(programs)}: run `make kubernetes`")


def find(programs: tuple[str, ...] = CLUSTER) -> Path:
    """The first folder that holds all these programs; raises NotFound when there is none."""
    for folder in _folders():
        if all(os.access(folder / program, os.X_OK) for program in programs):
            return folder
    raise NotFound(programs)


def kubectl() -> str:
    """A kubectl as near as possible to the servers: theirs, our own, or the one on the PATH."""
    for folder in _folders():
        if os.access(folder / "kubectl", os.X_OK):
            return str(folder / "kubectl")
    return shutil.which("kubectl") or "kubectl"


def cache() -> Path:
    """The folder of our own builds; its name changes with the versions."""
    made_from = (_MODULE / "go.sum").read_bytes() + _KWOK.encode()
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "gitopsd-tests" / f"kubernetes-{hashlib.sha256(made_from).hexdigest()[:16]}"


def build() -> Path:
    """Fills our cache from Go modules: about 10 minutes when nothing is there, else one."""
    _wants_go()
    target = cache()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".building-") as name:
        folder = Path(name) / "kubernetes"
        folder.mkdir()
        _go(folder, "build", "-trimpath", "-ldflags", linker_flags(), "-o", f"{folder}/", "tool")
        (folder / "server").rename(folder / "etcd")
        install(folder, _KWOK)
        shutil.rmtree(target, ignore_errors=True)  # what is there lacks a program
        folder.rename(target)
    return target


def install(folder: Path, module: str) -> None:
    """Builds the program of another module, `path@version`, into a folder."""
    _go(folder, "install", "-trimpath", "-ldflags", "-s -w", module)


def _folders() -> Iterator[Path]:
    if assets := os.environ.get("KUBEBUILDER_ASSETS"):
        yield Path(assets)
    yield from _envtest()
    yield cache()


def _envtest() -> list[Path]:
    """Folders of setup-envtest's store such as `k8s/1.36.0-linux-amd64`, newest version first."""
    share = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    folders = (Path(share) / "kubebuilder-envtest" / "k8s").glob("*")
    return sorted(folders, key=lambda folder: _numbers(folder.name), reverse=True)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version.split("-")[0]))


def linker_flags() -> str:
    """Linker flags: smaller, and with the version that clients will judge the server by."""
    module = (_MODULE / "go.mod").read_text()
    version = re.search(r"k8s\.io/kubernetes (v(\d+)\.(\d+)\.\d+)", module)
    assert version, "go.mod names no k8s.io/kubernetes"
    says = {"gitVersion": version[1], "gitMajor": version[2], "gitMinor": version[3]}
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    named = [f"-X {package}.{name}={value}" for package in packages for name, value in says.items()]
    return " ".join(["-s -w", *named])


def _wants_go() -> None:
    if shutil.which("go") is None:
        sys.exit(
            "make kubernetes: no folder holds the programs and there is no Go to build them with; "
            f"install {_GO} or point KUBEBUILDER_ASSETS to a folder with {', '.join(CLUSTER)}"
        )


def _go(folder: Path, *arguments: str) -> None:
    asked = subprocess.run(["go", "env", "GOVERSION"], capture_output=True, text=True, check=True)
    environment = {**os.environ, "GOBIN": str(folder), "GOFLAGS": "", "GOWORK": "off"}
    if not asked.stdout.startswith(_GO + "."):
        environment["GOTOOLCHAIN"] = f"{_GO}.0"
    subprocess.run(["go", *arguments], cwd=_MODULE, env=environment, check=True)


def main() -> None:
    try:
        print(f"kubernetes: {find()}")
    except NotFound:
        print(f"kubernetes: building {cache()}", flush=True)
        began = time.monotonic()
        print(f"kubernetes: {build()} ({time.monotonic() - began:.0f} s)")


if __name__ == "__main__":
    main()
