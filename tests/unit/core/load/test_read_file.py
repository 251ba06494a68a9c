import pytest

from gitopsd.core.load import read_file
from gitopsd.core.load.parsed import Sort
from gitopsd.model.problem import Severity
from gitopsd.model.resource import Origin, ResourceKey

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"


def read(text, path="a.yaml"):
    return read_file(path, "b10b", text if isinstance(text, bytes) else text.encode())


def said(file):
    return [(each.line, each.pointer, each.message) for each in file.problems]


def test_an_object_knows_where_it_stands():
    file = read(f"# first\n---\n{CONFIG_MAP}---\n{CONFIG_MAP.replace('name: a', 'name: b')}")

    first, second = (each.resource for each in file.objects)

    assert first.key == ResourceKey("", "ConfigMap", "default", "a")
    assert first.body["metadata"] == {"name": "a", "namespace": "default"}
    assert first.origin == Origin("a.yaml", 0, 3, "b10b")
    assert second.origin == Origin("a.yaml", 1, 8, "b10b")
    assert file.problems == ()


def test_a_written_namespace_stays():
    file = read(f"{CONFIG_MAP}  namespace: shop\n")

    assert file.objects[0].key.namespace == "shop"


def test_an_object_of_the_cluster_has_no_namespace():
    file = read("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")

    assert file.objects[0].key == ResourceKey("", "Namespace", "", "shop")
    assert "namespace" not in file.objects[0].resource.body["metadata"]


def test_a_list_is_its_items_with_their_lines():
    file = read(
        "apiVersion: v1\nkind: List\nitems:\n"
        "- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n"
        "- apiVersion: v1\n  kind: ConfigMapList\n  items:\n  - metadata: {name: b}\n"
    )

    assert [(each.key.name, each.resource.origin.line) for each in file.objects] == [
        ("a", 4),
        ("b", 10),
    ]


def test_an_empty_list_is_nothing():
    file = read("apiVersion: v1\nkind: List\nitems: []\n")

    assert (file.objects, file.problems, file.is_unreadable) == ((), (), False)


def test_what_a_server_writes_is_left_out_and_told():
    file = read(
        f"{CONFIG_MAP}  uid: x\n  resourceVersion: '5'\n  creationTimestamp: null\n"
        "  managedFields: []\nstatus: {}\n"
    )

    assert file.objects[0].resource.body == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a", "namespace": "default"},
    }
    assert [(each.pointer, each.severity) for each in file.problems] == [
        ("/metadata/uid", Severity.NOTICE),
        ("/metadata/resourceVersion", Severity.NOTICE),
        ("/metadata/managedFields", Severity.NOTICE),
    ]


def test_nulls_of_native_kinds_are_absent():
    file = read(f"{CONFIG_MAP}data:\n  a: b\n  c: null\n")

    assert file.objects[0].resource.body["data"] == {"a": "b"}


def test_a_wrong_object_holds_its_id_and_nothing_else():
    file = read(f"{CONFIG_MAP}data: 3\n---\n{CONFIG_MAP.replace('name: a', 'name: b')}")

    assert [each.key.name for each in file.objects] == ["b"]
    assert [key.name for key in file.invalid] == ["a"]
    assert not file.is_unreadable


def test_an_object_without_an_identity_holds_its_file():
    file = read(f"{CONFIG_MAP}---\napiVersion: v1\nkind: ConfigMap\n")

    assert [each.key.name for each in file.objects] == ["a"]
    assert file.is_unreadable
    assert said(file) == [(6, "", "lacks metadata, a mapping with a name")]


def test_what_is_no_object_is_a_notice():
    file = read("replicas: 3\n---\n- a\n---\nhello\n")

    assert not file.is_unreadable
    assert {each.severity for each in file.problems} == {Severity.NOTICE}
    assert len(file.problems) == 3


