import pytest

from gitopsd.core.schedule.filters.taint import tolerates
from gitopsd.model.cluster import Taint
from gitopsd.model.policy import Toleration

GPU = Taint("dedicated", "NoSchedule", "gpu")


@pytest.mark.parametrize(
    ("toleration", "expected"),
    [
        (Toleration("dedicated", "Equal", "gpu", "NoSchedule"), True),
        (Toleration("dedicated", "", "gpu"), True),
        (Toleration("dedicated", "Equal", "ml"), False),
        (Toleration("dedicated", "Equal"), False),
        (Toleration("dedicated", "Exists"), True),
        (Toleration("dedicated", "Exists", effect="NoExecute"), False),
        (Toleration("other", "Exists"), False),
        (Toleration(operator="Exists"), True),
        (Toleration(operator="Exists", effect="NoExecute"), False),
        (Toleration("dedicated", "Gt", "1"), False),
    ],
)
def test_a_toleration_matches_as_in_kubernetes(toleration, expected):
    assert tolerates(toleration, GPU) is expected
