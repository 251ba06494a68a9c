"""A member that is slow, away, throttling or wrong: nothing is lost, nothing is told wrongly."""

import asyncio

from fakes.delivery import key_of, manifest
from gitopsd.apiserver.errors import ApiError, too_many_requests
from gitopsd.daemon import follower, sight
from gitopsd.model.delivery import ActionKind
from servers.objects import config_map, definition, deployment, namespace
from servers.waiting import until

WEB = config_map("shop", "web", word="ours")
SPEC = {"type": "object", "properties": {"layers": {"type": "integer"}}}
DEFINITION = definition("shop.example", "Cake", {"type": "object", "properties": {"spec": SPEC}})
CAKE = {
    "apiVersion": "shop.example/v1",
    "kind": "Cake",
    "metadata": {"name": "birthday", "namespace": "shop"},
    "spec": {"layers": 3},
}


def many(count: int) -> list:
    return [manifest(config_map("shop", f"web-{n}", word="ours")) for n in range(count)]


async def test_patience_that_a_member_asks_for_is_no_failure(eu) -> None:
    eu.member.faults.is_throttling = True
    eu.want(*many(20))
    await asyncio.sleep(0.3)
    eu.member.faults.is_throttling = False

    report = await eu.finished(20)

    assert {each.action for each in report.outcomes.values()} == {ActionKind.CREATE}


async def test_patience_asked_for_in_the_middle_loses_no_connection(eu) -> None:
    eu.want(*many(3))
    await eu.finished()
    tells = []
    eu._members._news = lambda: tells.append(eu.report.reachable)

    eu.member.faults.fail(
        too_many_requests(1), 2, lambda request: "gitopsd-inventory" in request.path
    )
    eu.want(*many(30))
    report = await eu.finished(20)

    assert all(tells)
    assert {each.action for each in report.outcomes.values()} <= {
        ActionKind.CREATE,
        ActionKind.UNCHANGED,
    }


async def test_a_member_that_comes_back_gets_what_it_missed(eu, monkeypatch) -> None:
    monkeypatch.setattr(follower, "AWAY_S", 0.1)
    eu.want(manifest(WEB))
    await eu.finished()

    await eu.member.down()
    newer = config_map("shop", "web", word="newer")
    eu.want(manifest(newer))
    await until(lambda: not eu.report.reachable)
    assert key_of(WEB) in eu.report.inventory
    await eu.member.up()
    await eu.finished()

    assert eu.value(WEB) == "newer"


async def test_a_member_that_is_away_is_told_of_once(eu, monkeypatch) -> None:
    monkeypatch.setattr(follower, "AWAY_S", 0.01)
    await eu.member.down()
    eu.want(manifest(WEB))
    await until(lambda: not eu.report.reachable and eu.report.reason == "ClusterUnreachable")
    told = eu.told

    await asyncio.sleep(0.3)

    assert eu.told <= told + 1


async def test_a_forgotten_past_loses_nothing(eu) -> None:
    eu.want(manifest(WEB))
    await eu.finished()

    eu.member.forget()
    eu.member.cut()
    await eu.patched(WEB, {"data": {"word": "theirs"}})
    eu.member.forget()

    await until(lambda: eu.value(WEB) == "ours", 20)


async def test_a_race_with_another_writer_is_no_failure(eu) -> None:
    conflict = ApiError(409, "Conflict", "the object has been modified")
    eu.member.faults.fail(conflict, 2, lambda request: request.method == "PATCH")

    eu.want(manifest(WEB))
    await eu.finished()

    assert eu.outcome(key_of(WEB)).action is ActionKind.CREATE


async def test_one_object_that_is_refused_stops_no_other(eu) -> None:
    bad = {**config_map("shop", "bad"), "data": {"n": 1}}

    eu.want(manifest(bad), *many(9))
    report = await eu.finished()

    assert (report.outcomes[key_of(bad)].action, report.outcomes[key_of(bad)].reason) == (
        ActionKind.FAIL,
        "Invalid",
    )
    assert sum(each.action is ActionKind.CREATE for each in report.outcomes.values()) == 9


async def test_a_namespace_that_refuses_one_list_loses_no_connection(eu) -> None:
    refused = ApiError(403, "Forbidden", "configmaps is forbidden")
    eu.member.faults.fail(
        refused,
        1,
        lambda request: request.method == "GET" and request.path.endswith("/shop/configmaps"),
    )

    eu.want(*many(9))
    report = await eu.finished()

    assert report.reachable
    assert {each.action for each in report.outcomes.values()} == {ActionKind.CREATE}


