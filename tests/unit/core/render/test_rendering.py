import pytest

from gitopsd.core.override import Overrides
from gitopsd.core.render import GITOPSD, KARMADA, Rendering, Terms, completions_of, is_suspended
from gitopsd.model.cluster import Cluster
from gitopsd.model.decision import Manifest, Need
from gitopsd.model.policy import DispatchingOnClusters, Suspension, read_override_policy
from gitopsd.model.problem import Problem
from gitopsd.model.resource import Origin, Resource, ResourceKey, split_api_version

M1, M2, M3 = (Cluster(name) for name in ("m1", "m2", "m3"))
NONE = Overrides([])
DIVIDED = Terms(need=Need(4), is_divided=True)


def template(body, blob="b1"):
    group, version = split_api_version(body["apiVersion"])
    metadata = body["metadata"]
    key = ResourceKey(group, body["kind"], metadata.get("namespace", ""), metadata["name"])
    return Resource(key, version, body, Origin("web.yaml", 0, 7, blob))


def deployment(**spec):
    return template(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"namespace": "shop", "name": "web"},
            "spec": spec,
        }
    )


def secret(blob="b1", **fields):
    metadata = {"namespace": "shop", "name": "web"}
    return template({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, **fields}, blob)


def annotated(**annotations):
    body = deployment(replicas=4).body
    return template({**body, "metadata": {**body["metadata"], "annotations": annotations}})


def plain(*changes, clusters=(), blob="p1"):
    target = {"clusterNames": list(clusters)} if clusters else None
    overriders = {
        "plaintext": [{"path": path, "operator": "replace", "value": v} for path, v in changes]
    }
    rule = {"targetCluster": target, "overriders": overriders}
    body = {"metadata": {"name": "plain"}, "spec": {"overrideRules": [rule]}}
    return Overrides([read_override_policy(body, Origin("plain.yaml", 0, 1, blob))])


def rendered(resource, terms=DIVIDED, cluster=M1, overrides=NONE, replicas=1):
    return Rendering(resource, terms).manifest(cluster, replicas, overrides)


def test_a_share_becomes_the_replicas():
    made = rendered(deployment(replicas=4), replicas=3)

    assert made.body["spec"] == {"replicas": 3}
    assert made.share == 3


def test_what_changes_nothing_is_the_very_same_body():
    resource = deployment(replicas=4)

    assert rendered(resource, replicas=4).body is resource.body
    assert rendered(template(annotated().body), Terms()).body["spec"] == {"replicas": 4}


def test_equal_results_are_one_manifest():
    rendering = Rendering(deployment(replicas=4), DIVIDED)
    for_m1 = plain(("/spec/replicas", 9), clusters=["m1"])

    one = [rendering.manifest(cluster, 2, NONE) for cluster in (M1, M2, M3)]
    other = [rendering.manifest(cluster, 2, for_m1) for cluster in (M1, M2, M3)]

    assert one[0] is one[1] is one[2]
    assert other[0].body["spec"] == {"replicas": 9}
    assert other[1] is other[2] is one[0]


def test_only_what_is_divided_has_a_share():
    assert rendered(deployment(replicas=4), Terms(need=Need(4)), replicas=4).share is None
    assert rendered(secret(), DIVIDED).share == 1
    assert rendered(secret(), Terms(is_divided=True)).share is None


def test_a_replica_number_that_is_none_is_a_problem_of_its_cluster():
    problem = rendered(deployment(replicas="many"), cluster=M2)

    assert isinstance(problem, Problem)
    assert (problem.path, problem.line, problem.cluster) == ("web.yaml", 7, "m2")
    assert problem.message == "spec.replicas is 'many'; right would be a whole number"


def test_a_rule_that_does_not_fit_holds_its_clusters_alone():
    rendering = Rendering(deployment(replicas=4), DIVIDED)
    bad = plain(("/spec/none", 1), clusters=["m2"])

    made = [rendering.manifest(cluster, 1, bad) for cluster in (M1, M2, M3)]

    assert [type(each) for each in made] == [Manifest, Problem, Manifest]
    assert made[1].cluster == "m2"
    assert made[1].pointer == "/spec/overrideRules/0/overriders/plaintext/0"


