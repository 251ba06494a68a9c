"""A daemon that is told to end, and a member that it must not touch."""

from fakes.delivery import key_of, manifest
from servers.objects import config_map
from servers.waiting import until

MANY = [config_map("shop", f"web-{n}", word="ours") for n in range(40)]


async def test_what_is_under_way_at_the_end_is_done_and_recorded(eu) -> None:
    eu.member.faults.slow_s = 0.05
    eu.want(*map(manifest, MANY))
    await until(lambda: any(eu.live(each) for each in MANY))

    await eu.stop()

    there = {key_of(each) for each in MANY if eu.live(each)}
    recorded = {key for key, entry in eu.recorded().items() if entry.uid}
    assert recorded == there
    assert 0 < len(there) < len(MANY)


async def test_a_pull_member_is_left_alone(idle) -> None:
    idle.start(syncMode="Pull")

    idle.want(manifest(MANY[0]))
    await until(lambda: idle.is_quiet)

    assert (
        idle.report.message == "its syncMode is Pull, and there is no agent yet: it is left alone"
    )
    assert idle.live(MANY[0]) is None
