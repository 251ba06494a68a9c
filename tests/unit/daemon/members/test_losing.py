"""What would be lost with a deletion waits for a person's word, and what keeps an end is said."""

from fakes.delivery import key_of, manifest
from servers.objects import config_map, definition, namespace
from servers.waiting import until

SPACE = namespace("bakery")
CAKE = config_map("bakery", "cake", word="sweet")
BREAD = config_map("bakery", "bread", word="dark")
DEFINITION = definition("shop.example", "Cookie", {"type": "object"})
COOKIE = {
    "apiVersion": "shop.example/v1",
    "kind": "Cookie",
    "metadata": {"name": "ginger", "namespace": "shop"},
}
LOSS = "gitopsd.io/allow-data-loss"


async def test_a_namespace_with_something_of_others_stays(eu) -> None:
    eu.want(manifest(SPACE), manifest(CAKE))
    await eu.finished()
    await eu.made(BREAD)

    eu.want(deletions=frozenset({key_of(SPACE), key_of(CAKE)}))
    await eu.finished()

    outcome = eu.outcome(key_of(SPACE))
    assert eu.value(BREAD) == "dark"
    assert (outcome.action, outcome.reason) == ("Skip", "AwaitingApproval")
    assert outcome.message == (
        "holds an object that is not ours (ConfigMap bread); "
        'gitopsd.io/allow-data-loss: "true" on it lets them go with it'
    )


async def test_one_whose_content_may_be_lost_goes_with_it(eu) -> None:
    eu.want(manifest(SPACE), manifest(CAKE))
    await eu.finished()
    await eu.made(BREAD)
    gone = frozenset({key_of(SPACE), key_of(CAKE)})
    eu.want(deletions=gone)
    await eu.finished()

    eu.want(deletions=gone, expendable=frozenset({key_of(SPACE)}))

    await until(lambda: eu.live(SPACE) is None)


async def test_one_that_said_so_while_it_was_wanted_goes_too(eu) -> None:
    space = {**SPACE, "metadata": {**SPACE["metadata"], "annotations": {LOSS: "true"}}}
    eu.want(manifest(space))
    await eu.finished()
    await eu.made(BREAD)

    eu.want(deletions=frozenset({key_of(SPACE)}))

    await until(lambda: eu.live(SPACE) is None)


async def test_a_definition_with_objects_of_others_stays(eu) -> None:
    eu.want(manifest(DEFINITION))
    await eu.finished(20)
    await eu.made(COOKIE)

    eu.want(deletions=frozenset({key_of(DEFINITION)}))
    await eu.finished()

    assert "Cookie ginger" in eu.outcome(key_of(DEFINITION)).message
    assert eu.live(COOKIE) is not None


async def test_a_definition_of_which_all_objects_are_ours_goes(eu) -> None:
    eu.want(manifest(DEFINITION), manifest(COOKIE))
    await eu.finished(20)

    eu.want(deletions=frozenset({key_of(DEFINITION), key_of(COOKIE)}))

    await until(lambda: eu.live(DEFINITION) is None)
