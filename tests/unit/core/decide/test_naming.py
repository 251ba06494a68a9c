"""What depends on what a member does not get, is a mistake with its file, on that member."""

from fakes.commits import World, cluster, config_map, on, policy

NOTE = "  annotations:\n    config.kubernetes.io/depends-on: /namespaces/shop/ConfigMap/pages\n"
WEB = config_map("web").replace("  name: web\n", f"  name: web\n{NOTE}")
FILES = {
    "eu.yaml": cluster("eu"),
    "us.yaml": cluster("us"),
    "policy.yaml": policy("all", "v1 ConfigMap web"),
    "pages-policy.yaml": policy("pages", "v1 ConfigMap pages", placement=on("eu")),
    "web.yaml": WEB,
    "pages.yaml": config_map("pages"),
}
LACKING = (
    "config.kubernetes.io/depends-on names ConfigMap shop/pages, which is not wanted here",
    "us",
)


def said(world: World) -> list[tuple[str, str]]:
    world.turn()
    assert world.afresh().problems == world.decision.problems
    return [
        (each.message, each.cluster)
        for each in world.decision.problems
        if each.reason == "DependsOn" and each.path == "web.yaml"
    ]


def test_what_depends_on_what_goes_elsewhere_is_told_of_the_members_that_lack_it():
    assert said(World(FILES)) == [LACKING]


def test_that_ends_when_it_comes_and_begins_when_it_goes():
    world = World(FILES)
    said(world)

    world.files["pages-policy.yaml"] = policy("pages", "v1 ConfigMap pages")
    everywhere = said(world)
    world.files["pages-policy.yaml"] = policy("pages", "v1 ConfigMap pages", placement=on("eu"))
    again = said(world)
    world.files["web.yaml"] = config_map("web")

    assert (everywhere, again, said(world)) == ([], [LACKING], [])
