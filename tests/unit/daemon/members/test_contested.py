"""Fields and objects in which others have a say."""

import logging

import pytest

from fakes.delivery import annotated, key_of, manifest
from gitopsd.apiserver.errors import ApiError
from gitopsd.core.render import claims_of
from gitopsd.daemon import noting
from gitopsd.kube.body import dig, laid
from gitopsd.kube.wire import encode
from gitopsd.model.claims import FieldTerms, IgnoreRule
from gitopsd.model.delivery import ActionKind
from servers.objects import config_map, deployment
from servers.waiting import until

WEB = config_map("shop", "web", word="ours")
APP = deployment("shop", "app", "nginx:1", replicas=2)
HPA = {
    "apiVersion": "autoscaling/v2",
    "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": "app", "namespace": "shop"},
    "spec": {
        "maxReplicas": 9,
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "app"},
    },
}
EDIT = {"data": {"word": "theirs"}}


def ignoring(body, *paths: str):
    """The manifest where a rule ignores these paths."""
    terms = FieldTerms(ignore=(IgnoreRule(paths=paths),))
    return manifest(body, claims=claims_of(body, terms))


async def held(eu, *bodies, **more) -> None:
    """The member holds these."""
    eu.want(*(manifest(body, **more) for body in bodies))
    await eu.finished()


async def test_who_changed_a_field_that_is_put_back_is_told(eu, caplog) -> None:
    caplog.set_level(logging.INFO, "gitopsd.daemon.noting")
    await held(eu, WEB)

    await eu.patched(WEB, EDIT)
    await until(lambda: eu.value(WEB) == "ours" and eu.outcome(key_of(WEB)).note)

    assert eu.outcome(key_of(WEB)).note == "put back: .data.word (kubectl-edit)"
    [line] = [each for each in caplog.messages if "drift=" in each]
    assert line.endswith("drift=corrected manager=kubectl-edit fields='.data.word'")


async def test_what_an_autoscaler_took_is_no_drift_even_after_a_restart(eu) -> None:
    await held(eu, APP)
    await eu.patched(APP, {"spec": {"replicas": 7}}, "kube-controller-manager")
    note = "OwnershipLost: .spec.replicas (kube-controller-manager)"
    await until(lambda: eu.outcome(key_of(APP)).note == note)
    await eu.stop()
    writes = eu.member.writes()

    eu.start()
    await held(eu, APP)

    assert eu.outcome(key_of(APP)).note == note
    assert (eu.member.writes(), eu.live(APP)["spec"]["replicas"]) == (writes, 7)


async def test_replicas_that_a_person_sets_stay_where_an_autoscaler_is_at_work(eu) -> None:
    await held(eu, APP)
    path = "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers"
    await eu.other("kubectl").create(path, encode(HPA))

    await eu.patched(APP, {"spec": {"replicas": 7}}, "kubectl")
    await until(lambda: "OwnershipLost: .spec.replicas (kubectl)" in eu.outcome(key_of(APP)).note)

    assert eu.live(APP)["spec"]["replicas"] == 7
    assert eu.entry(key_of(APP)).hash == manifest(APP).hash


async def test_replicas_that_a_person_set_beside_an_autoscaler_cost_a_new_process_no_write(
    eu,
) -> None:
    await held(eu, APP)
    path = "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers"
    await eu.other("kubectl").create(path, encode(HPA))
    await eu.patched(APP, {"spec": {"replicas": 7}}, "kubectl")
    await until(lambda: "OwnershipLost: .spec.replicas (kubectl)" in eu.outcome(key_of(APP)).note)
    await eu.stop()
    writes = eu.member.writes()

    eu.start()
    await held(eu, APP)

    assert (eu.member.writes(), eu.live(APP)["spec"]["replicas"]) == (writes, 7)
    assert "OwnershipLost: .spec.replicas (kubectl)" in eu.outcome(key_of(APP)).note


