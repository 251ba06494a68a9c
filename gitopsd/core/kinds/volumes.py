"""Whether a workload has volumes that outlive its pods: what they hold does not follow it.

Comes in: a body of any kind that has pods. Goes out: yes or no. Stands alone because a move, a
failover and a plan ask the same question of every kind.
"""

from gitopsd.kube.body import Body, dig

_POD_SPECS = (
    ("spec", "template", "spec"),
    ("spec", "jobTemplate", "spec", "template", "spec"),
    ("spec",),
)


def has_claims(body: Body) -> bool:
    """Whether it makes claims of its own, or its pods mount some; False for what has no pods."""
    if dig(body, "spec", "volumeClaimTemplates"):
        return True
    found = (dig(body, *path, "volumes") for path in _POD_SPECS)
    return any(
        dig(volume, "persistentVolumeClaim") is not None
        for volumes in found
        if isinstance(volumes, (list, tuple))
        for volume in volumes
    )
