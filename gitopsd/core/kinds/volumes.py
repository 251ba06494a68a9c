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
    return _has(body, ("persistentVolumeClaim",))


def has_volumes(body: Body) -> bool:
    """Whether it has claims, or volumes of the node or of its own that are lost when it moves."""
    return _has(body, ("persistentVolumeClaim", "ephemeral", "hostPath"))


def _has(body: Body, sorts: tuple[str, ...]) -> bool:
    if dig(body, "spec", "volumeClaimTemplates"):
        return True
    found = (dig(body, *path, "volumes") for path in _POD_SPECS)
    return any(
        dig(volume, sort) is not None
        for volumes in found
        if isinstance(volumes, (list, tuple))
        for volume in volumes
        for sort in sorts
    )
