"""What a new file in a room lacks: its line in the table, a test, a word on what is true."""

import ast
import re
from dataclasses import dataclass

import pytest

from architecture.house import TOP, Module, by_name, modules


@dataclass(frozen=True)
class Room:
    """A folder whose files each have `entry` and a line in the tuple `table`."""

    package: str
    table: str
    entry: str


ROOMS = (
    Room("gitopsd.core.kinds", "KINDS", "KIND"),
    Room("gitopsd.core.override.overriders", "OVERRIDERS", "apply"),
    Room("gitopsd.core.schedule.filters", "FILTERS", "FILTER"),
    Room("gitopsd.core.schedule.scores", "SCORES", "SCORE"),
    Room("gitopsd.cli", "COMMANDS", "NAME"),
)
by_table = pytest.mark.parametrize("room", ROOMS, ids=[room.table for room in ROOMS])


@by_table
def test_a_file_of_a_room_has_its_line_in_the_table(room: Room) -> None:
    listed = listed_in(by_name()[room.package], room.table)

    lacking = [
        f"{each.place}: no line in {room.table}"
        for each in members(room)
        if each.name not in listed
    ]

    assert members(room), f"no file of {room.package} has {room.entry}"
    assert not lacking, "\n".join(lacking)


@by_table
def test_a_file_of_a_room_is_named_in_a_test(room: Room) -> None:
    lacking = [
        f"{each.place}: no test of it"
        for each in members(room)
        if not is_tested(each.name.split(".")[-1], room)
    ]

    assert not lacking, "\n".join(lacking)


def test_every_module_says_what_it_is_for() -> None:
    lacking = [
        module.place
        for module in modules()
        if module.text.strip() and not ast.get_docstring(module.tree)
    ]

    assert not lacking, "\n".join(lacking)


def test_a_function_that_others_import_says_what_is_true() -> None:
    lacking = sorted(
        {
            f"{target.place} {found.name}: imported by {module.place}"
            for module in modules()
            for found in module.imports
            if (target := by_name().get(found.module))
            and target.package != module.package
            and not says_something(target, found.name)
        }
    )

    assert not lacking, "\n".join(lacking)


def members(room: Room) -> list[Module]:
    """Files of the folder that have the entry; others are parts that they share."""
    return [
        module
        for module in modules()
        if module.package == room.package
        and module.name != room.package
        and room.entry in module.top_names
    ]


def listed_in(package: Module, table: str) -> set[str]:
    """Modules that elements of the tuple come from."""
    origin = {}
    for node in ast.walk(package.tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                origin[alias.asname or alias.name] = inner if inner in by_name() else node.module
    for node in package.tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == table for target in targets):
            names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
            return {origin[name] for name in names if name in origin}
    raise AssertionError(f"{package.place} has no {table}")


def is_tested(word: str, room: Room) -> bool:
    """A test of the folder, or of the stage it belongs to, speaks of it: cron_job or CronJob."""
    folder = TOP / "tests" / "unit" / "/".join(room.package.split(".")[1:])
    stage = folder.parent if room.package.count(".") > 2 else folder
    spoken = re.compile(f"{word}|{word.title().replace('_', '')}")
    return any(
        spoken.search(path.stem) or spoken.search(path.read_text())
        for path in sorted((TOP / "tests").rglob("test_*.py"))
        if stage in path.parents or room.package in path.read_text()
    )


def says_something(target: Module, name: str) -> bool:
    for node in target.tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            return ast.get_docstring(node) is not None
    return True
