"""Broken files beside good ones: the good are applied, what a broken one held stays."""

from collections.abc import Mapping

import yaml

from servers.objects import config_map
from servers.repository import Content, manifests

KEPT = 19

NAMED = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {name}, namespace: {namespace}}\n"

# One hundred files that cannot be used, by what is wrong with them. `{name}` is that of the object
# which the path held before, or one of its own: an invalid object holds only what it names.
BROKEN: Mapping[str, bytes] = {
    "tab": b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: {name}\n",
    "bracket": b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {name}\n",
    "indent": b"apiVersion: v1\nkind: ConfigMap\n metadata:\n  name: {name}\n",
    "bytes": b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: \xff\xfe-{n}\n",
    "null-byte": b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\x00\n",
    "duplicate-key": b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n  name: b\n",
    "template": b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Values.name }}\n",
    "alias": NAMED + b"data: *nowhere\n",
    "bomb": (
        b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {name}}\n"
        b"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
        b"c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
        b"e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n"
        b"g: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n"
    ),
    "deep": b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {name}}\ndata: "
    + b"[" * 2000
    + b"]" * 2000,
    "field": NAMED + b"datta: {a: b}\n",
    "type": NAMED + b"data: [a]\n",
    "number": NAMED + b"data: {a: 1}\n",
    "name": b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: Not_{name}\n",
    "no-name": b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  labels: {n: a{n}}\n",
    "no-kind": b"apiVersion: v1\nmetadata:\n  name: {name}\n",
    "kind": b"apiVersion: v1\nkind: Konfig\nmetadata:\n  name: {name}\n",
    "version": b"apiVersion: apps/v9\nkind: Deployment\nmetadata:\n  name: {name}\n",
    "label": (
        b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n"
        b"  namespace: {namespace}\n  labels: {'a b': c}\n"
    ),
    "policy": (
        b"apiVersion: policy.karmada.io/v1alpha1\nkind: PropagationPolicy\n"
        b"metadata:\n  name: {name}\nspec:\n  resourceSelectors: all\n"
    ),
}


def test_a_hundred_broken_files_harm_nobody_else(story) -> None:
    held = {path_of(n): manifests(config_map(story.namespace, f"held-{n}")) for n in range(KEPT)}
    good = {"good.yaml": manifests(config_map(story.namespace, "good", word="old"))}
    unwanted = {"unwanted.yaml": manifests(config_map(story.namespace, "unwanted"))}
    story.repository.push(story.fleet() | held | good | unwanted)
    daemon = story.run()
    names = sorted(["good", *(f"held-{n}" for n in range(KEPT))])
    first = [*names, "unwanted"]
    story.everywhere(lambda member: story.names(member, "configmaps") == first)

    broken = hundred_broken_files(story.namespace)
    changed = {"good.yaml": manifests(config_map(story.namespace, "good", word="new"))}
    also = {"zz-new.yaml": manifests(config_map(story.namespace, "new-beside-broken"))}
    assert set(held) < set(broken) and len(broken) == 100
    commit = story.repository.push(
        broken | changed | also | {"unwanted.yaml": None}, "All sorts of mistakes"
    )

    story.everywhere(
        lambda member: story.get(member, "configmaps", "good")["data"]["word"] == "new"
    )
    story.everywhere(lambda member: story.get(member, "configmaps", "new-beside-broken"))
    story.everywhere(lambda _: commit in story.status().get("status.yaml", ""))
    after = sorted([*names, "new-beside-broken"])
    # What no broken file held is removed as ever.
    story.everywhere(lambda member: story.names(member, "configmaps") == after)
    told = {each.get("file"): each for each in problems(story)}
    assert sorted(set(broken) - set(told)) == []
    assert [path for path in broken if not told[path].get("line")] == []
    assert daemon.is_running


def test_what_was_broken_is_removed_once_its_file_is_gone(story) -> None:
    files = {path_of(n): manifests(config_map(story.namespace, f"held-{n}")) for n in range(KEPT)}
    story.repository.push(story.fleet() | files)
    story.run()
    story.everywhere(lambda member: len(story.names(member, "configmaps")) == KEPT)
    broken = story.repository.push({path_of(3): BROKEN["tab"]})
    story.everywhere(lambda _: broken in story.status().get("status.yaml", ""))

    story.repository.push({path_of(3): None})

    story.everywhere(lambda member: story.get(member, "configmaps", "held-3") is None)


def hundred_broken_files(namespace: str) -> dict[str, Content]:
    """Five of each sort; the first paths are those of files that were good.

    The policy comes last: it is no ConfigMap and so holds none.
    """
    sorts = [*BROKEN.items()] * 5
    return {
        path_of(n) if n < KEPT else f"broken/{sort}-{n}.yaml": written(text, n, namespace)
        for n, (sort, text) in enumerate(sorts)
    }


def written(text: bytes, number: int, namespace: str) -> bytes:
    name = f"held-{number}" if number < KEPT else f"broken-{number}"
    named = text.replace(b"{name}", name.encode()).replace(b"{namespace}", namespace.encode())
    return named.replace(b"{n}", b"%d" % number)


def path_of(number: int) -> str:
    return f"apps/held-{number:02}.yaml"


def problems(story) -> list[dict]:
    return yaml.safe_load(story.status().get("problems.yaml", "{}")).get("problems", [])