async def test_an_autoscaler_of_the_set_is_known_without_a_request(eu) -> None:
    await held(eu, APP, HPA)
    await eu.patched(APP, {"spec": {"replicas": 7}}, "kubectl")
    await until(lambda: "OwnershipLost: .spec.replicas (kubectl)" in eu.outcome(key_of(APP)).note)
    await eu.stop()
    writes = eu.member.writes()

    eu.start()
    await held(eu, APP, HPA)

    assert (eu.member.writes(), eu.live(APP)["spec"]["replicas"]) == (writes, 7)


async def test_a_server_without_server_side_apply_is_written_in_the_older_way(eu) -> None:
    error = ApiError(
        415, "UnsupportedMediaType", "the body of the request was in an unknown format"
    )
    eu.member.faults.fail(error, 100, lambda request: "apply-patch" in request.content_type)

    await held(eu, WEB)
    await held(eu, config_map("shop", "web", word="newer"))
    writes = eu.member.writes()
    await held(eu, config_map("shop", "web", word="newer"))

    assert (eu.value(WEB), eu.member.writes()) == ("newer", writes)
    assert "applyMode: fallback" in eu.outcome(key_of(WEB)).note


async def test_a_field_of_an_item_may_be_yielded(eu) -> None:
    app = annotated(APP, **{"gitopsd_io__yield-fields": ".spec.template.spec.containers[*].image"})
    await held(eu, app)
    name = APP["spec"]["template"]["spec"]["containers"][0]["name"]
    patch = {"spec": {"template": {"spec": {"containers": [{"name": name, "image": "nginx:9"}]}}}}
    path = "/apis/apps/v1/namespaces/shop/deployments/app"
    await eu.other("updater").patch(path, encode(patch), "application/strategic-merge-patch+json")
    await until(lambda: "(updater)" in eu.outcome(key_of(app)).note)

    await held(eu, laid(app, 3, "spec", "replicas"))

    spec = eu.live(APP)["spec"]
    assert spec["replicas"] == 3
    assert dig(spec, "template", "spec", "containers", 0, "image") == "nginx:9"


async def test_drift_is_only_told_where_the_object_says_so(eu) -> None:
    careful = annotated(WEB, **{"gitopsd_io__self-heal": "false"})
    await held(eu, careful)

    await eu.patched(WEB, EDIT)
    note = "Drift: .data.word (kubectl-edit); it is not put back"
    await until(lambda: eu.outcome(key_of(WEB)).note == note)

    assert (eu.value(WEB), eu.outcome(key_of(WEB)).action) == ("theirs", ActionKind.CREATE)


async def test_a_fight_over_a_field_is_given_up(eu, monkeypatch) -> None:
    monkeypatch.setattr(noting, "_REPAIR_S", 0.01)
    await held(eu, WEB)

    for _ in range(3):
        await eu.patched(WEB, EDIT)
        await until(lambda: eu.value(WEB) == "ours")
    await eu.patched(WEB, EDIT)
    await until(lambda: eu.outcome(key_of(WEB)).reason == "FieldFight")

    message = eu.outcome(key_of(WEB)).message
    assert "(kubectl-edit)" in message and "gitopsd" in message
    assert eu.value(WEB) == "theirs"
    await held(eu, config_map("shop", "web", word="newer"))
    assert eu.value(WEB) == "newer"


# Ignored


async def test_an_ignored_field_is_created_as_declared_and_left_alone_from_then_on(eu) -> None:
    eu.want(ignoring(WEB, "/data/word"))
    await eu.finished()
    assert eu.value(WEB) == "ours"
    writes = eu.member.writes()

    await eu.patched(WEB, EDIT)
    await eu.patched(WEB, {"metadata": {"labels": {"seen": "true"}}})
    await until(lambda: eu.report.outcomes[key_of(WEB)].note == "")

    assert (eu.value(WEB), eu.member.writes()) == ("theirs", writes + 2)


