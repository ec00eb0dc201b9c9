"""What is kept of a source goes on as if it had never ended; what cannot be read begins anew."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.estimate.events.detector import Detector
from edgenode.core.estimate.forecast import kept, saved
from edgenode.core.estimate.forecast.signal import Signal
from edgenode.model.errors import RefusedError
from edgenode.wire.canonical import pack
from tests.core.estimate.forecast.series import STEP_S, wandering


def both(count):
    signal, detector = Signal(STEP_S, counts=False), Detector(STEP_S, counts=False)
    for i, value in enumerate(wandering(3, count)):
        signal.bar(i * STEP_S, value)
        detector.bar(i * STEP_S, value)
    return signal, detector


@pytest.mark.parametrize("count", [0, 1, 300, 1_200])
def test_what_is_loaded_says_and_finds_the_same(count):
    signal, detector = both(count)
    loaded, found = kept.load(kept.save(signal, detector))
    assert kept.save(loaded, found) == kept.save(signal, detector)
    for i, value in enumerate([9_999.0] * 30, count):
        assert loaded.bar(i * STEP_S, value) == signal.bar(i * STEP_S, value)
        assert found.bar(i * STEP_S, value) == detector.bar(i * STEP_S, value)


def test_a_forecast_that_was_kept_alone_goes_on_without_a_detector():
    signal, _ = both(50)
    loaded, found = kept.load(saved.save(signal))
    assert saved.save(loaded) == saved.save(signal)
    assert found is None


def test_a_detector_that_cannot_be_read_costs_no_forecast():
    signal, _ = both(50)
    loaded, found = kept.load(pack([saved.save(signal), b"{}"]))
    assert saved.save(loaded) == saved.save(signal)
    assert found is None


@given(st.binary(max_size=40) | st.lists(st.binary(max_size=9), max_size=4).map(pack))
def test_any_other_bytes_are_refused(data):
    with pytest.raises(RefusedError):
        kept.load(data)
