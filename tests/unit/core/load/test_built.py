"""What programs print is read like files; what they do not print is held."""

import re

from gitopsd.core.load import LoadCache, Means, load
from gitopsd.core.sops import opened_by, veiled, without_keys
from gitopsd.model.build import UNDER_WAY, Built
from gitopsd.model.problem import Severity
from gitopsd.model.resource import ResourceKey
from gitopsd.model.snapshot import Tree, TreeEntry
from servers.sops import DATA_KEY, encrypted

CRD = """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: things, kind: Thing}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties: {spec: {type: object, properties: {size: {type: integer}}}}
"""
CHART = """apiVersion: gitopsd.io/v1alpha1
kind: Chart
metadata: {name: web, namespace: shop}
spec: {path: ../charts/web}
"""
CHARTS = {
    "apps/web.yaml": CHART,
    "charts/web/Chart.yaml": "name: web",
    "charts/web/templates/all.yaml": "{{ }}",
}
EU = {"eu/kustomization.yaml": "resources: [a.yaml]", "eu/a.yaml": "a"}


def config_map(name, more=""):
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}{more}}}\n"


class Programs:
    """Prints for a folder what it is told to; counts what it is asked."""

    def __init__(self, **prints):
        self.prints = prints
        self.asked = []

    def __call__(self, builds):
        self.asked += builds
        return [self.prints[build.folder.replace("/", "_")] for build in builds]


def prints(*documents):
    return Built("---\n".join(documents).encode())


def loaded(files, programs, cache=None, unseal=without_keys):
    entries = {path: TreeEntry(0o100644, text, len(text)) for path, text in files.items()}
    return load(
        Tree("", "", "", entries), str.encode, cache or LoadCache(), Means(unseal, programs)
    )


def problems(result):
    return [str(each) for each in result.problems]


def test_what_is_printed_stands_where_it_was_asked_for():
    programs = Programs(eu=prints(config_map("a"), config_map("b")))

    result, _ = loaded(EU, programs)

    [build] = programs.asked
    origins = [each.origin for each in result.templates.values()]
    assert [key.name for key in result.templates] == ["a", "b"]
    assert [(each.path, each.line, each.document) for each in origins] == [
        ("eu/kustomization.yaml", 1, 0),
        ("eu/kustomization.yaml", 1, 1),
    ]
    assert {each.blob for each in origins} == {build.id}
    assert result.unreadable == frozenset()


def test_the_same_files_are_built_once():
    programs = Programs(eu=prints(config_map("a")))
    before, cache = loaded(EU, programs)

    same, cache = loaded({**EU, "README.md": "x", "eu/b.txt": "y"}, programs, cache)
    after, _ = loaded({**EU, "x.yaml": config_map("x")}, programs, cache)

    assert same is before
    assert len(programs.asked) == 1
    [key] = before.templates
    assert after.templates[key] is before.templates[key]


def test_a_changed_input_that_is_no_manifest_is_built_again():
    eu = {"eu/kustomization.yaml": "configMapGenerator: [{name: a, files: [a.properties]}]"}
    _, cache = loaded({**eu, "eu/a.properties": "1"}, Programs(eu=prints(config_map("a"))))

    after, _ = loaded({**eu, "eu/a.properties": "2"}, Programs(eu=prints(config_map("b"))), cache)

    assert [key.name for key in after.templates] == ["b"]


def test_a_failed_build_is_told_and_holds_all_that_it_reads():
    result, _ = loaded(EU, Programs(eu=Built(failure="kustomize: no")))

    assert problems(result) == ["eu/kustomization.yaml:1: kustomize: no"]
    assert result.unreadable == set(EU)


def test_a_failure_is_final_unless_it_says_otherwise():
    final = Programs(eu=Built(failure="no"))
    passing = Programs(eu=Built(failure="not installed", is_final=False))

    for programs in (final, passing):
        _, cache = loaded(EU, programs)
        loaded({**EU, "x.yaml": config_map("x")}, programs, cache)

    assert (len(final.asked), len(passing.asked)) == (1, 2)


