"""The harness of surges: what it calls found, and what it calls false."""

from typing import Self

import pytest

from tools.benchmarks.recorded import Series
from tools.benchmarks.surges import SURGES, Ratio, lived

STEP_S, DAY = 300, 288


class Scripted:
    """Fires at some bars; or at the n-th bar that is as large as a surge."""

    def __init__(self, fires=(), above=float("inf"), nth=1):
        self.fires, self.above, self.left = fires, above, nth

    def bar(self, at_s: int, value: float | None) -> bool:
        """Take a bar."""
        if value > self.above:
            self.left -= 1
        return at_s in self.fires or (value > self.above and self.left == 0)

    def copied(self) -> Self:
        """Return one that goes on by itself."""
        return type(self)(self.fires, self.above, self.left)


def series(values):
    return Series("x", STEP_S, counts=False, begin_s=0, values=tuple(values))


@pytest.mark.parametrize("nth", [1, 2, 4])
def test_the_delay_ends_with_the_bar_that_raised_the_alarm(nth):
    (found,) = lived(series([100.0] * 12 * DAY), Scripted(above=300.0, nth=nth), (0.5, 1.0))
    assert found.surges > SURGES * 0.9
    assert set(found.delays) == {5.0 * nth}
    assert (found.share(), found.share(4.9), found.median) == (100, 0, 5.0 * nth)


def test_an_alarm_is_false_unless_a_half_hour_beside_it_has_twice_the_usual():
    values = [100.0] * 12 * DAY
    real, behind, false = 8 * DAY, 9 * DAY, 10 * DAY
    values[real - 5 : real + 1] = [250.0] * 6
    values[behind + 1 : behind + 7] = [250.0] * 6
    fires = {at * STEP_S for at in (real, behind, false)}
    (found,) = lived(series(values), Scripted(fires), (0.5, 1.0))
    assert (found.alarms, found.false) == ([real, behind, false], 1)


def test_a_surge_that_nobody_sees_is_not_found():
    (found,) = lived(series([100.0] * 12 * DAY), Scripted(), (0.5, 1.0))
    assert (found.share(), found.a_day) == (0, 0)


def test_the_ratio_fires_above_four_times_the_mean_of_a_day():
    ratio = Ratio(STEP_S)
    assert not any(ratio.bar(i, 100.0) for i in range(DAY))
    assert not ratio.copied().bar(0, 399.0)
    assert ratio.copied().bar(0, 401.0)
