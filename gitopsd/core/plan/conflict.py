"""What to do where another manager owns a field that we want: take it, or let it be.

Comes in: the causes of a refused apply and the manifest. Goes out: a `Ruling`. By default we take
what is declared; what controllers and autoscalers of a cluster set is theirs.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gitopsd.kube.body import Body, dig, without

POLICY = "gitopsd.io/on-conflict"
_REASON = "FieldManagerConflict"
_MANAGER = re.compile(r'conflict with "([^"]*)"')
_CONTROLLERS = re.compile(
    r"^(kube-controller-manager|kube-scheduler|horizontal-pod-autoscaler|vpa-(updater|recommender|"
    r"admission-controller)|keda(-operator)?|cert-manager-cainjector|kubelet|cluster-autoscaler)$"
)
_THEIRS = re.compile(
    r"^\.spec\.(replicas|parallelism|clusterIPs?|volumeName|healthCheckNodePort|ports\[.*\]\.nodePort)$"
    r"|\.resources\.|\.caBundle$"
)
_PLAIN = re.compile(r"^(\.[A-Za-z0-9_-]+)+$")


@dataclass(frozen=True, slots=True)
class Ruling:
    """The body to send by force, the fields that were let be, and why none may be sent, if so."""

    body: Body
    yielded: tuple[str, ...] = ()
    refusal: str = ""


def judge(body: Body, causes: Sequence[Mapping[str, Any]]) -> Ruling:
    """What follows from a refusal; the annotation `gitopsd.io/on-conflict` of the object decides.

    `take` is the default, `yield` lets every field in question be, `fail` sends nothing.
    """
    fields = [
        (str(cause.get("field") or ""), _manager(cause))
        for cause in causes
        if cause.get("reason") == _REASON
    ]
    policy = dig(body, "metadata", "annotations", POLICY, default="take")
    if policy == "fail":
        words = ", ".join(f"{field} ({manager})" for field, manager in fields)
        return Ruling(body, refusal=f"others own {words}")
    yielded = []
    for field, manager in fields:
        if (policy == "yield" or _is_theirs(field, manager)) and _PLAIN.match(field):
            body = without(body, *field[1:].split("."))
            yielded.append(f"{field} ({manager})")
    return Ruling(body, tuple(yielded))


def _manager(cause: Mapping[str, Any]) -> str:
    found = _MANAGER.search(str(cause.get("message") or ""))
    return found[1] if found else "unknown"


def _is_theirs(field: str, manager: str) -> bool:
    return bool(_CONTROLLERS.match(manager)) and bool(_THEIRS.search(field))
