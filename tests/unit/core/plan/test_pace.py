"""How many requests at a time: wider must pay, narrower must cost nothing."""

from gitopsd.core.plan.pace import LEAST, MOST, Pace, after_second, throttled


def test_fewer_at_a_time_do_where_they_are_as_fast():
    pace = Pace()
    widths = []
    for _ in range(4):
        pace = after_second(pace, 200.0)
        widths.append(pace.width)

    assert widths == [5, 3, 4, 3]


def test_more_at_a_time_go_where_that_is_faster():
    pace = Pace()
    widths = []
    for _ in range(8):
        pace = after_second(pace, pace.width * 10.0)
        widths.append(pace.width)

    assert widths == [5, 8, 12, 18, 27, 32, 32, 21]


def test_a_member_that_asks_for_patience_gets_half():
    assert throttled(Pace(9)).width == 4
    assert throttled(Pace(1)).width == 1
    assert LEAST <= after_second(throttled(Pace(1)), 1.0).width <= MOST


def test_after_patience_more_at_a_time_go_again():
    pace = throttled(throttled(throttled(throttled(Pace(32, 320.0)))))
    widths = [pace.width]
    for _ in range(8):
        pace = after_second(pace, pace.width * 10.0)
        widths.append(pace.width)

    assert widths == [2, 3, 4, 6, 9, 14, 21, 32, 32]


def test_fewest_at_a_time_are_not_kept_because_nothing_changes():
    pace = Pace(LEAST, 30.0, is_widening=False)

    assert after_second(pace, 30.0).width > LEAST
