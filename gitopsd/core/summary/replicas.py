"""How much of a workload runs, in two numbers: wanted and ready.

Comes in: a kind, a body and a live `.status`. Goes out: a pair, None for kinds without such a
measure. To add one: its line in `MEASURES`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gitopsd.kube.body import Body, dig


@dataclass(frozen=True, slots=True)
class Measure:
    """Where a kind says how many it wants (in the body, else in the status) and has (status)."""

    wanted: tuple[str, ...]
    ready: str
    default: int = 1
    is_wanted_in_status: bool = False


MEASURES: Mapping[tuple[str, str], Measure] = {
    ("apps", "Deployment"): Measure(("spec", "replicas"), "readyReplicas"),
    ("apps", "ReplicaSet"): Measure(("spec", "replicas"), "readyReplicas"),
    ("apps", "StatefulSet"): Measure(("spec", "replicas"), "readyReplicas"),
    ("apps", "DaemonSet"): Measure(
        ("desiredNumberScheduled",), "numberReady", default=0, is_wanted_in_status=True
    ),
    ("batch", "Job"): Measure(("spec", "completions"), "succeeded"),
}


def of(
    group: str, kind: str, body: Body, status: Mapping[str, Any] | None
) -> tuple[int, int] | None:
    """Ready and wanted; nothing ready where there is no status yet."""
    measure = MEASURES.get((group, kind))
    if measure is None:
        return None
    source = status or {} if measure.is_wanted_in_status else body
    wanted = dig(source, *measure.wanted, default=measure.default)
    ready = (status or {}).get(measure.ready) or 0
    if not isinstance(wanted, int) or not isinstance(ready, int):
        return None
    return ready, wanted
