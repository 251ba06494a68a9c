"""What the demo tells of the example: which things to look at, and when a chapter is over.

Comes in: live objects as members give them. Goes out: rows of cells for a person, and whether all
that the chapter waits for is there. Knows the example by name; a test holds the two together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from gitopsd.kube.body import Body, dig

CLUSTERS = ("eu-1", "us-1", "ap-1")
NAMESPACES = ("shop", "reports")
CHANGED = "shop/web.yaml"
BEFORE, AFTER = "nginx:1.28-alpine", "nginx:1.29-alpine"
MESSAGE = "web: nginx 1.29"

# Cluster-scoped objects of the example, as paths of the Kubernetes API.
CLUSTER_SCOPED = (
    "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/shop-support",
    "/apis/rbac.authorization.k8s.io/v1/clusterroles/shop-support",
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/campaigns.shop.example.com",
)


@dataclass(frozen=True, slots=True)
class Thing:
    """One row: where it is read, what each cluster is to have, and whether one waits for it.

    A queue with a volume is shown but not waited for: real clusters may lack the storage class.
    """

    title: str
    path: str
    wanted: Mapping[str, int]
    ready: tuple[str, ...] = ("status", "readyReplicas")
    is_awaited: bool = True


THINGS = (
    Thing(
        "Deployment shop/web",
        "/apis/apps/v1/namespaces/shop/deployments/web",
        {"eu-1": 2, "us-1": 2, "ap-1": 2},
    ),
    Thing(
        "Deployment shop/api",
        "/apis/apps/v1/namespaces/shop/deployments/api",
        {"eu-1": 3, "us-1": 2, "ap-1": 1},
    ),
    Thing(
        "Deployment shop/orders",
        "/apis/apps/v1/namespaces/shop/deployments/orders",
        {"eu-1": 1},
        is_awaited=False,
    ),
    Thing(
        "Job reports/sales",
        "/apis/batch/v1/namespaces/reports/jobs/sales",
        {"eu-1": 4, "us-1": 4},
        ("status", "succeeded"),
    ),
    Thing(
        "Campaign shop/summer",
        "/apis/shop.example.com/v1/namespaces/shop/campaigns/summer",
        {"eu-1": 1, "us-1": 1},
        (),
    ),
)


class Cell(NamedTuple):
    """One thing on one cluster."""

    text: str
    is_done: bool


Live = Mapping[tuple[str, str], Body | None]
Row = tuple[str, tuple[Cell, ...]]


def rows(live: Live, image: str = "") -> tuple[Row, ...]:
    """A row per thing with a cell per cluster; `live` is keyed by cluster and path.

    With an image, only what runs this image counts of the web's front.
    """
    return tuple(
        (thing.title, tuple(_cell(thing, name, live, image) for name in CLUSTERS))
        for thing in THINGS
    )


def is_front(resource: Body) -> bool:
    """Whether a binding's resource is the web's front, which is changed and rolled out."""
    return f"{resource.get('kind')} {resource.get('namespace')}/{resource.get('name')}" == (
        THINGS[0].title
    )


def is_over(found: tuple[Row, ...]) -> bool:
    """Whether all that is waited for is there."""
    awaited = {thing.title for thing in THINGS if thing.is_awaited}
    return all(cell.is_done for title, cells in found if title in awaited for cell in cells)


def missing(found: tuple[Row, ...]) -> str:
    """What is waited for and not there, in words; empty for nothing."""
    awaited = {thing.title for thing in THINGS if thing.is_awaited}
    return "; ".join(
        f"{title} on {name}: {cell.text}"
        for title, cells in found
        if title in awaited
        for name, cell in zip(CLUSTERS, cells, strict=True)
        if not cell.is_done
    )


def _cell(thing: Thing, cluster: str, live: Live, image: str) -> Cell:
    wanted = thing.wanted.get(cluster)
    body = live.get((cluster, thing.path))
    if wanted is None:
        return Cell("" if body is None else "not expected", body is None)
    if body is None:
        return Cell("–", False)
    if not thing.ready:
        return Cell("there", True)
    ready = dig(body, *thing.ready, default=0)
    if image and thing is THINGS[0]:
        return _rolled(body, wanted, ready, image)
    return Cell(f"{ready}/{wanted}", ready == wanted)


def _rolled(body: Body, wanted: int, ready: int, image: str) -> Cell:
    """A rollout: the image that is asked for, and how many replicas of the newest are ready."""
    has_image = image in dig(body, "spec", "template", "spec", "containers", 0, "image", default="")
    if not has_image:
        return Cell(f"{ready}/{wanted} old image", False)
    seen = dig(body, "status", "observedGeneration") == dig(body, "metadata", "generation")
    updated = min(ready, dig(body, "status", "updatedReplicas", default=0)) if seen else 0
    return Cell(f"{updated}/{wanted} new image", updated == wanted)