def test_completions_follow_the_clusters():
    job = template(
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"namespace": "shop", "name": "web"},
            "spec": {"parallelism": 6, "completions": 10, "ttlSecondsAfterFinished": 5},
        }
    )
    rendering = Rendering(job, Terms(need=Need(6), is_divided=True, completions={"m1": 7, "m2": 3}))

    assert completions_of(job) == 10
    assert [rendering.manifest(*share, NONE).body["spec"] for share in ((M1, 4), (M2, 2))] == [
        {"parallelism": 4, "completions": 7},
        {"parallelism": 2, "completions": 3},
    ]


def test_only_a_job_that_says_so_has_completions_to_divide():
    assert completions_of(deployment(completions=3)) is None
    body = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "web"}, "spec": {}}
    assert completions_of(template(body)) is None


@pytest.mark.parametrize(
    ("value", "conflict"), [("overwrite", "Overwrite"), ("abort", "Abort"), ("x", "Overwrite")]
)
def test_the_annotation_decides_conflicts_before_the_policy(value, conflict):
    resource = annotated(**{"work.karmada.io/conflict-resolution": value})

    assert rendered(resource, Terms(conflict="Overwrite")).conflict == conflict


def test_a_wave_is_a_whole_number():
    assert rendered(annotated(**{"gitopsd.io/wave": "-2"})).wave == -2
    assert rendered(annotated()).wave == 0
    assert (
        "right would be a whole number" in rendered(annotated(**{"gitopsd.io/wave": "x"})).message
    )


def test_preservation_and_suspension_are_told():
    on_m2 = Suspension(dispatching_on_clusters=DispatchingOnClusters(("m2",)))
    rendering = Rendering(deployment(), Terms(preserve=True, suspension=on_m2))

    one, two = (rendering.manifest(cluster, 0, NONE) for cluster in (M1, M2))

    assert (one.suspended, two.suspended) == (False, True)
    assert one.preserve
    assert is_suspended(Suspension(dispatching=True), "m1")
    assert not is_suspended(None, "m1")


def test_an_override_must_not_make_another_object_of_it():
    problem = rendered(deployment(), overrides=plain(("/metadata/name", "other")))

    assert problem.message == "an override makes another object of it"


def test_nothing_of_karmada_is_stamped_unless_asked():
    ours = rendered(deployment(replicas=1)).body["metadata"]
    theirs = Rendering(deployment(replicas=1), DIVIDED, KARMADA).manifest(M1, 1, NONE)

    assert ours == {"namespace": "shop", "name": "web"}
    assert theirs.body["metadata"]["labels"]["karmada.io/managed"] == "true"
    assert GITOPSD.stamps is False


def test_a_hash_is_over_the_body_whatever_the_order_of_its_keys():
    one = template({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {}})
    other = template(
        {"metadata": {"name": "a"}, "data": {}, "kind": "ConfigMap", "apiVersion": "v1"}
    )

    assert rendered(one, Terms()).hash == rendered(other, Terms()).hash
    assert rendered(one, Terms()).hash != rendered(secret(), Terms()).hash


def test_a_secrets_hash_tells_its_source_and_rules_and_nothing_of_its_values():
    one = rendered(secret(data={"a": "MQ=="}), Terms())
    same = rendered(secret(data={"a": "Mg=="}), Terms())
    moved = rendered(secret("b2", data={"a": "MQ=="}), Terms())
    changed = rendered(secret(data={"a": "MQ=="}), Terms(), overrides=plain(("/data/a", "Mw==")))
    edited = plain(("/data/a", "Mw=="), blob="p2")
    again = rendered(secret(data={"a": "MQ=="}), Terms(), overrides=edited)

    assert one.hash == same.hash
    assert len({one.hash, moved.hash, changed.hash, again.hash}) == 4


def test_an_override_that_leaves_a_secret_encrypted_holds_it():
    encrypted = plain(("/stringData/password", "ENC[AES256_GCM,data:eA==,iv:eA==]"))

    found = rendered(secret(stringData={"password": "x"}), overrides=encrypted)

    assert isinstance(found, Problem)
    assert (found.pointer, found.message) == (
        "/data/password",
        "an override: is still encrypted by SOPS; it is not applied",
    )


def test_without_a_blob_a_secrets_hash_still_tells_a_change():
    one, other = (rendered(secret("", data={"a": value}), Terms()) for value in ("MQ==", "Mg=="))

    assert one.hash != other.hash
