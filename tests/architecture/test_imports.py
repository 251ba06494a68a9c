"""Imports go down only, core touches nothing, and each library has one place."""

import ast

import pytest
from importlinter.api import read_configuration
from importlinter.application import use_cases

from architecture.house import TOP, Module, modules

# Who may import what is not the standard library's; a longer name narrows a shorter one.
LIBRARIES = {
    "aiohttp": (
        "gitopsd.edge",
        "gitopsd.page",
        "gitopsd.daemon",
        "gitopsd.apiserver",
        "gitopsd.sim",
    ),
    "croniter": ("gitopsd.core",),
    "cryptography": ("gitopsd.core.sops", "gitopsd.sim"),
    "jinja2": ("gitopsd.page",),
    "jsonschema": ("gitopsd.kube.schemas",),
    "jsonschema_rs": ("gitopsd.kube.schemas",),
    "kubernetes": ("gitopsd.edge.credentials",),
    "lupa": ("gitopsd.edge.lua",),
    "prometheus_client": ("gitopsd.daemon", "gitopsd.edge", "gitopsd.page"),
    "pygit2": ("gitopsd.edge.git", "gitopsd.cli"),
    "pyrage": ("gitopsd.edge.age",),
    "rich": ("gitopsd.cli",),
    "shtab": ("gitopsd.cli",),
    "watchfiles": ("gitopsd.edge.watch",),
    "yaml": ("gitopsd.kube.yaml",),
}

# A stage of core imports model, kube, the kinds and its own folder; these few build on another.
STAGES_THAT_MAY = {
    "decide": {"changes", "match", "override", "render", "schedule"},
    "load": {"sops", "sources"},
    "gate": {"changes"},
    "plan": {"health"},
    "render": {"override", "sops"},
    "review": {"changes", "decide", "gate", "schedule"},
    "summary": {"changes"},
}


def test_the_contracts_of_import_linter_hold() -> None:
    settings = read_configuration(str(TOP / "pyproject.toml"))

    assert settings["contracts_options"]
    assert use_cases.lint_imports(str(TOP / "pyproject.toml"), cache_dir=None)


@pytest.mark.parametrize("library", sorted(LIBRARIES))
def test_a_library_is_imported_in_its_place_only(library: str) -> None:
    elsewhere = [
        f"{module.place}:{found.line}"
        for module in modules()
        for found in module.imports
        if found.module.partition(".")[0] == library
        and not module.name.startswith(LIBRARIES[library])
    ]

    assert not elsewhere, "\n".join(elsewhere)


def test_a_stage_of_core_imports_no_other_stage() -> None:
    across = [
        f"{module.place}:{found.line} imports {found.module}"
        for module in modules()
        for found in module.imports
        if (mine := stage_of(module.name))
        and (other := stage_of(f"{found.module}.{found.name}"))
        and other not in {mine, "kinds", *STAGES_THAT_MAY.get(mine, ())}
    ]

    assert not across, "\n".join(across)


# A program of its own, whose arguments are the command that it becomes.
_LAUNCHER = "gitopsd.edge.socketless"


def test_only_the_command_line_reads_flags_and_environment() -> None:
    elsewhere = [
        f"{module.place}:{node.lineno}"
        for module in modules()
        if not module.name.startswith(("gitopsd.cli", _LAUNCHER))
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "argv")
    ]

    assert not elsewhere, "\n".join(elsewhere)


def test_core_reads_no_clock() -> None:
    clocks = [
        f"{module.place}:{node.lineno}"
        for module in modules()
        if module.name.startswith(("gitopsd.core", "gitopsd.model", "gitopsd.kube"))
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today", "uuid4")
        if isinstance(node.value, ast.Name) and node.value.id in ("datetime", "date", "uuid")
    ]

    assert not clocks, "\n".join(clocks)


def stage_of(name: str) -> str:
    """The folder of core that a module stands in; empty for files beside the folders."""
    parts = name.split(".")
    if parts[:2] != ["gitopsd", "core"] or len(parts) < 3:
        return ""
    is_folder = any(each.name == ".".join(parts[:3]) and is_package(each) for each in modules())
    return parts[2] if is_folder else ""


def is_package(module: Module) -> bool:
    return module.path.name == "__init__.py"
