"""The bundled schemas are what the script makes of its sources, and nothing was edited by hand."""

import gzip
import importlib.util
import json

import pytest

from architecture.house import TOP
from gitopsd.kube.schemas import VERSIONS

SCRIPT = TOP / ".ci" / "schemas.py"


def test_the_newest_bundle_is_what_the_script_writes() -> None:
    pytest.importorskip("kubernetes_validate")
    spec = importlib.util.spec_from_file_location("bundling", SCRIPT)
    assert spec and spec.loader
    bundling = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bundling)
    discovery = json.loads(bundling.DISCOVERY.read_text())

    made = bundling.bundle_of(VERSIONS[-1], discovery)

    kept = bundling.OUT / f"kubernetes-{VERSIONS[-1]}.json.gz"
    assert made == json.loads(gzip.decompress(kept.read_bytes()))
    assert bundling.VERSIONS == VERSIONS


def test_the_bundles_stay_small() -> None:
    sizes = {path.name: path.stat().st_size for path in (TOP / "gitopsd/kube/data").iterdir()}

    assert set(sizes) == {f"kubernetes-{version}.json.gz" for version in VERSIONS}
    assert max(sizes.values()) < 40_000
