"""The screen of one workload: where it is and how well, where it is not and why."""

from dataclasses import replace

import pytest

from fakes import fleet
from fakes.browser import Browser
from gitopsd.model.decision import Assignment, Refused, Share, Verdict
from gitopsd.model.problem import Problem
from gitopsd.model.resource import ResourceKey
from gitopsd.page import key_of, workload
from gitopsd.page.overview import address

LINES = (
    {"cluster": "eu-1", "ready": 2, "wanted": 2, "state": "Applied", "health": "Current"},
    {
        "cluster": "us-1",
        "ready": 0,
        "wanted": 2,
        "state": "Failed",
        "health": "Unknown",
        "reason": "Forbidden",
        "message": "deployments is forbidden",
    },
)
VERDICTS = (
    Verdict("ap-1", False, "filters/taint", "taint gpu is not tolerated"),
    Verdict("ap-2", False, "filters/taint", "taint gpu is not tolerated"),
    Verdict("eu-1", True, "divide", "gets 2 of 4 replicas", replicas=2),
    Verdict("us-1", True, "divide", "gets 2 of 4 replicas", replicas=2),
)
BINDING = replace(
    fleet.binding(fleet.web(), ("eu-1", "us-1"), 2),
    assignment=Assignment((Share("eu-1", 2), Share("us-1", 2)), verdicts=VERDICTS),
)


def seen(binding=BINDING, lines=LINES):
    return Browser(workload(binding, lines).body.decode())


def test_every_cluster_has_its_line_and_its_reason():
    assert seen().rows == [
        ["cluster", "share", "state", "what is known", "why there", "overrides"],
        ["eu-1", "2", "2/2", "", "gets 2 of 4 replicas", ""],
        [
            "us-1",
            "2",
            "0/2 Failed",
            "Forbidden: deployments is forbidden",
            "gets 2 of 4 replicas",
            "",
        ],
        ["rule", "reason", "clusters"],
        ["filters/taint", "taint gpu is not tolerated", "2: ap-1, ap-2"],
    ]


def test_it_says_which_policy_and_which_file():
    words = seen(replace(BINDING, refused=(Refused(fleet.policy("all"), "less specific"),))).words

    assert "shop/web.yaml:3" in words
    assert "PropagationPolicy shop/web (shop/policies.yaml:2)" in words
    assert "PropagationPolicy shop/all: less specific" in words


def test_what_could_not_be_scheduled_says_so():
    nowhere = Assignment((), "NoClusterFit", "no cluster fits", verdicts=VERDICTS[:2])
    problem = Problem("shop/web.yaml", 3, "/spec", "no cluster 'eu-3'; known: eu-1")

    words = seen(replace(BINDING, assignment=nowhere, problems=(problem,)), ()).words

    assert "no: NoClusterFit" in words
    assert "no cluster fits" in words
    assert "Nowhere." in words
    assert "shop/web.yaml:3 /spec: no cluster 'eu-3'; known: eu-1" in words


def test_it_refers_to_nothing_but_itself_and_shows_no_body():
    secret = fleet.binding(fleet.secret(), ("eu-1",))

    browser = seen(secret, ({"cluster": "eu-1", "state": "Applied", "health": "Current"},))

    assert browser.elsewhere == []
    assert fleet.CANARY not in browser.words


@pytest.mark.parametrize(
    "key",
    [
        fleet.WEB,
        ResourceKey("", "Pod", "", "a b"),
        ResourceKey("batch.example.com", "CronTab", "shop", "x:y"),
    ],
)
def test_an_address_leads_back_to_its_key(key):
    from urllib.parse import unquote

    _, _, namespace, kind, name = map(unquote, address(key).split("/"))

    assert key_of({"namespace": namespace, "kind": kind, "name": name}) == key
