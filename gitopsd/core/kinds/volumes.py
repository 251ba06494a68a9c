"""What holds data that does not follow an object to another cluster, and is lost with it.

Comes in: a body of any kind. Goes out: yes or no. Stands alone because a move, a deletion and a
plan ask the same questions.
"""

from gitopsd.kube.body import Body, dig

ALLOW_LOSS = "gitopsd.io/allow-data-loss"
HOLD_DATA = frozenset({("", "PersistentVolume"), ("", "PersistentVolumeClaim")})

_POD_SPECS = (
    ("spec", "template", "spec"),
    ("spec", "jobTemplate", "spec", "template", "spec"),
    ("spec",),
)


def allows_loss(body: Body) -> bool:
    """Whether it says that what it holds may be lost with it."""
    return bool(dig(body, "metadata", "annotations", ALLOW_LOSS) == "true")


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
