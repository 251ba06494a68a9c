"""A name that leads to another member: nothing is deleted there, and what it was is found again."""

from conformance.hostile.conftest import MAPS, Pair
from servers.waiting import until

ALL = {f"web-{n}" for n in range(MAPS)}


async def test_a_name_that_comes_to_lead_to_another_member_deletes_nothing_there(
    pair: Pair,
) -> None:
    before = uids(pair, "us")
    pair.liar.lead(pair.members["us"].url)

    pair.move("web-0")
    await until(lambda: "is another cluster now" in pair.complaint("eu"), 5)
    await pair.done("us")

    assert uids(pair, "us") == before
    pair.liar.lead(pair.members["eu"].url)
    await until(lambda: pair.words("eu").keys() == ALL - {"web-0"} and pair.is_done("eu"), 5)


async def test_a_name_that_leads_to_another_member_from_the_beginning_deletes_nothing_there(
    pair: Pair,
) -> None:
    before = uids(pair, "us")
    await pair.close()
    pair.liar.lead(pair.members["us"].url)

    pair.start()
    pair.move("web-0")
    await until(lambda: "is that of member us" in pair.complaint("eu"), 5)
    await pair.done("us")

    assert uids(pair, "us") == before
    assert pair.words("eu").keys() == ALL


def uids(pair: Pair, name: str) -> dict[str, str]:
    """Which ConfigMaps a member holds."""
    held = pair.members[name].items("", "configmaps", "shop")
    return {each["metadata"]["name"]: each["metadata"]["uid"] for each in held}
