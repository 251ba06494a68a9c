"""A webhook that fails most objects: one of them tries, all go once it answers."""

from fakes.delivery import Delivery, manifest
from gitopsd.apiserver.errors import ApiError
from servers.objects import config_map
from servers.waiting import until

DOWN = ApiError(
    500, "InternalError", 'Internal error: failed calling webhook "guard.example": refused'
)


def many(count: int) -> list:
    return [manifest(config_map("shop", f"web-{n}", word="ours")) for n in range(count)]


async def test_one_object_asks_for_all_of_them(eu: Delivery) -> None:
    eu.member.faults.fail(
        DOWN, 10_000, lambda request: request.method == "PATCH" and "web" in request.path
    )
    eu.want(*many(12))
    await until(lambda: sum("one is tried" in each for each in messages(eu)) >= 6)
    asked = refusals(eu)
    await until(lambda: refusals(eu) > asked, 6)

    eu.member.faults.clear()

    await until(lambda: len(eu.member.items("", "configmaps", "shop")) >= 12)
    assert refusals(eu) < 30


def refusals(eu: Delivery) -> int:
    return eu._members.tallies["eu"].requests["apply", 500]


def messages(eu: Delivery) -> list[str]:
    return [each.message for each in eu.report.outcomes.values() if "guard.example" in each.message]
