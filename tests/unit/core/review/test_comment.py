"""The comment on a pull request: what it shows, in which order, what it keeps when long."""

from dataclasses import replace

import pytest

from fakes import fleet
from gitopsd.core.review.comment import Terms, comment, marker
from gitopsd.core.review.fit import LIMITS
from gitopsd.core.review.markdown import length
from gitopsd.core.review.text import text
from gitopsd.model.changes import Change, Changes, Move, Preview, Reason
from gitopsd.model.decision import Share
from gitopsd.model.delivery import ActionKind
from gitopsd.model.problem import Problem
from gitopsd.model.resource import ResourceKey

OLD, NEW = fleet.manifest(fleet.web("nginx:1")), fleet.manifest(fleet.web("nginx:2"))
GONE = ResourceKey("", "ConfigMap", "shop", "gone")


def manifest(name: str, text: str = "x"):
    key = ResourceKey("", "ConfigMap", "shop", name)
    return replace(OLD, key=key, body={"data": {name: text}}, hash=f"{name}-{text}")


def named(key: ResourceKey, image: str):
    body = {"metadata": {"labels": {"app": key.name}}, "image": image}
    return replace(OLD, key=key, body=body, hash=f"{key.name}-{image}")


def preview(*changes: Change, moves: tuple[Move, ...] = (), **more: object) -> Preview:
    before = {"eu-1": {fleet.WEB: OLD}}
    before["eu-1"] |= {each.key: manifest(each.key.name, "old") for each in changes if each.after}
    return Preview(Changes(changes, moves, "f" * 64, "d" * 64, before=before), **more)


def test_a_comment_reads_from_verdict_to_hashes():
    seen = preview(
        Change("eu-1", fleet.WEB, ActionKind.CREATE, "", NEW),
        Change("eu-1", manifest("a").key, ActionKind.CONFIGURE, "h", manifest("a", "new")),
        Change("eu-1", GONE, ActionKind.PRUNE, "h", held="EmptySet"),
        moves=(
            Move(
                fleet.WEB,
                (),
                (Share("eu-1", 2),),
                "by PropagationPolicy shop/web (shop/policy.yaml:2)",
                (Reason(("eu-1",), "divide", "gets all 2 replicas"),),
            ),
        ),
        guards=("EmptySet on eu-1: nothing is wanted any more",),
        warnings=("ask @ann about #3",),
        base="main (aaaa)",
        head="more (bbbb)",
        at=fleet.NOW,
    )

    said = comment(seen, Terms(marker("default/shop/12")))

    assert said == (
        "<!-- gitopsd-plan:default/shop/12 -->\n\n"
        "**1 create, 1 change, 0 recreate, 1 delete on 1 cluster; guards: EmptySet on eu-1: "
        "nothing is wanted any more**\n\n"
        "| cluster | create | change | recreate | delete |\n"
        "|---|---:|---:|---:|---:|\n"
        "| eu-1 | 1 | 1 | 0 | 1 |\n\n"
        "### Placement\n\n"
        "- Deployment.apps shop/web: eu-1 – → 2  \n"
        "  by PropagationPolicy shop/web (shop/policy.yaml:2)\n"
        "  - eu-1: gets all 2 replicas (divide)\n\n"
        "### Deletes and recreates\n\n"
        "- delete ConfigMap shop/gone on eu-1 (held: EmptySet)\n\n"
        "### Needs approval\n\n"
        "- EmptySet on eu-1: nothing is wanted any more\n\n"
        "Whoever allows this commits what `gitopsd plan --approval` prints:\n\n"
        f"<details><summary>approvals/{'d' * 16}.yaml</summary>\n\n"
        "```yaml\napiVersion: gitopsd.io/v1alpha1\nkind: Approval\nmetadata:\n"
        f"  name: {'d' * 64}\nspec:\n  covers:\n  - eu-1//ConfigMap/shop/gone\n```\n\n"
        "</details>\n\n"
        "### Changes\n\n"
        "<details><summary>change ConfigMap shop/a on eu-1</summary>\n\n"
        "```diff\n@@\n data:\n-  a: old\n+  a: new\n```\n\n"
        "</details>\n\n"
        "### Creates\n\n"
        "- create Deployment.apps shop/web on eu-1\n\n"
        "### Warnings\n\n"
        "- ask @\u200bann about #\u200b3\n\n"
        f"plan {'f' * 16}, deletions {'d' * 64}  \n"
        "from main (aaaa) to more (bbbb)  \n"
        "made at 2026-01-02T03:04:05Z"
    )


def test_a_fence_is_longer_than_any_inside():
    seen = preview(
        Change(
            "eu-1",
            manifest("a").key,
            ActionKind.CONFIGURE,
            "h",
            manifest("a", "```\n@everyone"),
        )
    )

    said = comment(seen, Terms())

    assert "\n````diff\n" in said
    assert "@everyone" in said  # inside a fence nobody is read


def test_what_is_made_anew_shows_its_difference_unfolded():
    seen = preview(
        Change("eu-1", manifest("a").key, ActionKind.RECREATE, "h", manifest("a", "new"))
    )

    said = comment(seen, Terms())

    assert "- recreate ConfigMap shop/a on eu-1\n\n```diff\n" in said
    assert "<details>" not in said