def test_what_is_encrypted_is_put_into_secrets_alone():
    file = encrypted({"kind": "Secret", "stringData": {"password": "hunter2"}})
    files = {**EU, "eu/a.yaml": file}
    token = re.search(b"gitopsdVeil0[0-9a-f]+", veiled(file.encode()))[0].decode()
    secret = config_map("db").replace("ConfigMap", "Secret") + f"stringData: {{a: {token}}}\n"
    noted = config_map("noted", f", annotations: {{a: {token}}}").replace("ConfigMap", "Secret")
    shown = config_map("shown") + f"data: {{a: {token}}}\n"
    changed = config_map("changed") + f"data: {{a: {token[:-1]}}}\n"
    opened = opened_by(lambda _: DATA_KEY)

    right, _ = loaded(files, Programs(eu=prints(secret, shown, noted)), unseal=opened)
    wrong, _ = loaded(files, Programs(eu=prints(changed)), unseal=opened)
    locked, _ = loaded(files, Programs(eu=prints(secret)))
    unused, _ = loaded(files, Programs(eu=prints(config_map("other"))))

    assert [each.body["stringData"] for each in right.templates.values()] == [{"a": "hunter2"}]
    assert problems(right) == [
        "eu/kustomization.yaml:1: ConfigMap default/shown: is a ConfigMap with encrypted values, "
        "but only a Secret's are kept from sight; encrypt nothing else",
        "eu/kustomization.yaml:1 /metadata/annotations/a: Secret default/noted: has an encrypted "
        "value, but only those of a Secret's data are kept from sight",
    ]
    assert problems(wrong) == [
        "eu/kustomization.yaml:1: an encrypted value was made something else at /data/a of a "
        "ConfigMap; it can only be put into a Secret as it is, in base64, or within a text"
    ]
    assert problems(locked) == [
        "eu/kustomization.yaml:1: of eu/a.yaml: is encrypted with SOPS, and no key was given; "
        "give --age-key-file"
    ]
    assert set(files) <= wrong.unreadable
    assert set(files) <= locked.unreadable
    assert problems(unused) == []


def test_what_is_still_built_is_held_and_asked_for_again():
    programs = Programs(eu=UNDER_WAY)

    first, cache = loaded(EU, programs)
    programs.prints["eu"] = prints(config_map("a"))
    after, _ = loaded(EU, programs, cache)

    assert (first.unreadable, first.rendering) == (set(EU), {"eu/kustomization.yaml"})
    assert [(str(each), each.severity) for each in first.problems] == [
        (
            "eu/kustomization.yaml:1: is being rendered; until then all of it stays as it is",
            Severity.NOTICE,
        )
    ]
    assert [key.name for key in after.templates] == ["a"]
    assert (after.unreadable, after.rendering, after.problems) == (set(), set(), ())


def test_what_is_not_begun_is_held_too():
    programs = Programs()

    result, _ = loaded({**EU, "eu/kustomization.yaml": "resources: [https://x.example/]"}, programs)

    assert programs.asked == []
    assert result.unreadable == set(EU)
    assert result.problems[0].reason == "NotRendered"


def test_without_programs_everything_rendered_is_held():
    entries = {path: TreeEntry(0o100644, text, 9) for path, text in EU.items()}

    result, _ = load(Tree("", "", "", entries), str.encode, LoadCache())

    assert problems(result) == ["eu/kustomization.yaml:1: is not rendered here"]
    assert result.unreadable == set(EU)


def test_a_mistake_in_what_is_printed_names_the_object():
    wrong = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {prots: []}\n"

    result, _ = loaded(EU, Programs(eu=prints(config_map("a"), wrong)))

    [problem] = result.problems
    assert str(problem).startswith("eu/kustomization.yaml:1 /spec/prots: Service default/s: ")
    assert [key.name for key in result.templates] == ["a"]
    assert result.unreadable == frozenset()


def test_a_mistake_that_only_a_crd_knows_of_names_the_object_too():
    thing = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: t}\nspec: {size: big}\n"

    result, _ = loaded(EU, Programs(eu=prints(CRD, thing)))

    [problem] = result.problems
    assert str(problem).startswith(
        "eu/kustomization.yaml:1 /spec/size: Thing.example.com default/t"
    )


def test_print_that_is_no_yaml_holds_all():
    result, _ = loaded(EU, Programs(eu=Built(b"a: [\nb: c\n")))

    assert problems(result)[0].startswith(
        "eu/kustomization.yaml:1: what is rendered cannot be read, in its line 3: "
    )
    assert result.unreadable == set(EU)


def test_only_what_lies_below_the_configured_paths_is_built():
    configuration = (
        "apiVersion: gitopsd.io/v1alpha1\nkind: Configuration\nmetadata: {name: x}\n"
        "spec: {paths: [eu]}\n"
    )
    files = {**EU, "us/kustomization.yaml": "resources: []", "gitopsd.yaml": configuration}
    programs = Programs(eu=prints(config_map("a")))

    result, _ = loaded(files, programs)

    assert [build.path for build in programs.asked] == ["eu/kustomization.yaml"]
    assert problems(result) == []


def test_a_chart_is_built_with_its_release_and_stands_where_it_is_named():
    programs = Programs(charts_web=prints(config_map("a")))

    result, _ = loaded({**CHARTS, "apps/web.yaml": "# A comment\n---\n" + CHART}, programs)

    [build] = programs.asked
    [key] = result.templates
    assert build.release.name, build.release.namespace == ("web", "shop")
    assert key == ResourceKey("", "ConfigMap", "shop", "a")
    assert (result.templates[key].origin.path, result.templates[key].origin.line) == (
        "apps/web.yaml",
        3,
    )


