"""An aggregate that is saved and loaded goes on as if nothing had happened."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.estimate.aggregate import saved
from edgenode.core.estimate.forecast import saved as saved_signal
from edgenode.model.errors import RefusedError
from tests.core.estimate.aggregate.feeds import DAY, Stage, leading, target, useless

VALUES = target(days=9)
SOURCES = {"lead": leading(VALUES), "copy": leading(VALUES), "noise": useless(9 * DAY)}
EVENTS = [(day * 86_400, day * 86_400 + 3_600) for day in range(9)]


@settings(max_examples=8)
@given(st.integers(1, 8 * DAY))
def test_saved_and_loaded_it_says_the_same_to_the_last_bit(at):
    plain = Stage(VALUES, SOURCES, events=EVENTS)
    plain.run(at)
    loaded = Stage(VALUES, SOURCES)
    loaded.signal = saved_signal.load(saved_signal.save(plain.signal))
    loaded.aggregate = saved.load(saved.save(plain.aggregate), loaded.signal)
    loaded.at = at
    assert loaded.run() == plain.run()
    assert saved.save(loaded.aggregate) == saved.save(plain.aggregate)


@pytest.mark.parametrize("broken", [b"", b"{}", b"[1]", b"\xff"])
def test_what_is_none_is_refused(broken):
    stage = Stage(VALUES, SOURCES)
    with pytest.raises(RefusedError, match="a saved aggregate that cannot be read"):
        saved.load(broken, stage.signal)


@given(st.integers(0, 10**6))
def test_what_is_cut_off_is_refused(end):
    stage = Stage(VALUES, SOURCES)
    stage.run(30)
    whole = saved.save(stage.aggregate)
    with pytest.raises(RefusedError, match="a saved aggregate that cannot be read"):
        saved.load(whole[: end % len(whole)], stage.signal)


def test_one_of_another_bar_is_refused():
    stage = Stage(VALUES, SOURCES)
    stage.run(30)
    kept = saved.save(stage.aggregate)
    stage.run(31)
    with pytest.raises(RefusedError, match="of another bar"):
        saved.load(kept, stage.signal)
