"""How much of a workload runs, in two numbers: wanted and ready.

Comes in: a kind, a body and a live `.status`. Goes out: a pair, None for kinds without such a
measure. To add one: its line in `MEASURES`. Where an autoscaler says how many there are, the status
does too.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gitopsd.kube.body import Body, dig
from gitopsd.model.delivery import Health, Outcome
from gitopsd.model.resource import ResourceKey


@dataclass(frozen=True, slots=True)
class Measure:
    """Where a kind says how many it wants (in the body, else in the status) and has (status).

    `there` counts those that there are, of a kind that others may scale.
    """

    wanted: tuple[str, ...]
    ready: str
    default: int = 1
    is_wanted_in_status: bool = False
    there: str = ""


MEASURES: Mapping[tuple[str, str], Measure] = {
    ("apps", "Deployment"): Measure(("spec", "replicas"), "readyReplicas", there="replicas"),
    ("apps", "ReplicaSet"): Measure(("spec", "replicas"), "readyReplicas", there="replicas"),
    ("apps", "StatefulSet"): Measure(("spec", "replicas"), "readyReplicas", there="replicas"),
    ("apps", "DaemonSet"): Measure(
        ("desiredNumberScheduled",), "numberReady", default=0, is_wanted_in_status=True
    ),
    ("batch", "Job"): Measure(("spec", "completions"), "succeeded"),
}


def of(key: ResourceKey, body: Body, outcome: Outcome | None) -> tuple[int, int] | None:
    """Ready and wanted; nothing ready where there is no status yet.

    What is Current has as many as it is to have, whoever said so.
    """
    measure = MEASURES.get((key.group, key.kind))
    if measure is None:
        return None
    status = (outcome.status if outcome else None) or {}
    source = status if measure.is_wanted_in_status else body
    wanted = dig(source, *measure.wanted)
    is_settled = outcome is not None and outcome.health is Health.CURRENT
    if measure.there in status and (wanted is None or is_settled):
        wanted = status[measure.there]
    wanted = measure.default if wanted is None else wanted
    ready = status.get(measure.ready) or 0
    if not isinstance(wanted, int) or not isinstance(ready, int):
        return None
    return ready, wanted
