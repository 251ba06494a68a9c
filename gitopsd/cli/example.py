"""The example repository, as it comes with the package or stands in the checkout."""

from collections.abc import Mapping
from pathlib import Path

import gitopsd
from gitopsd.model.errors import UsageError


def folder() -> Path:
    """Where `example-repo/` is."""
    package = Path(gitopsd.__file__).parent
    for place in (package / "example-repo", package.parent / "example-repo"):
        if place.is_dir():
            return place
    raise UsageError("example-repo", "is not part of this installation")


def files() -> Mapping[str, bytes]:
    """Every file of the example by its path, sorted."""
    top = folder()
    return {
        str(path.relative_to(top)): path.read_bytes()
        for path in sorted(top.rglob("*"))
        if path.is_file()
    }
