"""RayJob: a Ray cluster that is made for one job."""

from gitopsd.core.kinds.custom_workload import collected
from gitopsd.core.kinds.kind import Dependency, Items, Kind, Status
from gitopsd.core.kinds.ray_clusters import components_of, dependencies_of, pod_specs
from gitopsd.core.kinds.statuses import with_status
from gitopsd.kube.body import Body, dig
from gitopsd.model.decision import Component

_CLUSTER = ("spec", "rayClusterSpec")
_DEPLOYMENT = {
    "": 0,
    "Initializing": 1,
    "Waiting": 2,
    "Suspending": 3,
    "Suspended": 3,
    "Retrying": 4,
    "Running": 5,
    "Complete": 6,
    "ValidationFailed": 7,
    "Failed": 8,
}
_JOB = {"": 0, "PENDING": 1, "RUNNING": 2, "SUCCEEDED": 3, "STOPPED": 4, "FAILED": 5}


def components(body: Body) -> tuple[Component, ...]:
    """The head and each group of workers."""
    return components_of(dig(body, *_CLUSTER, default={}))


def is_healthy(body: Body) -> bool:
    """It runs, or has succeeded."""
    status: Status = dig(body, "status", default={})
    deployment = status.get("jobDeploymentStatus")
    done = deployment == "Complete" and status.get("jobStatus") == "SUCCEEDED"
    return deployment == "Running" or done


def aggregate(body: Body, items: Items, now: str) -> Body:
    """The status of the only member; of several the worst, with its reason."""
    if items is None:
        return body
    if len(items) == 1:
        return with_status(body, items[0].status or {})
    statuses = collected(items)
    deployed = [each for each in statuses if each.get("jobDeploymentStatus") is not None]
    jobs = [each["jobStatus"] for each in statuses if each.get("jobStatus")]
    worst: Status = max(
        deployed, key=lambda each: _DEPLOYMENT.get(each["jobDeploymentStatus"], 0), default={}
    )
    status = {
        **(body.get("status") or {}),
        "jobStatus": max(jobs, key=lambda job: _JOB.get(job, 0), default=None),
        **{name: worst.get(name) for name in ("jobDeploymentStatus", "reason", "message")},
    }
    return with_status(body, status)


def dependencies(body: Body) -> tuple[Dependency, ...]:
    """What the pods of the cluster and of the submitter name."""
    submitter = dig(body, "spec", "submitterPodTemplate", "spec")
    specs = pod_specs(dig(body, *_CLUSTER, default={}))
    return dependencies_of([*specs, *([submitter] if submitter is not None else [])], body)


KIND = Kind(
    group="ray.io",
    version="v1",
    name="RayJob",
    components=components,
    aggregate=aggregate,
    is_healthy=is_healthy,
    dependencies=dependencies,
)
