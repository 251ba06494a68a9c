"""Folders that come with the package, or stand in the checkout of an editable installation."""

from collections.abc import Mapping
from pathlib import Path

import gitopsd
from gitopsd.model.errors import UsageError

EXAMPLE = "example-repo"
SCHEMA = "schema"


def folder(name: str) -> Path:
    """Where the example or the schemas are."""
    package = Path(gitopsd.__file__).parent
    for place in (package / name, package.parent / name):
        if place.is_dir():
            return place
    raise UsageError(name, "is not part of this installation")


def files(name: str) -> Mapping[str, bytes]:
    """Every file of a folder by its path in it, sorted."""
    top = folder(name)
    return {
        str(path.relative_to(top)): path.read_bytes()
        for path in sorted(top.rglob("*"))
        if path.is_file()
    }
