"""A clock that stands before the day of this release begins nothing, at the box or the centre."""

import pytest

from edgenode.adapters import clock
from edgenode.adapters.clock import MarketTime, WallClock, check_released
from edgenode.adapters.lockstep import market_clock
from edgenode.central import folder as central_folder
from edgenode.daemon.folder import folder
from edgenode.model.errors import RefusedError

DAY_NS = 86_400 * 10**9


@pytest.mark.parametrize(
    "begin",
    [central_folder.init, lambda data: folder.init(data, node_id="edge-07", mode="live")],
    ids=["centre", "box"],
)
def test_nothing_begins_by_a_clock_that_cannot_be_right(tmp_path, begin, monkeypatch):
    monkeypatch.setattr(clock, "RELEASED", "2199-01-01")  # so that this machine's is before it
    with pytest.raises(RefusedError, match="the clock of this machine says 20") as told:
        begin(tmp_path / "data")
    assert (told.value.code, told.value.exit_code) == ("EN011", 6)
    assert list(tmp_path.iterdir()) == []


def test_the_day_of_the_release_itself_is_believed(monkeypatch):
    monkeypatch.setattr(clock, "RELEASED", "1970-01-11")
    check_released(10 * DAY_NS)
    for ns in (0, 10 * DAY_NS - 1):
        with pytest.raises(RefusedError):
            check_released(ns)


def test_a_drills_time_stands_until_its_file_says_when_it_began(tmp_path, monkeypatch):
    file, wall = tmp_path / "begun", 10**18
    monkeypatch.setattr(clock.time, "time_ns", lambda: wall)
    timing = MarketTime(from_ns=5_000, speed=60, start_file=str(file))
    made = market_clock(timing, WallClock())
    for text in (None, "", "soon"):
        if text is not None:
            file.write_text(text)
        assert made.now_ns() == 5_000
    file.write_text(str(wall - 7))
    assert made.now_ns() == 5_000 + 7 * 60
    file.unlink()
    assert made.now_ns() == 5_000 + 7 * 60, "it goes on without it"


def test_two_ways_to_begin_are_refused():
    with pytest.raises(ValueError, match="give one"):
        MarketTime(from_ns=1, start_file="a", lockstep_file="b")
