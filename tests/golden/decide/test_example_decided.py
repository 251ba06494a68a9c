"""What becomes of `example-repo/`: a table of where everything goes, by whom, with which overrides.

`pytest --bless` writes what is found as what is expected; the difference is reviewed.
"""

from dataclasses import replace
from pathlib import Path

from fakes.fleet import NOW
from gitopsd.cli import validate
from gitopsd.core.decide import Cache, decide
from gitopsd.model.cluster import Facts
from gitopsd.model.decision import Binding, Decision
from gitopsd.model.memory import Memory
from gitopsd.model.snapshot import Known, Snapshot, Tree

HERE = Path(__file__).parent
TOP = HERE.parents[2]


def test_the_example_is_decided_as_expected(golden):
    loaded = validate.check(TOP / "example-repo")
    assumed = {
        name: replace(each, facts=Facts(assumed=True)) for name, each in loaded.clusters.items()
    }
    known = Known({}, Memory(clusters=assumed), NOW)

    decision, _ = decide(Snapshot(Tree("", "main", "c0ffee", {}), loaded), known, Cache())

    assert table(decision) == golden(HERE / "example.txt", table(decision))


def table(decision: Decision) -> str:
    """A line for each template: its clusters with their shares, why, and the overrides there."""
    rows = [("TEMPLATE", *decision.clusters, "BY", "OVERRIDES")]
    for key, binding in decision.bindings.items():
        cells = [cell(binding, name) for name in decision.clusters]
        rows.append((str(key), *cells, reason(binding), overrides(binding)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([*lines, "", *map(str, decision.problems)]).rstrip() + "\n"


def cell(binding: Binding, cluster: str) -> str:
    manifest = binding.manifests.get(cluster)
    if manifest is None:
        return "-"
    return "x" if manifest.share is None else str(manifest.share)


def reason(binding: Binding) -> str:
    if binding.policy is not None:
        return str(binding.policy)
    needed = ", ".join(str(each) for each in binding.required_by)
    return f"needed by {needed}" if needed else "its own objects"


def overrides(binding: Binding) -> str:
    found = [
        f"{name}: {each.policy.name}[{each.rule}]"
        for name, manifest in binding.manifests.items()
        for each in manifest.applied
    ]
    return ", ".join(found)