def test_an_object_that_lost_its_kind_holds_its_file():
    file = read("metadata:\n  name: a\ndata: {}\n")

    assert file.is_unreadable
    assert [each.severity for each in file.problems] == [Severity.NOTICE]


def test_a_custom_object_waits_for_its_crd():
    file = read("apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\nspec: {x: null}\n")

    assert [each.sort for each in file.objects] == [Sort.CUSTOM]
    assert file.objects[0].key.namespace == ""
    assert file.objects[0].resource.body["spec"] == {"x": None}


@pytest.mark.parametrize("kind", ["ServiceExport", "ServiceImport"])
def test_kinds_of_multi_cluster_services_are_templates(kind):
    file = read(f"apiVersion: multicluster.x-k8s.io/v1alpha1\nkind: {kind}\nmetadata: {{name: a}}")

    assert [(each.sort, each.key.namespace) for each in file.objects] == [
        (Sort.TEMPLATE, "default")
    ]
    assert file.problems == ()


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("autoscaling.karmada.io/v1alpha1", "FederatedHPA"),
        ("autoscaling.karmada.io/v1alpha1", "CronFederatedHPA"),
        ("networking.karmada.io/v1alpha1", "MultiClusterService"),
        ("networking.karmada.io/v1alpha1", "MultiClusterIngress"),
        ("apps.karmada.io/v1alpha1", "WorkloadRebalancer"),
    ],
)
def test_a_kind_that_is_not_acted_on_yet_is_told_and_no_template(api_version, kind):
    file = read(f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: a}}\nspec: {{x: 1}}")

    assert [each.sort for each in file.objects] == [Sort.OTHER]
    assert [(each.reason, each.severity) for each in file.problems] == [
        ("NotActedOn", Severity.NOTICE)
    ]


@pytest.mark.parametrize(
    ("api_version", "kind"),
    [
        ("work.karmada.io/v1alpha1", "Work"),
        ("work.karmada.io/v1alpha2", "ResourceBinding"),
        ("remedy.karmada.io/v1alpha1", "Remedy"),
        ("search.karmada.io/v1alpha1", "ResourceRegistry"),
        ("config.karmada.io/v1alpha1", "ResourceInterpreterWebhookConfiguration"),
    ],
)
def test_bookkeeping_of_karmada_is_not_supported(api_version, kind):
    file = read(f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: a}}")

    assert file.objects == ()
    assert [each.message.split(":")[0] for each in file.problems] == ["not supported"]


def test_a_file_of_lfs_is_named_as_such():
    file = read("version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n")

    assert file.is_unreadable
    assert [each.reason for each in file.problems] == ["Lfs"]


def test_an_encrypted_file_is_never_read_as_plain():
    file = read(f"{CONFIG_MAP}data: {{a: 'ENC[AES256_GCM,data:x]'}}\nsops: {{mac: x}}\n")

    assert (file.objects, file.is_unreadable) == ((), True)
    assert [each.reason for each in file.problems] == ["DecryptionFailed"]


def test_an_object_that_is_too_large_for_a_server_is_wrong():
    values = "".join(f"  k{n}: *v\n" for n in range(4))
    file = read(f"{CONFIG_MAP}data:\n  v: &v {'x' * 260_000}\n{values}")

    assert [each.message for each in file.problems] == [
        "has 1300110 bytes; an API server takes 1048576 at most"
    ]


def test_annotations_that_are_too_large_are_wrong():
    file = read(f"{CONFIG_MAP}  annotations:\n    a: {'x' * 262_144}\n")

    assert said(file) == [
        (5, "/metadata/annotations", "have 262145 bytes together; 262144 are the most")
    ]


def test_parsed_files_can_travel_between_processes():
    import pickle

    file = read(f"{CONFIG_MAP}---\nkind: 1\napiVersion: v1\n---\n{CONFIG_MAP}data: 3\n")

    back = pickle.loads(pickle.dumps(file))

    assert [each.key for each in back.objects] == [each.key for each in file.objects]
    assert back.problems == file.problems
