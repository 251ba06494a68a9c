import asyncio
import threading

import pytest

from gitopsd.edge.lane import Lane, Overdue


async def test_work_is_done_in_order_in_one_thread() -> None:
    lane = Lane("test")
    seen: list[tuple[int, str]] = []

    def work(number: int) -> int:
        seen.append((number, threading.current_thread().name))
        return number * 2

    results = await asyncio.gather(*(lane.run(lambda n=n: work(n), 5) for n in range(3)))

    assert results == [0, 2, 4]
    assert seen == [(0, "test"), (1, "test"), (2, "test")]
    lane.close()


async def test_an_error_is_raised_where_the_work_was_asked_for() -> None:
    lane = Lane("test")

    with pytest.raises(ZeroDivisionError):
        await lane.run(lambda: 1 // 0, 5)
    assert await lane.run(lambda: 1, 5) == 1
    lane.close()


async def test_work_that_takes_too_long_is_left_behind_and_nothing_is_begun_after_it() -> None:
    lane = Lane("test")
    release = threading.Event()
    begun: list[str] = []

    with pytest.raises(Overdue):
        await lane.run(release.wait, 0.01)
    with pytest.raises(Overdue):
        await lane.run(lambda: begun.append("second"), 0.01)
    release.set()

    assert await lane.run(lambda: begun.append("third"), 5) is None
    assert begun == ["third"]
    lane.close()


async def test_a_caller_that_goes_away_stops_nobody_else() -> None:
    lane = Lane("test")
    release = threading.Event()
    first = asyncio.create_task(lane.run(release.wait, 5))
    await asyncio.sleep(0)

    first.cancel()
    release.set()

    assert await lane.run(lambda: "next", 5) == "next"
    lane.close()
