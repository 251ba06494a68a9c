"""What README and docs show is what happens: every session is run, every other command is known.

A ```console block is part of its page's session: lines after `$ ` are run one after another, in one
shell in an empty folder, and the lines below must be what they print. `…` stands for any text, on a
line of its own for any lines. A ```yaml block that begins with `# FILE` is written to that file
when its turn comes. A ```sh block is only looked at: its commands and flags must exist.
"""

import asyncio
import os
import re
import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gitopsd.cli import program

TOP = Path(__file__).parents[3]
PAGES = sorted([TOP / "README.md", *(TOP / "docs").glob("*.md"), *TOP.glob("example-repo/*.md")])
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"# ([\w/.-]+\.yaml)\n")
MARK = "\x1e"
WITHIN_S = 100
OUTSIDE = {
    *("age-keygen", "cd", "export", "git", "kubectl", "python3", "sops", "source"),
    ".venv/bin/pip",
}


@dataclass
class Step:
    """One command of a session and what it prints."""

    command: str
    lines: list[str] = field(default_factory=list)

    @property
    def pattern(self) -> str:
        expected = "\n".join(self.lines).strip("\n")
        lines = [
            "(?:.*\n)*?" if line.strip() == "…" else ".*?".join(map(re.escape, parts(line))) + "\n"
            for line in expected.splitlines()
        ]
        return "".join(lines)


def parts(line: str) -> list[str]:
    return line.rstrip().split("…")


def session(page: Path) -> list[Step]:
    """All commands of a page in their order."""
    steps: list[Step] = []
    for kind, body in BLOCK.findall(page.read_text()):
        if kind == "yaml" and (named := NAMED.match(body)):
            steps.append(Step(f"cat > {named[1]} <<'END'\n{body}END"))
        if kind != "console":
            continue
        for line in body.splitlines():
            if line.startswith("$ "):
                steps.append(Step(line[2:]))
            elif steps[-1].command.endswith("\\"):
                steps[-1].command += f"\n{line.removeprefix('> ')}"
            else:
                steps[-1].lines.append(line)
    return steps


SESSIONS = [page for page in PAGES if session(page)]
COMMANDS = sorted(
    {
        (page.name, line)
        for page in PAGES
        for kind, body in BLOCK.findall(page.read_text())
        if kind == "sh"
        for line in re.sub(r"\\\n\s*", "", body).splitlines()
        if line.strip() and not line.startswith("#")
    }
)


# What pipelines are shown to run: the lines of scripts in YAML.
SCRIPTS = sorted(
    {
        (page.name, found)
        for page in PAGES
        for kind, body in BLOCK.findall(page.read_text())
        if kind == "yaml"
        for found in re.findall(
            r"gitopsd ((?:plan|validate|sync)\b[^|>;\n]*)", re.sub(r"\\?\n\s*--", " --", body)
        )
    }
)


@pytest.mark.parametrize("page", SESSIONS, ids=lambda page: page.name)
async def test_a_session_goes_as_the_page_shows(page: Path, tmp_path: Path, members) -> None:
    steps = session(page)

    said = await run(steps, tmp_path, members)

    for step, printed in zip(steps, said, strict=True):
        assert re.fullmatch(step.pattern, printed), f"{page.name}: $ {step.command}\n{printed}"


@pytest.mark.parametrize(("page", "line"), COMMANDS)
def test_a_command_that_is_only_shown_exists(page: str, line: str) -> None:
    words = shlex.split(line, comments=True)
    word = next(each for each in words if "=" not in each)
    arguments = words[words.index(word) + 1 :]

    if word == "gitopsd":
        program().parse_args(arguments)
    elif word == "make":
        assert re.search(rf"^{arguments[0]}:", (TOP / "Makefile").read_text(), re.MULTILINE)
    else:
        assert word in OUTSIDE


@pytest.mark.parametrize(("page", "line"), SCRIPTS)
def test_a_command_of_a_pipeline_exists(page: str, line: str) -> None:
    assert program().parse_args(shlex.split(line)).run


async def run(steps: list[Step], folder: Path, kubeconfig: Path) -> list[str]:
    """What each command prints, on either stream, in one shell."""
    script = "exec 2>&1\n" + "".join(f"{step.command}\nprintf '\\036'\n" for step in steps)
    shell = await asyncio.create_subprocess_exec(
        "bash",
        "-c",
        script,
        cwd=folder,
        env=environment(folder, kubeconfig),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        out, _ = await asyncio.wait_for(shell.communicate(), WITHIN_S)
    finally:
        if shell.returncode is None:
            shell.kill()
    return out.decode().split(MARK)[: len(steps)]


def environment(folder: Path, kubeconfig: Path) -> dict[str, str]:
    home = folder.parent / "home"
    home.mkdir(exist_ok=True)
    name = {"GIT_AUTHOR_NAME": "Ann", "GIT_AUTHOR_EMAIL": "ann@example.com"}
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "KUBECONFIG": str(kubeconfig),
        "LANG": "C.UTF-8",
        **name,
        **{key.replace("AUTHOR", "COMMITTER"): value for key, value in name.items()},
    }
