"""What the edge saw of a member at one time.

Comes in: nothing; this is the value itself. Stands alone because every file of the folder reads it.
"""

from dataclasses import dataclass

from gitopsd.kube.body import Body
from gitopsd.model.cluster import ApiEnablement, ResourceModel


@dataclass(frozen=True, slots=True)
class Observation:
    """One look at a member.

    `is_ready` None: nobody can say, for it was not heard of. `reason` and `message` explain what is
    not ready; they must not change while nothing happens. `api` is what discovery found, without
    what it could not read of the groups in `partial`. `nodes` and `pods` are None where they were
    not listed; pods may be `slim`. `models` are the Cluster's `resourceModels`.
    """

    is_ready: bool | None
    reason: str = ""
    message: str = ""
    kubernetes_version: str = ""
    api: tuple[ApiEnablement, ...] = ()
    partial: frozenset[str] = frozenset()
    nodes: tuple[Body, ...] | None = None
    pods: tuple[Body, ...] | None = None
    models: tuple[ResourceModel, ...] = ()
