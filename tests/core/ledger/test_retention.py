"""What may be sealed and what may be dropped, over any ledger and any state of the world."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.ledger.retention import Bounds, PrunedError, Run, holds, to_drop, to_seal
from edgenode.model.hlc import pack
from edgenode.model.ledgers import Segment, segment_name

sizes = st.integers(0, 400)
heads = st.lists(st.integers(1, 400), unique=True).map(sorted)


@given(after=sizes, size=sizes, snapshots=st.lists(sizes, max_size=3), heads=heads,
       length=st.integers(1, 60))  # fmt: skip
def test_a_sealed_run_follows_the_last_ends_at_a_head_and_leaves_what_a_start_reads(
    after, size, snapshots, heads, length
):
    run = to_seal(after=after, size=size, snapshots=snapshots, heads=heads, length=length)
    if run is None:
        return
    assert run.first == after + 1 <= run.last
    assert run.last in heads
    assert run.last < min(size, *snapshots)
    assert min(size, *snapshots) - 1 - after >= length
    within = [h for h in heads if after < h <= after + length]
    assert run.last == (within[-1] if within else min(h for h in heads if h > after))


@given(after=sizes, size=sizes, snapshots=st.lists(sizes, min_size=1, max_size=3), heads=heads,
       length=st.integers(1, 60))  # fmt: skip
def test_sealing_goes_on_until_less_than_a_segment_is_left_or_no_head_is(
    after, size, snapshots, heads, length
):
    while run := to_seal(after=after, size=size, snapshots=snapshots, heads=heads, length=length):
        after = run.last
    limit = min(size, *snapshots) - 1
    assert limit - after < length or not any(after < h <= limit for h in heads)


def test_without_a_snapshot_nothing_is_sealed():
    assert to_seal(after=0, size=100, snapshots=[], heads=[50], length=10) is None
    assert to_seal(after=0, size=100, snapshots=[90], heads=[50], length=10) == Run(1, 50)


segments = st.lists(st.integers(1, 30), max_size=8).map(
    lambda lengths: [
        Segment(sum(lengths[:i]) + 1, sum(lengths[: i + 1]), pack(sum(lengths[: i + 1]), 0), b"",
                b"", b"", "", bytes([i]) * 32)
        for i in range(len(lengths))
    ]
)  # fmt: skip


@st.composite
def bounds(draw):
    return Bounds(
        cosigned=draw(sizes),
        archived={bytes([i]) * 32 for i in draw(st.sets(st.integers(0, 8)))},
        snapshots=draw(st.lists(sizes, max_size=2)),
        oldest_open=draw(st.integers(1, 400)),
        now_ms=draw(sizes),
        keep_ms=draw(st.integers(0, 50)),
        segments_kept=draw(st.integers(0, 4)),
    )


@given(segments, bounds())
def test_only_whole_segments_from_the_oldest_are_dropped_behind_everything(here, world):
    dropped = to_drop(here, world)
    assert dropped == here[: len(dropped)]
    assert len(here) - len(dropped) >= min(len(here), world.segments_kept)
    for segment in dropped:
        behind = min(world.cosigned, world.oldest_open - 1, *(world.snapshots or [0]))
        assert segment.last <= behind
        assert segment.sha256 in world.archived
        assert segment.hlc >> 16 <= world.now_ms - world.keep_ms
    for index, segment in enumerate(here[len(dropped) :], len(dropped)):
        if index == len(dropped):
            assert holds(segment, len(here) - index - 1, world)


@given(segments, bounds(), st.data())
def test_what_is_further_on_never_lets_go_of_less(here, world, data):
    later = replace(
        world,
        cosigned=world.cosigned + data.draw(sizes),
        oldest_open=world.oldest_open + data.draw(sizes),
        now_ms=world.now_ms + data.draw(sizes),
        snapshots=[size + 1 for size in world.snapshots],
        archived=world.archived | {bytes([data.draw(st.integers(0, 8))]) * 32},
    )
    assert len(to_drop(here, later)) >= len(to_drop(here, world))


@given(segments, bounds())
def test_whatever_holds_a_segment_is_named(here, world):
    """Each reason alone keeps it: with all else out of the way, it is the one that is named."""
    free = Bounds(
        cosigned=999, archived={s.sha256 for s in here}, snapshots=[999], oldest_open=999,
        now_ms=999, keep_ms=0, segments_kept=0,
    )  # fmt: skip
    assert to_drop(here, free) == here
    for name, field in (
        ("cosigned", "cosigned"), ("archive", "archived"), ("snapshot", "snapshots"),
        ("open", "oldest_open"), ("kept", "segments_kept"),
    ):  # fmt: skip
        one = replace(free, **{field: getattr(world, field)})
        for index, segment in enumerate(here):
            assert holds(segment, len(here) - index - 1, one) in {(), (name,)}


def test_no_snapshot_that_holds_means_that_nothing_goes():
    one = Segment(1, 5, 0, b"", b"", b"", "", bytes(32))
    free = Bounds(cosigned=9, archived={bytes(32)}, snapshots=[], oldest_open=9, now_ms=9,
                  keep_ms=0, segments_kept=0)  # fmt: skip
    assert holds(one, 0, free) == ("snapshot",)


def test_names_sort_as_their_runs_do_and_the_refusal_says_where_to_look():
    assert segment_name(9, 100) < segment_name(101, 1_000) < segment_name(10**11, 10**11 + 1)
    refused = PrunedError("edge-07/1", 3, 50)
    assert refused.code == "EN409"
    assert "entry 3 of edge-07/1" in refused.found
    assert "51" in refused.found
    assert "--archive" in refused.do
