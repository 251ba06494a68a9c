"""The source as these tests see it: files, syntax trees and what imports what."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

TOP = Path(__file__).parents[2]


@dataclass(frozen=True)
class Import:
    """`from module import name`, or `import module` with an empty name."""

    module: str
    name: str
    line: int


@dataclass(frozen=True)
class Module:
    """One file of the product."""

    name: str
    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text()

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def place(self) -> str:
        """The path as people write it."""
        return str(self.path.relative_to(TOP))

    @property
    def package(self) -> str:
        """The dotted name of its folder."""
        is_package = self.path.name == "__init__.py"
        return self.name if is_package else self.name.rpartition(".")[0]

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        return tuple(_imports(self.tree))

    @cached_property
    def top_names(self) -> frozenset[str]:
        """Names that the module itself defines."""
        names: set[str] = set()
        for node in self.tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                names.add(node.name)
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names |= {target.id for target in targets if isinstance(target, ast.Name)}
        return frozenset(names)


@lru_cache
def modules() -> tuple[Module, ...]:
    """Every Python file of the product, by name."""
    found = []
    for path in sorted((TOP / "gitopsd").rglob("*.py")):
        parts = path.relative_to(TOP).with_suffix("").parts
        found.append(Module(".".join(parts).removesuffix(".__init__"), path))
    return tuple(found)


@lru_cache
def by_name() -> dict[str, Module]:
    return {module.name: module for module in modules()}


@lru_cache
def files() -> tuple[str, ...]:
    """Paths of all files that belong to the project, in git or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(sorted(path for path in listed.stdout.split("\0") if (TOP / path).is_file()))


def _imports(tree: ast.AST) -> Iterator[Import]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, "", node.lineno)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield Import(node.module, alias.name, node.lineno)
