"""helm, which renders a chart without asking any cluster.

Comes in: a build and a way to read blobs. Goes out: the objects as YAML; or `Failed`. The chart's
tests are left out, its CRDs are not; `lookup` finds nothing, and no name is looked up.
"""

from collections.abc import Callable, Iterator

from gitopsd.edge.program import where
from gitopsd.edge.sandbox import Failed, run
from gitopsd.kube.wire import encode
from gitopsd.model.build import Build, Release

_MISSING = "helm is not installed here; put it on the PATH"
_VALUES = ".gitopsd-values.json"


async def helm(build: Build, read: Callable[[str], bytes]) -> bytes:
    """What the chart comes to; raises Failed, and what `read` raises."""
    program, release = where("helm"), build.release
    if not program:
        raise Failed(_MISSING, is_final=False)
    assert release is not None
    own = encode(release.values)

    def reading(blob: str) -> bytes:
        return read(blob) if blob else own

    # Beside the chart, not in it; no blob has an empty id.
    files = {**build.files, _VALUES: ""}
    command = [program, "template", release.name, f"./{build.folder}", *_arguments(release)]
    return await run(command, files, reading)


def _arguments(release: Release) -> Iterator[str]:
    yield f"--namespace={release.namespace}"
    yield f"--kube-version={release.kube_version}"
    yield "--include-crds"
    yield "--skip-tests"
    for each in release.api_versions:
        yield f"--api-versions={each}"
    for path in (*release.values_files, _VALUES):
        yield f"--values=./{path}"
