"""SparkApplication: a driver and executors of Apache Spark."""

import re
from math import ceil, floor
from typing import Any

from gitopsd.core.kinds.custom_workload import collected, fields_of
from gitopsd.core.kinds.kind import Items, Kind, Misread, Status, integer
from gitopsd.core.kinds.statuses import with_status
from gitopsd.core.kinds.training import latest, number
from gitopsd.kube.body import Body, dig
from gitopsd.model.decision import Component, NodeClaim, Requirements

_FIELDS = (
    "applicationState",
    "driverInfo",
    "executorState",
    "sparkApplicationId",
    "completionTime",
    "lastSubmissionAttemptTime",
    "submissionAttempts",
    "executionAttempts",
    "submissionID",
    "terminationTime",
)
_PRIORITY = {
    "UNKNOWN": 0,
    "": 0,
    "SUBMITTED": 1,
    "PENDING_RERUN": 1,
    "COMPLETED": 2,
    "SUSPENDING": 3,
    "SUSPENDED": 3,
    "RUNNING": 4,
    "RESUMING": 4,
    "SUCCEEDING": 4,
    "INVALIDATING": 5,
    "FAILING": 6,
    "FAILED": 6,
    "SUBMISSION_FAILED": 6,
}
_LEAST_OVERHEAD = 384 * 1024**2
_UNITS = {"": 1, "b": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


def components(body: Body) -> tuple[Component, ...]:
    """The driver, and executors as written or as dynamic allocation starts with."""
    return (
        Component("driver", 1, _requirements(body, "driver")),
        Component("executor", _executors(body), _requirements(body, "executor")),
    )


def is_healthy(body: Body) -> bool:
    """It has a state, and that is not FAILED."""
    state = dig(body, "status", "applicationState", "state")
    return state is not None and state != "FAILED"


def aggregate(body: Body, items: Items, now: str) -> Body:
    """The status of the only member; of several the worst state and the sums of attempts."""
    if items is None:
        return body
    if len(items) == 1:
        return with_status(body, items[0].status or {})
    return with_status(body, {**(body.get("status") or {}), **_together(collected(items))})


def _together(statuses: list[Status]) -> dict[str, Any]:
    told = [each for each in statuses if each.get("applicationState") is not None]
    worst = max(told, key=_badness, default={})
    return {
        "applicationState": worst.get("applicationState"),
        "executorState": {
            name: state
            for each in told
            for name, state in (each.get("executorState") or {}).items()
        },
        "executionAttempts": sum(integer(each, "executionAttempts") for each in told),
        "submissionAttempts": sum(integer(each, "submissionAttempts") for each in told),
        "lastSubmissionAttemptTime": latest(told, "lastSubmissionAttemptTime"),
        "terminationTime": latest(told, "terminationTime"),
    }


def _badness(status: Status) -> int:
    state = dig(status, "applicationState", "state", default="")
    if state not in _PRIORITY:
        raise Misread(f"{state!r} is no state of an application")
    return _PRIORITY[state]


def _executors(body: Body) -> int:
    written = number(dig(body, "spec", "executor", "instances"), 1)
    dynamic: Body = dig(body, "spec", "dynamicAllocation", default={})
    if not dynamic.get("enabled"):
        return written
    least = (number(dynamic.get(name), 1) for name in ("initialExecutors", "minExecutors"))
    return max(written, *least)


def _requirements(body: Body, role: str) -> Requirements:
    spec: Body = dig(body, "spec", role, default={})
    requests: dict[str, Any] = {"memory": _memory(body, spec)}
    if spec.get("cores") is not None:
        requests["cpu"] = spec["cores"]
    gpu: Body = spec.get("gpu") or {}
    if gpu.get("name") and number(gpu.get("quantity"), 0) > 0:
        requests[gpu["name"]] = number(gpu["quantity"], 0)
    claim = NodeClaim(
        hard_node_affinity=dig(
            spec, "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"
        ),
        node_selector=spec.get("nodeSelector") or None,
        tolerations=tuple(spec.get("tolerations") or ()) or None,
    )
    return Requirements(
        node_claim=claim if claim != NodeClaim() else None,
        resource_request=requests,
    )


def _memory(body: Body, spec: Body) -> str:
    """Memory of the JVM with its overhead, as a quantity."""
    wanted = _bytes(spec.get("memory"))
    kind = dig(body, "spec", "type")
    if not isinstance(kind, str):
        raise Misread("spec.type is missing")
    factor = dig(body, "spec", "memoryOverheadFactor")
    share = float(factor) if factor not in (None, "") else 0.1 if kind.lower() == "java" else 0.4
    written = spec.get("memoryOverhead")
    overhead = max(wanted * share, _LEAST_OVERHEAD) if written is None else _bytes(written)
    return _quantity(wanted + overhead)


def _bytes(text: Any) -> float:
    """Bytes that Java means by such as `512m`; 0 for what it does not mean."""
    found = re.fullmatch(r"([0-9]+\.?[0-9]*)([a-z]*)", str(text or "").lower())
    if not found:
        return 0
    unit = found[2].removesuffix("b") if found[2] != "b" else "b"
    return float(found[1]) * _UNITS.get(unit, 1)


def _quantity(amount: float) -> str:
    """The largest unit that is exact; mebibytes are rounded down."""
    for power, suffix in ((4, "Ti"), (3, "Gi"), (2, "Mi"), (1, "Ki")):
        scaled = amount / 1024**power
        if scaled >= 1 and (suffix == "Mi" or scaled == floor(scaled)):
            return f"{floor(scaled)}{suffix}"
    return f"{max(ceil(amount / 1024), 1)}Ki"


KIND = Kind(
    group="sparkoperator.k8s.io",
    version="v1beta2",
    name="SparkApplication",
    components=components,
    reflect=fields_of(*_FIELDS),
    aggregate=aggregate,
    is_healthy=is_healthy,
)
