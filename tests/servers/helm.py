"""helm for the tests: a build of our own, kept outside the tree, else the one on the PATH.

`make kubernetes` runs this file too. A build is written to a temporary folder and renamed when
whole, so that a broken one is never found.
"""

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from servers import binaries

_VERSION = "v4.3.1"
_MODULE = f"helm.sh/helm/v4/cmd/helm@{_VERSION}"


def find() -> str:
    """The path of helm; empty where there is none."""
    own = cache() / "helm"
    return str(own) if os.access(own, os.X_OK) else shutil.which("helm") or ""


def cache() -> Path:
    """The folder of our own build; its name changes with the version."""
    return binaries.cache().with_name(f"helm-{_VERSION}")


def build() -> Path:
    """Fills our cache from Go modules: four minutes when nothing is there, else one."""
    target = cache()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".building-") as name:
        folder = Path(name) / "helm"
        folder.mkdir()
        binaries.install(folder, _MODULE)
        folder.rename(target)
    return target


def main() -> None:
    if found := find():
        print(f"helm: {found}")
        return
    if shutil.which("go") is None:
        sys.exit("make kubernetes: there is no helm on the PATH and no Go to build it with")
    print(f"helm: building {cache()}", flush=True)
    began = time.monotonic()
    print(f"helm: {build()} ({time.monotonic() - began:.0f} s)")


if __name__ == "__main__":
    main()