async def test_a_kind_that_may_not_be_listed_is_said_and_holds_nothing_else(eu) -> None:
    refused = ApiError(403, "Forbidden", "deployments is forbidden")
    eu.member.faults.fail(refused, 99, lambda request: "deployments" in request.path)
    app = deployment("shop", "app")

    eu.want(manifest(app), manifest(WEB))
    report = await eu.finished()

    assert (report.outcomes[key_of(app)].action, report.outcomes[key_of(app)].reason) == (
        ActionKind.FAIL,
        "Forbidden",
    )
    assert eu.value(WEB) == "ours"


async def test_a_definition_and_its_objects_come_in_one_commit(eu) -> None:
    eu.want(manifest(CAKE), manifest(DEFINITION))
    await eu.finished(20)

    assert eu.live(CAKE)["spec"] == {"layers": 3}


async def test_a_definition_that_a_person_deletes_comes_back_with_its_objects(eu) -> None:
    eu.want(manifest(CAKE), manifest(DEFINITION))
    await eu.finished(20)
    uid = eu.live(DEFINITION)["metadata"]["uid"]

    await eu.removed(DEFINITION)

    await until(lambda: eu.live(DEFINITION) and eu.live(DEFINITION)["metadata"]["uid"] != uid, 20)
    await until(lambda: eu.live(CAKE), 20)


async def test_a_kind_that_was_away_for_a_while_gets_its_objects_again(eu) -> None:
    await eu.made(DEFINITION)
    eu.want(manifest(CAKE))
    await until(lambda: eu.live(CAKE), 20)
    await eu.finished()

    await eu.removed(DEFINITION)
    await until(lambda: eu.outcome(key_of(CAKE)).reason == "UnknownKind", 20)
    await eu.made(DEFINITION)

    await until(lambda: eu.live(CAKE), 20)


async def test_a_kind_that_nobody_defines_is_said(eu) -> None:
    eu.want(manifest(CAKE), manifest(WEB))
    await until(lambda: eu.outcome(key_of(CAKE)).reason == "UnknownKind")
    await until(lambda: eu.value(WEB) == "ours")


async def test_a_kind_whose_scope_is_another_here_is_refused(eu) -> None:
    await eu.made({**DEFINITION, "spec": {**DEFINITION["spec"], "scope": "Cluster"}})

    eu.want(manifest(CAKE))
    await until(lambda: eu.outcome(key_of(CAKE)).reason == "Invalid", 20)

    assert "remove metadata.namespace" in eu.outcome(key_of(CAKE)).message
    assert eu.member.items("shop.example", "cakes") == []


async def test_a_bug_with_one_object_stops_no_other(eu, monkeypatch) -> None:
    seen = sight.Sight.answered

    def broken(self, key, body, served):
        if key.name == "web-3":
            raise KeyError(key)
        return seen(self, key, body, served)

    monkeypatch.setattr(sight.Sight, "answered", broken)

    eu.want(*many(9))
    await until(lambda: "internal error" in eu.outcome(many(9)[3].key).message)
    report = await eu.finished()

    assert report.reachable
    assert sum(each.action is ActionKind.CREATE for each in report.outcomes.values()) == 8


async def test_a_newer_set_stops_what_was_begun_for_another(eu) -> None:
    eu.member.faults.slow_s = 0.05
    eu.want(*many(200))
    await until(lambda: eu.member.items("", "configmaps", "shop"))

    eu.want(manifest(namespace("shop")))
    await until(lambda: eu.report.commit == "commit-2" and eu.report.is_finished)

    assert len(eu.member.items("", "configmaps", "shop")) < 100


async def test_at_rest_it_does_nothing(eu) -> None:
    eu.want(*many(5), manifest(deployment("shop", "app")))
    await eu.finished()
    await until(lambda: eu.member.get("apps", "deployments", "shop", "app").get("status"))
    await asyncio.sleep(0.5)
    task = eu._members._followers["eu"]
    moments = []
    follow = type(task)._report_now
    task._report_now = lambda: moments.append(follow(task))
    requests = eu.member.face.requests.total()

    await asyncio.sleep(1.0)

    assert moments == []
    assert eu.member.face.requests.total() == requests
