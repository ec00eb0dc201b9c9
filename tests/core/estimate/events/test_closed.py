from edgenode.core.estimate.events.closed import Closed

EXPECTED, FLOOR = 100.0, 5.0


def taken(closed, *values, usual=EXPECTED):
    return [closed.take(value, usual, FLOOR) for value in values]


def test_an_hour_without_volume_closes_a_market_and_its_first_hour_opens_it():
    closed = Closed(5.0)
    assert taken(closed, *[0.0] * 11) == [True] * 11
    assert taken(closed, *[0.0] * 30) == [False] * 30
    assert closed.shut
    assert taken(closed, *[700.0] * 12) == [False] * 12
    assert taken(closed, 100.0, 0.0) == [True, True]


def test_a_signal_whose_usual_is_next_to_nothing_is_never_closed():
    closed = Closed(5.0)
    assert taken(closed, *[0.0] * 50, usual=2 * FLOOR) == [True] * 50


def test_what_is_closed_stays_so_whatever_its_usual_becomes():
    closed = Closed(5.0)
    taken(closed, *[0.0] * 12)
    assert taken(closed, 0.0, usual=0.0) == [False]


def test_an_hour_without_a_bar_lets_it_open_anew_and_a_short_gap_does_not():
    closed = Closed(5.0)
    for _ in range(11):
        closed.missed()
    assert taken(closed, 50.0) == [True]
    for _ in range(12):
        closed.missed()
    assert taken(closed, *[50.0] * 13) == [False] * 12 + [True]
