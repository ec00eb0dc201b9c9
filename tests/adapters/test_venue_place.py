"""A place in a venue's stream: numbers that begin anew, repeat or leave some out are noticed."""

from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.adapters.venues.place import Place
from edgenode.model.venue import MassStatus


def status(epoch, cursor, fills=()):
    return MassStatus(
        venue="a", open_orders=(), fills=fills, balances={}, positions={}, cursor=cursor,
        epoch=epoch,
    )  # fmt: skip


def at(epoch="e", cursor=5):
    place = Place()
    place.start(epoch, cursor)
    place.connected()
    return place


def test_numbers_in_order_move_the_place():
    place = at()
    assert [place.told("e", seq) for seq in (6, 7, 8)] == [True] * 3
    assert (place.cursor, place.gap) == (8, False)


def test_the_first_numbers_ever_may_begin_anywhere():
    place = Place()
    place.connected()
    assert place.told("", 1_000)
    assert (place.epoch, place.cursor) == ("", 1_000)


def test_a_gap_a_step_back_and_another_epoch_leave_the_place_and_want_a_snapshot():
    for epoch, seq in (("e", 7), ("e", 5), ("e", 1), ("f", 6)):
        place = at()
        assert not place.told(epoch, seq)
        assert (place.cursor, place.gap) == (5, True)


def test_after_a_gap_a_snapshot_moves_the_place_and_what_was_on_its_way_is_in_order():
    place = at()
    place.told("e", 8)
    place.read("e", 9)
    assert place.cursor == 9
    assert [place.told("e", seq) for seq in (9, 10)] == [True, True]
    assert (place.cursor, place.gap) == (10, False)


def test_without_a_gap_a_snapshot_does_not_move_the_place():
    """What lies between tells of orders too, not of executions alone."""
    place = at()
    place.read("e", 9)
    assert place.cursor == 5


async def test_numbers_that_began_anew_are_read_as_a_whole_and_gone_on_from():
    for told in (status("e", 4), status("f", 9), status("f", 0)):
        place, asked = at(), []

        async def ask(cursor, told=told, asked=asked):
            asked.append(cursor)
            return told

        got = await place.shown(ask, whole=False)
        assert got.began_anew
        assert asked == [5, 0]
        assert (place.epoch, place.cursor) == (told.epoch, told.cursor)


async def test_events_that_come_while_a_snapshot_is_on_its_way_are_no_new_numbers():
    place = at()

    async def ask(cursor):
        assert cursor == 5
        place.told("e", 6)  # the stream is faster than the answer
        return status("e", 5)

    assert not (await place.shown(ask, whole=False)).began_anew
    assert place.cursor == 6


@settings(max_examples=200)
@given(st.lists(st.tuples(st.sampled_from("ef"), st.integers(1, 12)), max_size=12))
def test_the_place_never_passes_a_number_that_was_not_handed_over(events):
    place = at("e", 0)
    handed: list[int] = []
    for epoch, seq in events:
        in_order = place.told(epoch, seq)
        handed += [seq] if epoch == "e" else []
        assert in_order or place.gap
        first = handed[0] if handed else 1  # the first number ever may be any
        assert set(range(first, place.cursor + 1)) <= set(handed)
