"""What holds for every template, every policy and every cluster."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gitopsd.core.override import Overrides, Subject, override
from gitopsd.core.render import KARMADA, Rendering, Terms
from gitopsd.kube.patch import Operation, PatchError, apply, merge
from gitopsd.model.cluster import Cluster
from gitopsd.model.decision import Need
from gitopsd.model.policy import read_override_policy
from gitopsd.model.problem import Problem
from gitopsd.model.resource import Origin, Resource, ResourceKey

KEY = ResourceKey("apps", "Deployment", "shop", "web")
CLUSTERS = tuple(Cluster(name) for name in ("m1", "m2", "m3"))

words = st.sampled_from(["a", "b", "app", "team", ""])
images = st.sampled_from(["app", "app:v1", "reg.example/app:v1", "localhost:5000/a/b", "Bad", ""])
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | words,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(words, below, max_size=3),
    max_leaves=6,
)
paths = st.sampled_from(
    [
        "/metadata/labels/a",
        "/metadata/annotations/b",
        "/spec/replicas",
        "/spec/template/spec/containers/0/image",
        "/spec/template/spec/containers/-1",
        "/spec/template/spec/containers/-",
        "/status",
        "odd",
        "",
    ]
)
operators = st.sampled_from(["add", "replace", "remove"])
plaintext = st.fixed_dictionaries({"path": paths, "operator": operators, "value": values})
marks = st.fixed_dictionaries(
    {"operator": operators, "value": st.dictionaries(words, words, max_size=2)}
)
image = st.fixed_dictionaries(
    {
        "component": st.sampled_from(["Registry", "Repository", "Tag"]),
        "operator": operators,
        "value": st.sampled_from(["eu", "v2", "-x", ""]),
    }
)
command = st.fixed_dictionaries(
    {"containerName": words, "operator": operators, "value": st.lists(words, max_size=2)}
)
overriders = st.fixed_dictionaries(
    {},
    optional={
        "plaintext": st.lists(plaintext, max_size=2),
        "labelsOverrider": st.lists(marks, max_size=2),
        "annotationsOverrider": st.lists(marks, max_size=1),
        "imageOverrider": st.lists(image, max_size=2),
        "commandOverrider": st.lists(command, max_size=1),
    },
)
rules = st.fixed_dictionaries(
    {
        "targetCluster": st.sampled_from([None, {"clusterNames": ["m1"]}, {"exclude": ["m2"]}]),
        "overriders": overriders,
    }
)
policies = st.lists(
    st.tuples(st.sampled_from(["", "shop"]), st.lists(rules, min_size=1, max_size=2)), max_size=3
)


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    """A Deployment, now and then with odd parts."""
    metadata: dict[str, Any] = {"namespace": "shop", "name": "web"}
    if draw(st.booleans()):
        metadata["labels"] = draw(st.dictionaries(words, words | st.none(), max_size=2))
    containers = [{"name": draw(words), "image": draw(images)} for _ in range(2)]
    spec = {"replicas": draw(st.integers(0, 5)), "template": {"spec": {"containers": containers}}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}


def index(drawn: list[Any]) -> Overrides:
    """The policies that were drawn; each has a name of its own."""
    return Overrides(
        read_override_policy(
            {"metadata": {"name": f"p{n}", "namespace": scope}, "spec": {"overrideRules": each}}
        )
        for n, (scope, each) in enumerate(drawn)
    )


def outcome(made: Any) -> str:
    """A manifest or Problem as text."""
    if isinstance(made, Problem):
        return str(made)
    return json.dumps([made.body, made.hash, made.conflict, made.share])


@given(body=bodies(), drawn=policies, share=st.integers(0, 4))
@settings(deadline=None)
def test_rendering_is_deterministic_and_changes_no_input(body, drawn, share):
    before = json.dumps(body), json.dumps(drawn)
    template = Resource(KEY, "v1", body, Origin("web.yaml"))
    terms = Terms(Need(4), is_divided=True)
    kept, overrides = Rendering(template, terms), index(drawn)

    for cluster in CLUSTERS:
        fresh = Rendering(template, terms).manifest(cluster, share, index(drawn))
        assert outcome(kept.manifest(cluster, share, overrides)) == outcome(fresh)
        assert outcome(kept.manifest(cluster, share, overrides)) == outcome(fresh)
        Rendering(template, terms, KARMADA).manifest(cluster, share, overrides)

    assert (json.dumps(body), json.dumps(drawn)) == before


@given(body=bodies(), drawn=policies)
@settings(deadline=None)
def test_a_cluster_that_no_rule_means_is_left_alone(body, drawn):
    aimed = [
        (scope, [{**rule, "targetCluster": {"clusterNames": ["m1"]}} for rule in each])
        for scope, each in drawn
    ]

    done = override(body, Subject("apps/v1", KEY), CLUSTERS[2], index(aimed))

    assert done.body is body
    assert done.applied == ()


@given(value=values, path=paths, operator=operators, new=values)
def test_a_patch_gives_a_new_value_or_says_why_not(value, path, operator, new):
    before = json.dumps(value)

    try:
        apply(value, [Operation(operator, path, new)])
    except PatchError as error:
        assert str(error)

    assert json.dumps(value) == before


@given(value=values, patch=values)
def test_merging_twice_is_merging_once(value, patch):
    before = json.dumps(value)

    once = merge(value, patch)

    assert merge(once, patch) == once
    assert json.dumps(value) == before
