"""Expected files of golden tests: compared with, or written anew by `pytest --bless`."""

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], str]:
    """What is expected: the text of a file. With `--bless` the file becomes what was found."""

    def expected(file: Path, found: str) -> str:
        if request.config.getoption("--bless"):
            file.write_text(found, encoding="utf-8")
        return file.read_text(encoding="utf-8") if file.is_file() else ""

    return expected
