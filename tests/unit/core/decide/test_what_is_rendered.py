"""What programs printed is decided like anything else, and held while they do not print."""

import pytest

from fakes.commits import World, cluster, deployment, key, on, places, policy
from gitopsd.core.load import Means
from gitopsd.model.build import UNDER_WAY, Built

WEB = key("Deployment", "web")
FILES = {
    "clusters.yaml": cluster("eu") + "---\n" + cluster("us"),
    "policies.yaml": policy("all", "apps/v1 Deployment", placement=on("eu")),
    "web/kustomization.yaml": "resources: [web.yaml]",
    "web/web.yaml": "any",
}
FAILED = Built(failure="kustomize: no")


def printing(built):
    return Means(build=lambda builds: [built for _ in builds])


def delivered(files=FILES, built=None):
    """A world whose members hold what was rendered once."""
    world = World(files)
    world.means = printing(built or Built(deployment("web").encode()))
    world.turn()
    world.deliver()
    world.remember()
    return world


def test_what_is_rendered_is_placed_by_policies():
    assert places(delivered().turn()) == {"Deployment.apps shop/web": {"eu": None}}


@pytest.mark.parametrize("built", [FAILED, UNDER_WAY])
@pytest.mark.parametrize("is_new_process", [False, True])
def test_what_is_not_rendered_now_stays(is_new_process, built):
    world = delivered()
    if is_new_process:
        world.restart()
    world.files["web/web.yaml"] = "another"
    world.means = printing(built)

    decision = world.turn()

    assert WEB in {**decision.manifests["eu"], **decision.held["eu"]}


@pytest.mark.parametrize("is_new_process", [False, True])
def test_what_was_a_file_stays_while_the_kustomization_that_took_it_does_not_render(is_new_process):
    plain = {path: text for path, text in FILES.items() if not path.startswith("web/")}
    world = delivered({**plain, "web/web.yaml": deployment("web")})
    if is_new_process:
        world.restart()
    world.files = dict(FILES)
    world.means = printing(FAILED)

    decision = world.turn()

    assert WEB in {**decision.manifests["eu"], **decision.held["eu"]}


def test_what_is_rendered_no_more_is_gone():
    world = delivered()
    world.files["web/web.yaml"] = "another"
    world.means = printing(Built(b""))

    decision = world.turn()

    assert WEB not in {**decision.manifests["eu"], **decision.held["eu"]}
