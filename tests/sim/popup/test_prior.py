"""A draw from the prior: the same for a seed, within its bounds, the base at its medians."""

import statistics
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from edgenode.sim.popup.prior import BASE, NULLS, REFILL_S, digest, drawn

SEEDS = st.integers(0, 10**9)


@given(SEEDS)
def test_a_draw_is_the_same_again_and_within_its_bounds(seed):
    made = drawn(seed)
    assert made == drawn(seed)
    assert REFILL_S[0] <= made.refill_s <= REFILL_S[1]
    assert 0.3 <= made.impact_exponent <= 1
    assert 0 <= made.informed <= 0.3
    assert 1 <= made.overlay_cost <= 5
    assert 0 <= made.outage_min <= 60
    assert made.fizzles == (made.surge == 1)


def test_the_base_world_has_the_medians_of_many_draws():
    many = [drawn(seed) for seed in range(4_000)]
    for name in ("impact_exponent", "informed", "overlay_cost", "outage_min"):
        found = statistics.median(getattr(made, name) for made in many)
        assert abs(found / getattr(BASE, name) - 1) < 0.06, name
    assert abs(statistics.median(made.refill_s for made in many) / BASE.refill_s - 1) < 0.12
    assert 0.45 < statistics.mean(made.fizzles for made in many) < 0.55


def test_its_digest_is_of_every_figure():
    told = {digest(p) for p in (BASE, *NULLS.values(), replace(BASE, informed=0.16))}
    assert len(told) == 2 + len(NULLS)
