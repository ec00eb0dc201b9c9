"""The watch keeps a basis of each venue and instrument; a start that warms it is like a life."""

from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.estimate.stops.basis import MINUTE_NS
from edgenode.core.estimate.stops.watch import VENUES_MAX, Watch

NAME = "WETH-USDC"
MIDS = st.lists(st.tuples(st.integers(140_000, 160_000), st.integers(140_000, 160_000)))


def lived(mids, watch=None):
    watch = watch or Watch()
    watch.saw_venue(NAME, "a", 0, 150_000)
    for minute, (venue, reference) in enumerate(mids, start=1):
        watch.saw_reference(NAME, minute * MINUTE_NS, reference)
        watch.saw_venue(NAME, "a", minute * MINUTE_NS, venue)
    return watch


@given(MIDS)
@settings(deadline=None)
def test_a_start_that_is_warmed_by_the_minutes_of_a_life_goes_on_as_it(mids):
    mids = (mids or [(150_000, 150_000)]) * 20
    live, warmed = lived(mids), Watch()
    rows = [(m * MINUTE_NS, v, r) for m, (v, r) in enumerate(mids, start=1)]
    warmed.warm(NAME, "a", rows)
    for watch in (live, warmed):
        watch.saw_reference(NAME, (len(mids) + 1) * MINUTE_NS, 150_000)
    assert list(warmed.of_market()) == list(live.of_market())


def test_a_stop_stands_after_a_start_as_of_when_it_began():
    mids = [(150_000, 150_000)] * 90 + [(155_000, 150_000)] * 6
    live, warmed = lived(mids), Watch()
    warmed.warm(NAME, "a", [(m * MINUTE_NS, v, r) for m, (v, r) in enumerate(mids, start=1)])
    (row,) = warmed.of_market()
    assert (row.state, row.since_ns) == ("stops", next(live.of_market()).since_ns)


def test_each_instrument_has_the_reference_of_its_own():
    watch = lived([(150_000, 150_000)] * 90)
    watch.saw_venue("OTHER", "a", 91 * MINUTE_NS, 7)
    watch.saw_reference("OTHER", 91 * MINUTE_NS, 7)
    assert [(row.instrument, row.state) for row in watch.of_market()] == [
        ("OTHER", "warming"), (NAME, "quiet"),
    ]  # fmt: skip


def test_more_venues_than_can_be_held_are_not_watched():
    watch = Watch()
    for venue in range(VENUES_MAX + 3):
        watch.saw_venue(NAME, f"v{venue}", 0, 1)
    assert len(watch.bases) == VENUES_MAX
