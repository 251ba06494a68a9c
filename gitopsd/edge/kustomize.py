"""kustomize, as the program of this name or as a part of kubectl.

Comes in: a build and a way to read blobs. Goes out: the objects as YAML; or `Failed`. Plugins, helm
and functions stay off: they are flags that nobody gives.
"""

from collections.abc import Callable

from gitopsd.edge.program import where
from gitopsd.edge.sandbox import Failed, run
from gitopsd.model.build import Build

_MISSING = "kustomize is not installed here, nor kubectl, which has it too; put one on the PATH"


async def kustomize(build: Build, read: Callable[[str], bytes]) -> bytes:
    """What the kustomization comes to; raises Failed, and what `read` raises."""
    return await run([*_command(), *_arguments(build)], build.files, read)


def _command() -> tuple[str, str]:
    if program := where("kustomize"):
        return program, "build"
    if program := where("kubectl"):
        return program, "kustomize"
    raise Failed(_MISSING, is_final=False)


def _arguments(build: Build) -> tuple[str, ...]:
    return f"./{build.folder}", "--load-restrictor=LoadRestrictionsRootOnly"
