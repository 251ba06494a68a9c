"""Where files stand, and what must not stand in them."""

import re
import tomllib

import pytest

from architecture.house import TOP, files, modules

TOP_LEVEL = {
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Dockerfile",
    "LICENSE",
    "Makefile",
    "README.md",
    "SECURITY.md",
    "deploy",
    "docs",
    "example-repo",
    "gitopsd",
    "pyproject.toml",
    "schema",
    "tests",
}
ROOMS = {"apiserver", "cli", "core", "daemon", "edge", "kube", "model", "page", "sim"}
TESTS = {
    "architecture",
    "bench",
    "conformance",
    "e2e",
    "fakes",
    "golden",
    "property",
    "servers",
    "unit",
}

# What is left to do, and places and papers that only those who wrote this had.
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError|not (yet )?implemented")
ELSEWHERE = re.compile(
    r"/work/|/root/|/home/[a-z]+/|/tmp/(brief|kbuild|setup)|BRIEF\.md|NOTES\.md"
    r"|\b(spec/(gitops|operations|propagation|scheduling)|decisions|servers|stack)\.md"
    r"|\b(DESIGN|STYLE)(\.md)? ?§|\bissue [345]\b"
)
ITSELF = "tests/architecture/test_layout.py"
TEXT = (".py", ".md", ".yaml", ".yml", ".json", ".toml", ".html", ".css", ".js", ".sh", "")


def test_the_top_level_has_the_agreed_names() -> None:
    names = {path.partition("/")[0] for path in files()}

    assert {name for name in names if not name.startswith(".")} <= TOP_LEVEL


def test_the_product_has_the_agreed_rooms() -> None:
    assert {module.name.split(".")[1] for module in modules() if "." in module.name} <= ROOMS


def test_the_tests_have_the_agreed_folders() -> None:
    below = {path.split("/")[1] for path in files() if path.startswith("tests/")}

    assert below - {"conftest.py"} <= TESTS


def test_test_files_have_names_of_their_own() -> None:
    names = [path.rpartition("/")[2] for path in files() if re.search(r"/test_\w+\.py$", path)]

    assert sorted({name for name in names if names.count(name) > 1}) == []


@pytest.mark.parametrize("pattern", [UNFINISHED, ELSEWHERE], ids=["unfinished", "elsewhere"])
def test_no_file_speaks_of_what_a_reader_cannot_have(pattern: re.Pattern[str]) -> None:
    found = [
        f"{path}:{number}: {line.strip()[:100]}"
        for path in files()
        if path != ITSELF
        and (TOP / path).suffix in TEXT
        and (TOP / path).stat().st_size < 1_000_000
        for number, line in enumerate((TOP / path).read_text(errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]

    assert not found, "\n".join(found)


def test_folders_named_in_the_readme_exist() -> None:
    tree = re.findall(
        r"^\s*((?:gitopsd|tests|schema|deploy|docs|example-repo)/[\w./-]*)", readme(), re.M
    )

    assert [path for path in tree if not (TOP / path).exists()] == []


def test_every_make_target_has_a_word_of_help() -> None:
    text = (TOP / "Makefile").read_text()
    targets = re.findall(r"^([a-z0-9-]+):", text, re.M)

    assert [each for each in targets if not re.search(rf"^{each}:.*## \S", text, re.M)] == []


def test_the_image_gets_the_versions_that_are_tested() -> None:
    tested = pins("requirements")

    assert {name for name in pins("runtime") | pins("build") if name not in tested} == set()


def test_the_lock_has_all_that_is_asked_for() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    asked = {*project["dependencies"]}.union(*project["optional-dependencies"].values())
    names = {re.match(r"[\w-]+", each)[0] for each in asked} - {"gitopsd"}

    assert names - {pin.partition("==")[0] for pin in pins("requirements")} == set()


def test_the_locks_name_no_index() -> None:
    locks = [
        (TOP / ".ci" / f"{name}.lock").read_text() for name in ("requirements", "runtime", "build")
    ]

    assert [
        line for text in locks for line in text.splitlines() if "://" in line or line[:1] == "-"
    ] == []


def pins(lock: str) -> set[str]:
    """`name==version` of every package in a lock."""
    text = (TOP / ".ci" / f"{lock}.lock").read_text()
    return set(re.findall(r"^[\w.-]+==[^ ;\\]+", text, re.M))


def readme() -> str:
    return (TOP / "README.md").read_text()
