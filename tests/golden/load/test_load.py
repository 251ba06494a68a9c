"""What a repository with mistakes of all sorts loads as: the good stays, mistakes have places.

`pytest --bless` writes what is found as what is expected; the difference is reviewed.
"""

from pathlib import Path

import pytest

from gitopsd.cli import validate
from gitopsd.kube.yaml import dump
from gitopsd.model.problem import Severity

CASES = sorted(path for path in Path(__file__).parent.iterdir() if (path / "repo").is_dir())


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_repository_loads_as_expected(case, golden):
    loaded = validate.check(case / "repo")

    found = {
        "templates": [str(key) for key in loaded.templates],
        "clusters": list(loaded.clusters),
        "policies": [str(each) for each in (*loaded.policies, *loaded.overrides)],
        "others": [str(each.key) for each in loaded.others],
        "problems": [f"{each.severity}: {each}" for each in loaded.problems],
        "unreadable": sorted(loaded.unreadable),
        "invalid": {str(key): f"{each.path}:{each.line}" for key, each in loaded.invalid.items()},
    }

    assert dump(found) == golden(case / "expected.yaml", dump(found))


def test_a_hundred_broken_files_leave_the_good_ones_alone():
    loaded = validate.check(Path(__file__).parent / "broken" / "repo")
    errors = [each for each in loaded.problems if each.severity is Severity.ERROR]
    broken = {each.path for each in errors}

    good = {each.origin.path for each in loaded.templates.values()}

    assert len(broken) >= 100
    assert all(path.startswith("broken/") for path in broken)
    assert len({path for path in good if path.startswith("good/")}) == 12
    assert all(each.line or each.reason in ("BadLink", "NotRendered", "Lfs") for each in errors)
    assert not any("hunter2" in each.message or "4711" in each.message for each in loaded.problems)
