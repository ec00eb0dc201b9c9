"""A draw from the prior: the same for a seed, within its bounds, the base at its medians."""

import statistics
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from edgenode.sim.popup.prior import (
    BASE,
    NULLS,
    PRIOR,
    Parameters,
    digest,
    drawn,
    placebo,
    prior_digest,
)
from edgenode.sim.popup.world_file import BOUNDS

SEEDS = st.integers(0, 10**9)


@given(SEEDS)
def test_a_draw_is_the_same_again_and_within_its_bounds(seed):
    made = drawn(seed)
    assert made == drawn(seed)
    for name, of in PRIOR.items():
        assert of.at(0.0) <= getattr(made, name) <= of.at(1.0), name
    assert made.fizzles == (made.surge == 1) == (seed % 2 == 1)


def test_the_base_world_has_the_medians_of_many_draws():
    many = [drawn(seed) for seed in range(4_000)]
    for name, of in PRIOR.items():
        base = getattr(BASE, name)
        assert abs(of.at(0.5) - base) < 1e-9, name
        found = statistics.median(getattr(made, name) for made in many)
        assert abs(found - base) <= 0.12 * base, name
    assert statistics.mean(made.fizzles for made in many) == 0.5


def test_its_digest_is_of_every_figure():
    others = [replace(BASE, **{name: bounds[1]}) for name, bounds in BOUNDS.items()]
    told = {digest(p) for p in (BASE, *NULLS.values(), *others)}
    assert len(told) == 1 + len(NULLS) + len(others)


def test_a_prior_of_other_figures_has_another_digest(monkeypatch):
    before = prior_digest()
    assert before == prior_digest()
    monkeypatch.setitem(PRIOR, "informed", PRIOR["informed"]._replace(high=0.2))
    assert prior_digest() != before


def test_a_placebo_differs_in_its_announcement_alone():
    (other,) = placebo(BASE).values()
    assert other != BASE
    assert replace(other, announced_late_min=0.0) == BASE


def test_every_figure_of_a_world_has_bounds_that_hold_the_base_the_nulls_and_the_prior():
    assert set(BOUNDS) == set(Parameters.__dataclass_fields__)
    for name, (low, high) in BOUNDS.items():
        for world in (BASE, *NULLS.values(), *placebo(BASE).values()):
            assert low <= getattr(world, name) <= high, name
        if name in PRIOR:
            assert low <= PRIOR[name].at(0.0) <= PRIOR[name].at(1.0) <= high