def test_what_names_no_namespace_is_in_that_of_the_release():
    cluster_wide = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
    issuer = "apiVersion: cert.io/v1\nkind: {kind}\nmetadata: {{name: i}}\n"
    printed = prints(
        config_map("own", ", namespace: other"),
        cluster_wide,
        issuer.format(kind="Issuer"),
        issuer.format(kind="ClusterIssuer"),
    )

    result, _ = loaded(CHARTS, Programs(charts_web=printed))

    assert {f"{key.kind} {key.namespace}" for key in result.templates} == {
        "ConfigMap other",
        "Namespace ",
        "Issuer shop",
        "ClusterIssuer ",
    }


def test_hooks_of_helm_are_left_out_and_told():
    hook = config_map("h", ", annotations: {helm.sh/hook: 'pre-install, pre-upgrade'}")
    crd = config_map("c", ", annotations: {helm.sh/hook: crd-install}")

    result, _ = loaded(CHARTS, Programs(charts_web=prints(hook, crd)))

    assert [key.name for key in result.templates] == ["c"]
    assert [(str(each), each.severity) for each in result.problems] == [
        (
            "apps/web.yaml:1: ConfigMap shop/h is a hook of helm (pre-install, pre-upgrade), "
            "which nobody runs here; left out (spec.hooks: run in its Chart, or gitopsd.io/hook, "
            "would have it run)",
            Severity.WARNING,
        )
    ]


def test_hooks_of_helm_are_ours_where_the_chart_says_so():
    hook = config_map("h", ", annotations: {helm.sh/hook: 'pre-install, pre-upgrade'}")
    asking = {**CHARTS, "apps/web.yaml": CHART.replace("charts/web}", "charts/web, hooks: run}")}

    result, _ = loaded(asking, Programs(charts_web=prints(hook)))

    [template] = result.templates.values()
    assert template.annotations["gitopsd.io/hook"] == "pre-sync"
    assert problems(result) == []


def test_a_hook_of_helm_that_is_one_of_ours_too_is_kept():
    both = "{helm.sh/hook: pre-upgrade, gitopsd.io/hook: pre-sync}"

    result, _ = loaded(
        CHARTS, Programs(charts_web=prints(config_map("h", f", annotations: {both}")))
    )

    assert [key.name for key in result.templates] == ["h"]
    assert problems(result) == []


def test_files_with_values_are_no_manifests():
    chart = CHART.replace("../charts/web", "../charts/web, valuesFiles: [values.yaml]")
    files = {**CHARTS, "apps/web.yaml": chart, "apps/values.yaml": "kind: of values"}

    result, _ = loaded(files, Programs(charts_web=prints(config_map("a"))))

    assert problems(result) == []
    assert result.unreadable == frozenset()


def test_a_chart_that_a_program_prints_is_not_rendered():
    result, _ = loaded({**EU, **CHARTS}, Programs(eu=prints(CHART), charts_web=prints()))

    assert problems(result) == [
        "eu/kustomization.yaml:1: Chart.gitopsd.io shop/web a Chart that a program printed is not "
        "rendered; write it into a file of its own"
    ]
    assert set(EU) <= result.unreadable


def test_a_chart_that_nobody_names_is_a_notice():
    files = {path: text for path, text in CHARTS.items() if path.startswith("charts")}

    result, _ = loaded({**files, "charts/web/charts/dep/Chart.yaml": "name: dep"}, Programs())

    assert [(each.path, each.severity) for each in result.problems] == [
        ("charts/web/Chart.yaml", Severity.NOTICE)
    ]


def test_a_chart_that_cannot_be_had_holds_what_was_seen_from_its_file():
    chart = CHART.replace("../charts/web", "../charts/gone")

    result, _ = loaded({"apps/web.yaml": chart}, Programs())

    assert problems(result) == [
        "apps/web.yaml:1 /spec/path: ../charts/gone is no folder of this repository with a "
        "Chart.yaml"
    ]
    assert result.unreadable == {"apps/web.yaml"}


def test_an_object_that_is_rendered_and_written_stands_twice():
    files = {**EU, "a.yaml": config_map("a")}

    result, _ = loaded(files, Programs(eu=prints(config_map("a"))))

    assert list(result.invalid) == [ResourceKey("", "ConfigMap", "default", "a")]
    assert problems(result) == [
        "a.yaml:1: ConfigMap default/a stands in eu/kustomization.yaml:1 too; remove one of them",
        "eu/kustomization.yaml:1: ConfigMap default/a stands in a.yaml:1 too; remove one of them",
    ]
