"""The verdict and its figures, from rows by hand."""

from edgenode.sim.spike.arms import ARMS
from edgenode.sim.spike.summary import summary, text

VENUE = {
    "orders": 3, "asked": 5.0, "filled": 4.0, "cost": 6.0, "cost_bp": 10.0, "behind": 0.5,
}  # fmt: skip


def row(seed, **arms):
    plain = {
        "cost": 10.0, "shortfall": 20.0, "peak_net": 5.0, "rms_net": 1.0, "area": 9.0,
        "within_min": 2.0, "orders": 6, "breaches": 0, "net_by_minute": [0.0, 4.0, -2.0],
        "venues": {"a": VENUE, "b": {**VENUE, "filled": 12.0}}, "digest_equal": True,
    }  # fmt: skip
    return {"seed": seed, "arms": {arm.name: {**plain, **arms.get(arm.name, {})} for arm in ARMS}}


def of(*rows):
    return summary(rows, 0.01)


def without(seed, within=None, **ours):
    return row(
        seed, **{"none-up": {"within_min": None}, "ours-up": {"within_min": within, **ours}}
    )


def test_a_spike_counts_that_is_back_in_time_and_passed_no_cap():
    told = of(without(1, 3.0), without(2), without(3, 3.0, breaches=1), without(4, 0.0))
    assert told["arms"]["ours-up"]["within_12_min"]["share"] == 0.5
    assert told["arms"]["ours-up"]["within_min_max"] is None
    assert told["verdict"].startswith("In 50% of 4 spikes of 4 times the demand")
    assert "0% without overlay" in told["verdict"]


def test_the_verdict_says_what_the_late_venue_took_and_whether_it_misled():
    dear = [row(n, **{"prompt-up": {"cost": 7.0 + n / 10}}) for n in range(6)]
    told = of(*dear)
    assert "took 75% of the hedges" in told["verdict"]
    assert "0.50 USDC a spike dearer than a's price" in told["verdict"]
    assert "all hedges cost 2.75 USDC more than with a prompt b" in told["verdict"]
    alike = [row(n, **{"prompt-up": {"cost": 10.0 + (-1) ** n}}) for n in range(6)]
    assert "no more than chance beside a prompt b" in of(*alike)["verdict"]


def test_costs_in_basis_points_are_of_all_that_was_traded():
    small = {"a": {**VENUE, "cost": 1.0, "cost_bp": 1.0}, "b": VENUE}
    told = of(row(1), row(2, **{"ours-up": {"venues": small}}))
    assert told["arms"]["ours-up"]["venues"]["a"]["cost_bp"] == 4.38  # 7 of .6 + 1


def test_no_hedges_at_a_venue_have_no_price():
    none = dict.fromkeys(VENUE, 0) | {"cost_bp": None}
    told = of(row(1, **{"single-up": {"venues": {"a": VENUE, "b": none}}}))
    assert told["arms"]["single-up"]["venues"]["b"]["cost_bp"] is None
    assert "in the one seed" in text(told)


def test_books_that_differ_are_all_that_is_said():
    told = of(row(1, **{"ours-cut": {"digest_equal": False}}))
    assert not told["digest_equal"]
    assert told["verdict"] == "The books of node and centre differ: nothing here counts."


def test_one_spike_does_not_tell_what_a_lag_costs():
    assert "one spike does not tell" in of(row(1))["verdict"]
