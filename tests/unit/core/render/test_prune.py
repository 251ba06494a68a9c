import pytest

from gitopsd.core.kinds import Misread
from gitopsd.core.render.prune import pruned


def test_what_an_api_server_writes_does_not_travel():
    body = {
        "kind": "Thing",
        "metadata": {
            "name": "web",
            "uid": "1",
            "resourceVersion": "2",
            "creationTimestamp": None,
            "generation": 3,
            "managedFields": [],
            "ownerReferences": [],
            "finalizers": ["x"],
            "selfLink": "y",
        },
        "status": {"phase": "Ready"},
    }

    assert pruned(body) == {"kind": "Thing", "metadata": {"name": "web"}}


def test_the_very_same_body_where_nothing_is_to_go():
    body = {"kind": "Deployment", "metadata": {"name": "web"}, "spec": {}}

    assert pruned(body) is body


def test_a_deployments_revision_stays_behind():
    annotations = {"deployment.kubernetes.io/revision": "3", "team": "blue"}
    body = {"kind": "Deployment", "metadata": {"annotations": annotations}}

    assert pruned(body)["metadata"] == {"annotations": {"team": "blue"}}


def test_a_jobs_generated_labels_stay_behind():
    generated = {
        "controller-uid": "1",
        "batch.kubernetes.io/controller-uid": "1",
        "batch.kubernetes.io/job-name": "web",
        "job-name": "web",
        "app": "web",
    }
    spec = {
        "ttlSecondsAfterFinished": 10,
        "selector": {"matchLabels": {"controller-uid": "1"}},
        "template": {"metadata": {"labels": generated}},
    }

    assert pruned({"kind": "Job", "spec": spec})["spec"] == {
        "selector": {"matchLabels": {}},
        "template": {"metadata": {"labels": {"app": "web"}}},
    }
    assert pruned({"kind": "Job", "spec": {**spec, "manualSelector": True}})["spec"] == {
        "manualSelector": True,
        "selector": {"matchLabels": {"controller-uid": "1"}},
        "template": {"metadata": {"labels": generated}},
    }


def test_what_is_no_job_any_more_is_misread():
    with pytest.raises(Misread, match="/spec/backoffLimit is a string"):
        pruned({"kind": "Job", "spec": {"backoffLimit": "x"}})


def test_a_services_address_is_the_members_unless_there_is_none():
    own = {"kind": "Service", "spec": {"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1"]}}
    headless = {"kind": "Service", "spec": {"clusterIP": "None", "clusterIPs": ["None"]}}

    assert pruned(own) == {"kind": "Service", "spec": {}}
    assert pruned(headless) is headless


def test_a_token_is_the_members():
    token = {
        "kind": "Secret",
        "type": "kubernetes.io/service-account-token",
        "metadata": {"annotations": {"kubernetes.io/service-account.uid": "1"}},
        "data": {"token": "x"},
    }

    assert pruned(token)["data"] is None
    assert pruned(token)["metadata"] == {"annotations": {}}
    assert pruned({"kind": "Secret", "data": {"a": "x"}})["data"] == {"a": "x"}


def test_an_accounts_generated_secrets_stay_behind():
    secrets = [{"name": "web-token-1"}, {"name": "web-token-2"}, {"name": "other"}]
    body = {"kind": "ServiceAccount", "metadata": {"name": "web"}, "secrets": secrets}

    assert pruned(body)["secrets"] == [{"name": "web-token-2"}, {"name": "other"}]


def test_a_claims_node_is_the_members():
    annotations = {"volume.kubernetes.io/selected-node": "n1"}
    body = {"kind": "PersistentVolumeClaim", "metadata": {"annotations": annotations}}

    assert pruned(body)["metadata"] == {"annotations": {}}
