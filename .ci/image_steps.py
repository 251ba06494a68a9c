#!/usr/bin/env python3
"""Runs the Dockerfile's steps in a plain folder, because here is no container daemon.

The folder stands for the root of every stage: COPY and RUN are done with the image's absolute
paths moved below it, ENV and WORKDIR hold as written. A Dockerfile instruction that is not known
here is an error. At the end the installed program must run from that folder alone, write nothing
there, and have brought its schemas and its example along.

What this cannot show: that the base image can be pulled, what is in it, and which packages of its
distribution can be installed: `apt-get` is left to the machine, which must have the programs.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CONTEXT = Path(__file__).resolve().parent.parent
# Folders that the image makes; other absolute paths are the system's own.
OURS = re.compile(r"(?<![\w.=/-])/(?=opt/|build\b|var/cache/)")
SILENT = ("FROM", "ARG", "LABEL", "USER", "EXPOSE", "VOLUME", "ENTRYPOINT", "CMD")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="gitopsd-image-") as name:
        root = Path(name)
        environment, entry = perform(root)
        check(root, environment, entry)


def perform(root: Path) -> tuple[dict[str, str], str]:
    """Does all steps; the environment of the last stage and its entry point."""
    environment = outside()
    place, entry = root, ""
    for word, rest in instructions((CONTEXT / "Dockerfile").read_text()):
        print(f"image: {word} {rest}", flush=True)
        if word == "FROM":
            environment, place = outside(), root
        elif word == "WORKDIR":
            place = below(root, rest)
            place.mkdir(parents=True, exist_ok=True)
        elif word == "ENV":
            pairs = (pair.partition("=") for pair in shlex.split(rest))
            environment |= {
                name: OURS.sub(f"{root}/", f" {value}").strip() for name, _, value in pairs
            }
        elif word == "COPY":
            copy(root, place, shlex.split(rest))
        elif word == "RUN" and rest.startswith("apt-get "):
            continue
        elif word == "RUN":
            subprocess.run(
                ["sh", "-ec", OURS.sub(f"{root}/", rest)], cwd=place, env=environment, check=True
            )
        elif word == "ENTRYPOINT":
            entry = rest.strip('[]"')
        elif word not in SILENT:
            sys.exit(f"image: {word} is not known to .ci/image_steps.py")
    return environment, entry


def outside() -> dict[str, str]:
    """The machine's environment with the interpreter that runs this as `python`."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PYTHON", "VIRTUAL_"))
    }
    base = Path(sys.base_prefix) / "bin"
    return {**kept, "PATH": f"{base}:{kept['PATH']}"}


def instructions(text: str) -> list[tuple[str, str]]:
    """Words and what follows them, continued lines joined, comments left out."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [
        (word, rest)
        for word, _, rest in (line.partition(" ") for line in joined.splitlines())
        if word
    ]


def below(root: Path, path: str) -> Path:
    return root / path.lstrip("/")


def copy(root: Path, place: Path, words: list[str]) -> None:
    """COPY from the context; from another stage nothing is to do, all stages share the folder."""
    if words[0].startswith("--from="):
        source, target = (below(root, word) for word in words[1:])
        if source != target or not source.exists():
            sys.exit(f"image: COPY {source} does not stand where it goes to")
        return
    *sources, target = words
    for source in sources:
        origin = CONTEXT / source
        goal = place / target / origin.name if target.endswith("/") else place / target
        if origin.is_dir():
            shutil.copytree(origin, goal, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(origin, goal)


def check(root: Path, environment: dict[str, str], entry: str) -> None:
    """The program runs, from here, compiled, with its schemas and its example."""
    shutil.rmtree(root / "build")
    home = root / "opt" / "gitopsd"
    packages = next(home.glob("lib/python3.*/site-packages"))
    ours = packages / "gitopsd"
    lacking = [
        name
        for name in ("schema/Cluster.json", "example-repo/README.md")
        if not (ours / name).is_file()
    ]
    sources = [path for path in ours.rglob("*.py") if "example-repo" not in path.parts]
    lacking += [
        f"bytecode of {path.relative_to(ours)}"
        for path in sources
        if not list((path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"))
    ]
    if (home / "bin" / "pip").exists():
        lacking.append("absence of pip")
    if lacking:
        sys.exit(f"image: lacks {', '.join(lacking[:5])}")
    files = set(home.rglob("*"))
    environment = {
        **environment,
        "HOME": str(root / "var" / "cache"),
        "TMPDIR": str(root / "var" / "cache"),
    }
    for arguments in (["--version"], ["--help"], ["validate", str(ours / "example-repo")]):
        done = subprocess.run(
            [str(home / "bin" / entry), *arguments],
            cwd="/",
            env=environment,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            sys.exit(f"image: {entry} {' '.join(arguments)}: {done.stdout}{done.stderr}")
        print(f"image: {entry} {arguments[0]}: {(done.stdout.splitlines() or [''])[0]}")
    if changed := set(home.rglob("*")) - files:
        sys.exit(f"image: the program wrote {sorted(changed)[0]}")
    size = sum(
        path.stat().st_size for path in home.rglob("*") if path.is_file() and not path.is_symlink()
    )
    print(f"image: {size / 1e6:.0f} MB in {home.relative_to(root)}")


if __name__ == "__main__":
    main()
