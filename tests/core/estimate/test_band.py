import pytest

from edgenode.core.estimate.band import fixed, proportional

FIGURES = {"risk_aversion": 2e-5, "s_target": 30.0, "s_price": 1.5}


@pytest.mark.parametrize(("form", "exponent"), [(proportional, 1 / 3), (fixed, 1 / 4)])
def test_widths_grow_with_cost_as_the_closed_form_says(form, exponent):
    ratio = form(cost=8.0, **FIGURES) / form(cost=1.0, **FIGURES)
    assert ratio == pytest.approx(8**exponent)


def test_the_proportional_width_by_hand():
    # (3 x 0.5 x 900 / (2 x 2e-5 x 2.25))^(1/3) = (1.5e7)^(1/3)
    assert proportional(cost=0.5, **FIGURES) == pytest.approx(15e6 ** (1 / 3))
