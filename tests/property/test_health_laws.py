from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitopsd.core.health import RULES, Finding, has_status, health, is_finished
from gitopsd.model.delivery import Health

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WORDS = (
    "Ready",
    "True",
    "False",
    "Pending",
    "Running",
    "LoadBalancer",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00+14:00",
    "2026-03-01T11:59:55",
    "ReplicaFailure",
    "Unschedulable",
    "PodScheduled",
    "ImagePullBackOff",
)
FIELDS = (
    "conditions",
    "type",
    "status",
    "reason",
    "message",
    "lastTransitionTime",
    "phase",
    "replicas",
    "readyReplicas",
    "observedGeneration",
    "generation",
    "creationTimestamp",
    "containerStatuses",
    "state",
    "waiting",
    "loadBalancer",
    "ingress",
    "updateStrategy",
    "rollingUpdate",
    "partition",
    "finalizers",
    "ownerReferences",
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(WORDS) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6)
    ),
    max_leaves=12,
)
KINDS = st.sampled_from([*sorted(RULES), ("", "ConfigMap"), ("shop.example", "Cake")])
BODIES = st.builds(
    lambda kind, metadata, spec, status: {
        "apiVersion": f"{kind[0]}/v1" if kind[0] else "v1",
        "kind": kind[1],
        "metadata": metadata,
        "spec": spec,
        "status": status,
    },
    KINDS,
    VALUES,
    VALUES,
    VALUES,
)
SINCE = st.none() | st.integers(-100, 100).map(lambda s: NOW + timedelta(seconds=s))


@given(BODIES, SINCE)
@settings(deadline=None)
def test_any_body_has_a_health_and_waking_is_in_the_future(body, since):
    finding = health(body, since, NOW)

    assert isinstance(finding, Finding)
    assert finding.wake_at is None or finding.wake_at > NOW
    assert is_finished(body) in (True, False)


@given(BODIES, SINCE)
@settings(deadline=None)
def test_what_is_to_be_looked_at_again_has_changed_by_then(body, since):
    before = health(body, since or NOW, NOW)

    after = health(body, since or NOW, before.wake_at or NOW)

    assert (after.health is before.health) == (before.wake_at is None)


@pytest.mark.parametrize(("group", "kind"), sorted(RULES))
def test_kinds_with_a_rule_are_read_whole(group, kind):
    assert has_status(group, kind)


def test_a_body_without_a_kind_is_there_and_so_current():
    assert health({}, None, NOW).health is Health.CURRENT
