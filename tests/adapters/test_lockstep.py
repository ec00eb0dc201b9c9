"""Market time that waits: no reader ever sees it beyond its end, and it goes on from there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.adapters import lockstep
from edgenode.adapters.clock import MarketTime, WallClock
from edgenode.adapters.lockstep import SLOTS_MAX, LockstepClock, LockstepFile, market_clock, taker
from edgenode.model.errors import RefusedError

BEGIN = 1_658_943_600 * 10**9
SECOND = 10**9
times = st.integers(0, 10 * SECOND)


@pytest.fixture
def boot(monkeypatch):
    """The machine's boot clock, moved by hand."""
    at = [7 * SECOND]
    monkeypatch.setattr(lockstep, "_boot_ns", lambda: at[0])
    return at


def test_it_stands_still_until_it_is_begun_and_runs_at_its_speed_until_its_end(tmp_path, boot):
    file = LockstepFile.create(tmp_path / "t", BEGIN)
    clock = LockstepClock(LockstepFile(tmp_path / "t"), 0, speed=60)
    boot[0] += SECOND
    assert clock.now_ns() == BEGIN
    file.anchor(BEGIN, BEGIN + 90 * SECOND)
    boot[0] += SECOND
    assert clock.now_ns() == BEGIN + 60 * SECOND
    boot[0] += SECOND
    assert clock.now_ns() == BEGIN + 90 * SECOND
    file.anchor(BEGIN + 90 * SECOND)
    boot[0] += SECOND
    assert clock.now_ns() == BEGIN + 150 * SECOND


@given(st.lists(st.tuples(times, times), min_size=1, max_size=8), st.integers(1, 600))
def test_it_never_goes_back_nor_beyond_its_end(tmp_path_factory, moves, speed):
    path = tmp_path_factory.mktemp("lockstep") / "t"
    boot = [SECOND]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lockstep, "_boot_ns", lambda: boot[0])
        file = LockstepFile.create(path, BEGIN)
        clock, ends, last = LockstepClock(file, 0, speed), BEGIN, BEGIN
        for passes, further in moves:
            boot[0] += passes
            now = clock.now_ns()
            assert last <= now <= ends
            ends, last = ends + further, now
            if now == ends - further:
                file.anchor(now, ends)
            else:
                file.extend(ends)
            assert clock.now_ns() == now


def test_each_participant_says_what_it_took_in_its_own_slot(tmp_path):
    file = LockstepFile.create(tmp_path / "t", BEGIN)
    for slot in range(SLOTS_MAX):
        LockstepClock(LockstepFile(tmp_path / "t"), slot, speed=1).took(BEGIN + slot)
    assert [file.taken(slot) for slot in range(SLOTS_MAX)] == [BEGIN + n for n in range(SLOTS_MAX)]
    assert file.read()[0] == BEGIN


def test_a_half_written_anchor_is_read_again(tmp_path, boot):
    file = LockstepFile.create(tmp_path / "t", BEGIN)
    whole = bytes(file._map[:32])
    torn = [bytes(8) + whole[8:], whole]

    class Torn:
        """A mapping that another process writes while it is read."""

        def read(self, anchor):
            return anchor.unpack_from(torn.pop(0) if len(torn) > 1 else torn[0])

    file.anchor(BEGIN)
    reads = []

    class Anchor:
        def unpack_from(self, _):
            reads.append(1)
            return Torn().read(lockstep.struct.Struct(">QQQQ"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lockstep, "ANCHOR", Anchor())
        assert file.read()[0] == BEGIN
    assert len(reads) == 2


def test_a_configuration_chooses_its_clock_and_nobody_waits_for_the_others(tmp_path):
    LockstepFile.create(tmp_path / "t", BEGIN)
    wall = WallClock()
    assert market_clock(MarketTime(), wall) is wall
    plain = market_clock(MarketTime(from_ns=BEGIN, speed=60), wall)
    assert plain.now_ns() >= BEGIN
    taker(plain)(BEGIN)
    timing = MarketTime(from_ns=BEGIN, lockstep_file=str(tmp_path / "t"), lockstep_slot=3)
    waiting = market_clock(timing, wall)
    taker(waiting)(BEGIN + 5)
    assert LockstepFile(tmp_path / "t").taken(3) == BEGIN + 5


@pytest.mark.parametrize("content", [None, b"", b"short"])
def test_a_file_that_is_none_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "t").write_bytes(content)
    with pytest.raises(RefusedError) as caught:
        LockstepFile(tmp_path / "t")
    assert caught.value.code == "EN006"
    assert "lockstep_file" in caught.value.do
