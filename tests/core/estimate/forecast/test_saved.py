import json

import pytest

from edgenode.core.estimate.forecast.saved import load, save
from edgenode.core.estimate.forecast.signal import Signal
from edgenode.model.errors import RefusedError
from tests.core.estimate.forecast.series import fed, wandering


@pytest.mark.parametrize("step_s", [60, 300, 1_800])
def test_what_is_loaded_goes_on_with_the_same_quantiles_and_chances(step_s):
    values = wandering(9, 900, step_s=step_s)
    whole, cut = Signal(step_s, counts=False), Signal(step_s, counts=False)
    fed(whole, values[:500])
    fed(cut, values[:500])
    cut = load(save(cut))
    for i in range(500, 900):
        value = None if i % 97 == 0 else values[i]
        assert whole.bar(i * step_s, value) == cut.bar(i * step_s, value)
        assert whole.probabilities() == cut.probabilities() != {}
        assert whole.usual() == cut.usual()


def test_the_state_is_small():
    signal = Signal(60, counts=False)
    fed(signal, wandering(10, 4_000, step_s=60))
    assert len(save(signal)) <= 256 * 1024


@pytest.mark.parametrize(
    "cut", [b"", b"{", b"[]", b"null", b'{"version": 2}', b"\xff", b"[" * 9_999]
)
def test_bytes_that_are_no_state_are_refused(cut):
    with pytest.raises(RefusedError, match="cannot be read"):
        load(cut)


def test_a_state_whose_parts_do_not_fit_is_refused():
    signal = Signal(300, counts=True)
    fed(signal, wandering(11, 20))
    whole = json.loads(save(signal))
    for key in set(whole) - {"said", "values", "made", "newest_s"}:
        for wrong in ([], None, "x", [[1]], {}):
            with pytest.raises(RefusedError):
                load(json.dumps({**whole, key: wrong}).encode())
