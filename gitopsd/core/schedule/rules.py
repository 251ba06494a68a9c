"""What a filter and a score are: a question about a request and one cluster.

`about` names all of the request that the answer depends on besides the cluster. Requests with equal
`about` share the answers for all clusters, which is what makes a thousand templates cheap: a rule
that forgets to name something gives one template the answer of another.
"""

from collections.abc import Callable, Hashable
from typing import NamedTuple

from gitopsd.core.schedule.prepare import Attempt
from gitopsd.model.cluster import Cluster


class Filter(NamedTuple):
    """`check` says why a cluster must not get the template, empty when it may.

    `spares_placed` lets a cluster that has the template already keep it.
    """

    stage: str
    about: Callable[[Attempt], Hashable]
    check: Callable[[Attempt, Cluster], str]
    spares_placed: bool = False


class Score(NamedTuple):
    """`rate` says how much a cluster is preferred; the ratings of all scores are added."""

    stage: str
    about: Callable[[Attempt], Hashable]
    rate: Callable[[Attempt, Cluster], int]
