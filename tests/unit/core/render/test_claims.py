"""What is claimed of a manifest, by its own word and by the repository's."""

import msgspec
import pytest

from gitopsd.core.override import Overrides
from gitopsd.core.render import Rendering, Terms, claims_of, field_terms, says_otherwise
from gitopsd.core.render.claims import Wrong
from gitopsd.model.claims import NO_CLAIMS, NO_TERMS, Claims, Mode
from gitopsd.model.cluster import Cluster
from gitopsd.model.problem import Problem
from gitopsd.model.resource import Origin, Resource, ResourceKey
from gitopsd.model.snapshot import Configuration


def body(**annotations: str) -> dict:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web"},
                     "annotations": {f"gitopsd.io/{name.replace('_', '-')}": each
                                     for name, each in annotations.items()}},
        "spec": {"replicas": 2, "paused": False},
    }  # fmt: skip


def template(**annotations: str) -> Resource:
    key = ResourceKey("apps", "Deployment", "shop", "web")
    return Resource(key, "v1", body(**annotations), Origin("web.yaml", 0, 7, "b1"))


def configured(**spec) -> Configuration:
    return msgspec.convert(spec, Configuration)


def test_without_a_word_nothing_is_claimed() -> None:
    assert claims_of(body(), NO_TERMS) is NO_CLAIMS
    assert field_terms(Configuration(), template()) is NO_TERMS


@pytest.mark.parametrize(
    ("annotations", "expected"),
    [
        ({"apply": "CreateOnly"}, Claims(mode=Mode.CREATE_ONLY)),
        ({"adopt": "always"}, Claims(adopts=True)),
        ({"self_heal": "false"}, Claims(is_healed=False)),
        ({"on_conflict": "yield"}, Claims(on_conflict="yield")),
        ({"force_fields": "/spec/replicas\n.spec.paused\n"},
         Claims(forced=("/spec/replicas", "/spec/paused"))),
        ({"yield_fields": "$.spec.replicas"}, Claims(yielded=("/spec/replicas",))),
        ({"yield_fields": "/spec/gone"}, NO_CLAIMS),
    ],
)  # fmt: skip
def test_an_object_speaks_for_itself(annotations, expected) -> None:
    assert claims_of(body(**annotations), NO_TERMS) == expected


@pytest.mark.parametrize(
    ("annotations", "words"),
    [
        ({"apply": "Never"}, "right would be Enforce or CreateOnly or Merge or Ignore or Observe"),
        ({"adopt": "yes"}, "right would be always"),
        ({"self_heal": "no"}, "right would be true or false"),
        ({"on_conflict": "maybe"}, "right would be take or yield or fail"),
        ({"force_fields": "..x"}, "right would be /a/b or .a.b"),
    ],
)
def test_a_word_that_cannot_be_followed_is_told(annotations, words) -> None:
    with pytest.raises(Wrong) as found:
        claims_of(body(**annotations), NO_TERMS)

    assert words in found.value.words


def test_a_repository_speaks_for_all() -> None:
    said = configured(
        selfHeal=False,
        conflicts={"onConflict": "fail", "trustedManagers": ["kubectl*"]},
        ignore=[{"paths": [".spec.replicas", "/spec/gone"], "managers": ["scaler"]}],
    )

    assert claims_of(body(), field_terms(said, template())) == Claims(
        is_healed=False,
        otherwise="fail",
        trusted=("kubectl*",),
        ignored=("/spec/replicas",),
        ignored_managers=("scaler",),
    )


def test_an_object_is_healed_where_it_says_so() -> None:
    terms = field_terms(configured(selfHeal=False), template())

    assert claims_of(body(self_heal="true"), terms).is_healed


@pytest.mark.parametrize(
    ("target", "is_meant"),
    [
        ({}, True),
        ({"group": "apps", "kind": "Deployment"}, True),
        ({"group": ""}, False),
        ({"kind": "Job"}, False),
        ({"name": "w*"}, True),
        ({"name": "x*"}, False),
        ({"namespace": "shop"}, True),
        ({"namespace": "other"}, False),
        ({"labelSelector": {"matchLabels": {"app": "web"}}}, True),
        ({"labelSelector": {"matchLabels": {"app": "db"}}}, False),
    ],
)
def test_a_rule_means_the_objects_of_its_target(target, is_meant) -> None:
    said = configured(ignore=[{"target": target, "paths": ["/spec/replicas"]}])

    assert bool(field_terms(said, template()).ignore) is is_meant


def test_a_rule_means_the_clusters_that_it_selects() -> None:
    rule = {"target": {"clusterSelector": {"clusterNames": ["m1"]}}, "paths": ["/spec/replicas"]}
    terms = Terms(fields=field_terms(configured(ignore=[rule]), template()))

    made, problems = Rendering(template(), terms).manifests(
        [(Cluster("m1"), 0), (Cluster("m2"), 0)], Overrides([])
    )

    assert problems == ()
    assert {name: each.claims.ignored for name, each in made.items()} == {
        "m1": ("/spec/replicas",),
        "m2": (),
    }


def test_a_wrong_annotation_holds_the_object_and_names_its_file() -> None:
    found = Rendering(template(apply="Never"), Terms()).manifest(Cluster("m1"), 0, Overrides([]))

    assert isinstance(found, Problem)
    assert (found.path, found.line, found.pointer) == ("web.yaml", 7, "/metadata/annotations")
    assert found.message.startswith("annotation gitopsd.io/apply is 'Never'; right would be")


def test_paths_and_guards_say_nothing_of_fields() -> None:
    one = configured(paths=["a"], guards={"maxDeletedObjects": 1})

    assert not says_otherwise(one, Configuration())
    assert says_otherwise(configured(selfHeal=False), Configuration())
