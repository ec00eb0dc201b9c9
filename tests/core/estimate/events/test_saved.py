import json

import pytest

from edgenode.core.estimate.events.detector import QUICK, Detector
from edgenode.core.estimate.events.saved import load, save
from edgenode.model.errors import RefusedError
from tests.core.estimate.forecast.series import DAY, STEP_S, wandering


def bars(days=8):
    values = wandering(4, days * DAY)
    return [None if i % 97 == 0 else 7 * v if i % 700 < 12 else v for i, v in enumerate(values)]


@pytest.mark.parametrize("cut", [3, 4 * DAY, 5 * DAY + 7, 7 * DAY + 1])
def test_what_is_loaded_raises_the_same_alarms(cut):
    whole = resumed = Detector(STEP_S, counts=False, spreads=QUICK)
    values = bars()
    for i, value in enumerate(values[:cut]):
        whole.bar(i * STEP_S, value)
    resumed = load(save(whole))
    found = [
        (whole.bar(i * STEP_S, value), resumed.bar(i * STEP_S, value))
        for i, value in enumerate(values[cut:], start=cut)
    ]
    assert all(one == other for one, other in found)
    assert any(one for one, _ in found)
    assert save(whole) == save(resumed)


def test_the_state_is_small():
    detector = Detector(60, counts=False)
    for i, value in enumerate(wandering(5, 6_000, step_s=60)):
        detector.bar(i * 60, value)
    assert len(save(detector)) < 32 * 1024


@pytest.mark.parametrize(
    "cut", [b"", b"{", b"[]", b"null", b'{"version": 2}', b"\xff", b"[" * 9_999]
)
def test_bytes_that_are_no_state_are_refused(cut):
    with pytest.raises(RefusedError, match="cannot be read"):
        load(cut)


def test_a_state_whose_parts_do_not_fit_is_refused():
    whole = json.loads(save(Detector(300, counts=True)))
    for key in set(whole) - {"window", "waiting"}:
        for wrong in (None, "x", [[1]], {}):
            with pytest.raises(RefusedError):
                load(json.dumps({**whole, key: wrong}).encode())
