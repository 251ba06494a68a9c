"""How many nodes are of which grade of a resource model, by what they have left.

Comes in: a Cluster's models and what each node has left. Goes out: a count for each grade.
Karmada's modeling (karmada-io/karmada pkg/modeling/modeling.go); unlike there, a node without a
place for another pod ends no count, and every resource of a model is looked at.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping

from gitopsd.kube import quantity
from gitopsd.model.cluster import ModelCount, ResourceModel


def count(
    models: tuple[ResourceModel, ...], left: Iterable[Mapping[str, int]]
) -> tuple[ModelCount, ...]:
    """The nodes of each grade, in order of the models; none without models.

    A node is of the least grade that any of its resources, in billionths, reaches.
    """
    if not models or not models[0].ranges:
        return ()
    starts = {
        each.name: [quantity.nano(model.ranges[place].min) for model in models]
        for place, each in enumerate(models[0].ranges)
    }
    counts = [0] * len(models)
    for node in left:
        counts[_grade(starts, node)] += 1
    return tuple(ModelCount(model.grade, n) for model, n in zip(models, counts, strict=True))


def _grade(starts: Mapping[str, list[int]], node: Mapping[str, int]) -> int:
    reached = min(bisect_right(each, node.get(name, 0)) - 1 for name, each in starts.items())
    return max(reached, 0)
