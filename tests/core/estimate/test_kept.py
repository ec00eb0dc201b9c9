"""What is kept of a source goes on as if it had never ended; what cannot be read begins anew."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.estimate import kept
from edgenode.core.estimate.aggregate.aggregate import Aggregate
from edgenode.core.estimate.events import saved as saved_detector
from edgenode.core.estimate.events.detector import Detector
from edgenode.core.estimate.forecast import saved
from edgenode.core.estimate.forecast.signal import Signal
from edgenode.model.errors import RefusedError
from edgenode.wire.canonical import pack
from tests.core.estimate.forecast.series import STEP_S, wandering


def all_of(count):
    signal, detector = Signal(STEP_S, counts=False), Detector(STEP_S, counts=False)
    aggregate = Aggregate(signal)
    aggregate.join("a", STEP_S, counts=False)
    for i, value in enumerate(wandering(3, count)):
        aggregate.hear("a", i * STEP_S, value)
        signal.bar(i * STEP_S, value)
        detector.bar(i * STEP_S, value)
        aggregate.step(i * STEP_S, signal)
    return signal, detector, aggregate


@pytest.mark.parametrize("count", [0, 1, 300, 1_200])
def test_what_is_loaded_says_and_finds_the_same(count):
    signal, detector, aggregate = all_of(count)
    loaded, found, beside = kept.load(kept.save(signal, detector, aggregate))
    assert kept.save(loaded, found, beside) == kept.save(signal, detector, aggregate)
    for i, value in enumerate([9_999.0] * 30, count):
        assert loaded.bar(i * STEP_S, value) == signal.bar(i * STEP_S, value)
        assert found.bar(i * STEP_S, value) == detector.bar(i * STEP_S, value)
        assert beside.step(i * STEP_S, loaded) == aggregate.step(i * STEP_S, signal)


def test_a_forecast_that_was_kept_alone_goes_on_without_the_others():
    signal, detector, _ = all_of(50)
    for older in (saved.save(signal), pack([saved.save(signal), saved_detector.save(detector)])):
        found = kept.load(older)
        assert saved.save(found.signal) == saved.save(signal)
        assert found.aggregate is None
    assert kept.load(saved.save(signal)).detector is None


def test_others_that_cannot_be_read_costs_no_forecast():
    signal, *_ = all_of(50)
    loaded, *others = kept.load(pack([saved.save(signal), b"{}", b"{}"]))
    assert saved.save(loaded) == saved.save(signal)
    assert others == [None, None]


@given(st.binary(max_size=40) | st.lists(st.binary(max_size=9), max_size=4).map(pack))
def test_any_other_bytes_are_refused(data):
    with pytest.raises(RefusedError):
        kept.load(data)