async def test_a_change_beside_an_ignored_field_keeps_what_the_member_has(eu) -> None:
    eu.want(ignoring(WEB, "/data/word"))
    await eu.finished()
    ours, theirs = (config_map("shop", "web", word=word, more="x") for word in ("new", "old"))

    eu.want(ignoring(ours, "/data/word"))
    await eu.finished()
    assert eu.live(WEB)["data"] == {"word": "ours", "more": "x"}
    await eu.patched(WEB, EDIT)
    eu.want(ignoring(theirs, "/data/word"))
    await eu.finished()

    assert eu.live(WEB)["data"] == {"word": "theirs", "more": "x"}


async def test_a_field_that_is_ignored_no_more_is_put_back(eu) -> None:
    eu.want(ignoring(WEB, "/data/word"))
    await eu.finished()
    await eu.patched(WEB, EDIT)
    await eu.patched(WEB, {"metadata": {"labels": {"seen": "true"}}})

    await held(eu, WEB)

    assert eu.value(WEB) == "ours"


# Modes


async def test_create_only_creates_and_then_leaves_alone(eu) -> None:
    once = annotated(WEB, gitopsd_io__apply="CreateOnly")
    await held(eu, once)
    await eu.patched(WEB, EDIT)

    await held(eu, {**once, "data": {"word": "newer"}})

    assert eu.value(WEB) == "theirs"
    assert eu.outcome(key_of(WEB)).action is ActionKind.UNCHANGED


async def test_merge_never_takes_from_others(eu) -> None:
    merged = annotated(WEB, gitopsd_io__apply="Merge")
    await held(eu, merged)
    await eu.patched(WEB, EDIT)

    await held(eu, {**merged, "data": {"word": "newer", "more": "x"}})

    assert eu.live(WEB)["data"] == {"word": "theirs", "more": "x"}
    assert "OwnershipLost: .data.word (kubectl-edit)" in eu.outcome(key_of(WEB)).note


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("Ignore", "Ignore: it is not there"),
        ("Observe", "Observe: it is not there; it would be created"),
    ],
)
async def test_what_is_not_written_is_not_created(eu, mode, words) -> None:
    body = annotated(config_map("nowhere", "web", word="ours"), gitopsd_io__apply=mode)
    await held(eu, body)

    outcome = eu.outcome(key_of(body))
    assert (outcome.action, outcome.reason) == (ActionKind.SKIP, "Ignored")
    assert outcome.message == words
    assert eu.live(body) is None
    assert eu.member.get("", "namespaces", "", "nowhere") is None


async def test_observe_tells_what_would_change(eu) -> None:
    made = await eu.made(config_map("shop", "web", word="theirs"))
    observed = annotated(WEB, gitopsd_io__apply="Observe")

    await held(eu, observed)

    message = eu.outcome(key_of(WEB)).message
    assert message == "Observe: it would change at /data/word, /metadata/annotations"
    assert eu.live(WEB) == made


async def test_what_is_observed_is_compared_again_with_every_commit(eu) -> None:
    observed = annotated(WEB, gitopsd_io__apply="Observe")
    await held(eu, observed)
    await eu.made(WEB)

    await held(eu, observed)

    assert "it would change at /metadata/annotations" in eu.outcome(key_of(WEB)).message


async def test_what_is_not_written_any_more_is_never_deleted(eu) -> None:
    await held(eu, WEB)
    await held(eu, annotated(WEB, gitopsd_io__apply="Ignore"))
    assert "kept" in eu.entry(key_of(WEB)).flags

    eu.want(deletions=frozenset({key_of(WEB)}))
    await eu.finished()

    assert eu.value(WEB) == "ours"


async def test_what_is_written_again_is_ours_as_before(eu) -> None:
    await held(eu, WEB)
    await held(eu, annotated(WEB, gitopsd_io__apply="Ignore"))
    await eu.patched(WEB, EDIT)

    await held(eu, WEB)

    assert (eu.value(WEB), eu.entry(key_of(WEB)).flags) == ("ours", ())