def test_objects_that_change_alike_show_their_difference_once():
    same = [
        Change(cluster, key, ActionKind.CONFIGURE, "h", replace(NEW, key=key))
        for cluster in ("eu-1", "us-1")
        for key in (fleet.WEB, fleet.WEB._replace(name="api"))
    ]
    before = {each.cluster: {} for each in same}
    for each in same:
        before[each.cluster][each.key] = replace(OLD, key=each.key)
    seen = Preview(Changes(tuple(same), (), "f" * 64, "", before=before))

    said, plainly = comment(seen, Terms()), text(seen)

    assert (
        "<details><summary>change 2 Deployment.apps in shop on eu-1, us-1</summary>\n\n"
        "- change Deployment.apps shop/api, shop/web\n\n"
        "```diff\n"
    ) in said
    assert (said.count("nginx:2"), plainly.count("nginx:2")) == (1, 1)
    assert (
        "  change Deployment.apps shop/api  on eu-1, us-1\n"
        "  change Deployment.apps shop/web  on eu-1, us-1\n"
        "      @@\n"
    ) in plainly


def test_objects_that_differ_only_in_their_own_name_change_alike():
    keys = [fleet.WEB._replace(name=name) for name in ("api", "web")]
    same = [Change("eu-1", key, ActionKind.CONFIGURE, "h", named(key, "nginx:2")) for key in keys]
    before = {"eu-1": {key: named(key, "nginx:1") for key in keys}}

    said = comment(Preview(Changes(tuple(same), (), "f" * 64, "", before=before)), Terms())

    assert said.count("+image: nginx:2") == 1
    assert "as of Deployment.apps shop/api, the others alike:\n\n```diff\n" in said


def test_what_holds_content_stands_first_among_what_is_deleted():
    gone = [ResourceKey("", kind, "", name) for kind, name in (("Alpha", "a"), ("Namespace", "s"))]

    said = comment(preview(*(Change("eu-1", key, ActionKind.PRUNE, "h") for key in gone)), Terms())

    assert "- 2 objects on eu-1\n  - delete Namespace s\n  - delete Alpha a\n" in said


def test_where_words_are_heard_a_word_may_approve():
    seen = replace(preview(), guards=("EmptySet on eu-1: all would go",))

    said = comment(seen, Terms(is_heard=True))

    assert f"Whoever allows this says `/gitopsd approve {'d' * 16}` here, or commits" in said
    assert "/gitopsd approve" not in comment(seen, Terms())


def test_many_creates_of_the_same_clusters_are_behind_a_title():
    new = [
        Change(cluster, manifest(f"m{n}").key, ActionKind.CREATE, "", manifest(f"m{n}"))
        for cluster in ("eu-1", "us-1")
        for n in range(4)
    ]

    said = comment(preview(*new), Terms())

    assert "<details><summary>create 4 ConfigMap in shop on eu-1, us-1</summary>" in said
    assert "\n\n- create ConfigMap shop/m0, shop/m1, shop/m2, shop/m3\n\n</details>" in said


def test_a_name_cannot_break_out_of_its_line():
    problem = Problem("a`.yaml", 1, "", "no\n/close\n<b>|[x](y) https://a.example/1", "Bad")
    found = Changes((), (), "f" * 64, "", (problem,))

    (line,) = [
        line for line in comment(Preview(found), Terms()).splitlines() if line.startswith("- ")
    ]

    assert line == ("- a\\`.yaml:1: no /close &lt;b&gt;\\|\\[x\\](y) https://\u200ba.example/1")


@pytest.mark.parametrize("words", ["x --> <b>", "a\nb", "--"])
def test_a_marker_stays_a_comment(words):
    said = marker(words)

    assert said.startswith("<!-- gitopsd-plan:")
    assert said.index("-->") == len(said) - 3
    assert "\n" not in said


@pytest.mark.parametrize("host", LIMITS)
def test_a_long_plan_fits_and_keeps_what_destroys(host):
    deletes = [Change(f"c-{n}", GONE, ActionKind.PRUNE, "h") for n in range(100)]
    changes = [
        Change(
            "eu-1", manifest(f"m{n}").key, ActionKind.CONFIGURE, "h", manifest(f"m{n}", "y" * 999)
        )
        for n in range(2000)
    ]
    seen = preview(*deletes, *changes)

    said = comment(seen, Terms(most=LIMITS[host], link="https://ci.example/1"))

    assert length(said) <= LIMITS[host]
    assert "- delete ConfigMap shop/gone on c-0, c-1," in said
    assert said.endswith(f"plan {'f' * 16}, deletions {'d' * 64}")
    assert "[the whole plan](https://ci.example/1)" in said


def test_even_deletions_are_cut_where_nothing_else_is_left_to_shorten():
    gone = [ResourceKey("", "ConfigMap", "shop", f"gone-{n}") for n in range(3000)]
    seen = preview(*(Change("eu-1", key, ActionKind.PRUNE, "h") for key in gone))

    said = comment(seen, Terms(most=LIMITS["bitbucket"]))

    assert length(said) <= LIMITS["bitbucket"]
    assert "- 3000 objects on eu-1\n  - delete ConfigMap shop/gone-0, shop/gone-1, " in said
    assert "`gitopsd plan` shows all of it" in said
