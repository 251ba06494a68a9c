"""Clusters with what is known of them: facts from where, and the taints that follow."""

from dataclasses import replace

from fakes.fleet import NOW, cluster
from gitopsd.core.decide.members import differ_in_room_only, members
from gitopsd.model.cluster import Condition, Facts, ResourceSummary, Taint
from gitopsd.model.delivery import Report
from gitopsd.model.memory import Memory
from gitopsd.model.snapshot import Known

EU = cluster("eu")
READY = Facts("v1.36.3", conditions=(Condition("Ready", "True"),))
OLD = Facts("v1.30.0", conditions=(Condition("Ready", "True"),))
NOT_READY = Taint("cluster.karmada.io/not-ready", "NoSchedule")
UNREACHABLE = Taint("cluster.karmada.io/unreachable", "NoSchedule")


def member(facts=None, remembered=None, reachable=True, committed=EU):
    memory = Memory(clusters={"eu": replace(EU, facts=remembered)} if remembered else {})
    known = Known({"eu": Report("eu", reachable, facts=facts)}, memory, NOW)
    return members({"eu": committed}, known, {})["eu"].cluster


def with_ready(status):
    return Facts(conditions=(Condition("Ready", status),))


def test_facts_are_those_reported_else_remembered_else_committed_else_none():
    committed = replace(EU, facts=Facts("v1.20.0", conditions=READY.conditions))

    assert member(READY, OLD).facts is READY
    assert member(None, OLD, committed=committed).facts is OLD
    assert member(None, None, committed=committed).facts is committed.facts
    assert member().facts is None


def test_a_ready_member_and_one_that_is_assumed_have_no_taints():
    assert member(READY).taints == ()
    assert member(Facts(assumed=True)).taints == ()
    assert member().taints == ()


def test_taints_follow_from_the_condition_ready():
    assert member(with_ready("False")).taints == (NOT_READY,)
    assert member(with_ready("Unknown")).taints == (UNREACHABLE,)
    assert member(Facts()).taints == (NOT_READY,)


def test_a_member_that_was_not_reached_is_not_ready_whatever_its_last_facts_say():
    assert member(READY, reachable=False).taints == (NOT_READY,)


def test_a_taint_that_is_committed_is_not_added_again():
    committed = replace(EU, taints=(NOT_READY,))

    assert member(with_ready("False"), committed=committed).taints == (NOT_READY,)


def test_members_of_which_nothing_new_is_known_are_the_very_same():
    known = Known({"eu": Report("eu", True, facts=READY)}, Memory(), NOW)
    equal = Facts("v1.36.3", conditions=(Condition("Ready", "True"),))
    before = members({"eu": EU}, known, {})

    again = replace(known, reports={"eu": Report("eu", True, facts=equal, is_finished=True)})

    assert members({"eu": EU}, again, before) is before


def test_free_room_is_told_from_all_other_changes():
    def of(facts, committed=EU):
        known = Known({"eu": Report("eu", True, facts=facts)}, Memory(), NOW)
        return members({"eu": committed}, known, {})

    roomy = Facts("v1.36.3", conditions=READY.conditions, resource_summary=ResourceSummary())

    assert differ_in_room_only(of(READY), of(roomy))
    assert not differ_in_room_only(of(READY), of(OLD))
    assert not differ_in_room_only(of(READY), of(None))
    assert not differ_in_room_only(of(READY), of(READY, replace(EU, region="us")))
    assert not differ_in_room_only(of(READY), {})
