"""Who may watch when there are more kinds than watches."""

from gitopsd.daemon.seats import Seats, shared

MAPS, APPS, JOBS = ("", "ConfigMap"), ("apps", "Deployment"), ("batch", "Job")


def test_everybody_watches_while_there_is_room() -> None:
    assert shared({"eu": 3, "us": 2}, 5) == {"eu": 3, "us": 2}


def test_what_little_members_leave_goes_to_the_others() -> None:
    assert shared({"a": 1, "b": 9, "c": 9, "d": 9}, 12) == {"a": 1, "b": 4, "c": 4, "d": 3}


def test_nobody_watches_where_there_is_no_room() -> None:
    assert shared({"a": 1, "b": 1}, 1) == {"a": 1, "b": 0}


def test_kinds_whose_health_is_told_come_first() -> None:
    seats = Seats(most=2)

    seats.ask("eu", [MAPS, ("", "Secret"), APPS, JOBS])

    assert [kind for kind in (MAPS, APPS, JOBS) if seats.has("eu", kind)] == [APPS, JOBS]


def test_seats_of_a_member_that_is_let_go_are_free() -> None:
    seats = Seats(most=2)
    seats.ask("eu", [MAPS, APPS])
    seats.ask("us", [MAPS, APPS])
    before = [seats.has("us", MAPS), seats.has("us", APPS), seats.has("eu", MAPS)]

    seats.ask("eu", ())

    assert before == [False, True, False]
    assert [seats.has("us", MAPS), seats.has("us", APPS), seats.has("eu", APPS)] == [
        True,
        True,
        False,
    ]
