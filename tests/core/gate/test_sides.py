"""A side of the quote gets the most lots that the gate would let an order of the desk have."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.gate import risk_limits
from edgenode.core.gate.check import NOTHING_REPLACED
from edgenode.core.gate.sides import Sides
from tests.core.gate.orders import codes, ready
from tests.core.world import WETH, intent
from tests.examples import examples

MILLION = 10**6
limits = st.fixed_dictionaries(
    {
        "order_notional_max": st.integers(0, 900_000 * MILLION),
        "net_position_lots_max": st.integers(0, 600),
        "gross_notional_max": st.integers(0, 900_000 * MILLION),
        "open_notional_max": st.integers(0, 900_000 * MILLION),
    }
)
rooms = st.fixed_dictionaries(
    {
        "cash_limit": st.integers(0, 9_000),
        "funds_cash": st.integers(0, 9_000),
        "funds_lots": st.integers(0, 600),
        "position_lots": st.integers(0, 600),
    }
)


def lots(world, side, price, wanted, reducing=0):
    policy, instrument = world.state.rules.policy, world.state.rules.instruments[WETH]
    exposure = world.exposure()
    judged = Sides(
        world.state, world.seen, policy, instrument, NOTHING_REPLACED, exposure, world.now
    )
    return judged.lots(side, price, wanted, reducing)


@settings(max_examples=examples(150))
@given(rooms, limits, st.sampled_from(["buy", "sell"]), st.integers(1, 500))
def test_what_a_side_gets_the_gate_would_pass(figures, policy, side, wanted):
    world = ready(**figures)
    world.policy(**policy)
    price = 149_900 if side == "buy" else 150_100
    found = lots(world, side, price, wanted)
    assert 0 <= found <= wanted
    ask = intent("D", account="desk:book", side=side, price=price, lots=found or wanted)
    if found:
        assert codes(world, ask) == []
    else:
        assert codes(world, ask) != []


@settings(max_examples=examples(60))
@given(rooms, st.integers(0, 900_000 * MILLION), st.sampled_from(["buy", "sell"]))
def test_a_side_cut_to_money_and_size_is_cut_no_further_than_it_must(figures, notional, side):
    world = ready(**figures)
    world.policy(order_notional_max=notional)
    price = 149_900 if side == "buy" else 150_100
    found = lots(world, side, price, 500)
    if found < 500:
        more = intent("D", account="desk:book", side=side, price=price, lots=found + 1)
        assert codes(world, more) != []


def test_what_limits_deny_is_cut_to_what_reduces():
    world = ready()
    world.policy(gross_notional_max=0)
    assert lots(world, "buy", 149_900, 50) == 0
    assert lots(world, "buy", 149_900, 50, reducing=7) == 0  # nothing is short: it does not
    world.policy(restricted=(WETH,))
    assert lots(world, "buy", 149_900, 50) == 0


@pytest.mark.skipif(risk_limits.__file__.endswith(".so"), reason="compiled: nothing is replaced")
def test_losses_are_looked_up_once_for_both_sides_of_a_quote(monkeypatch):
    world, looked = ready(), []
    losses = risk_limits._losses
    monkeypatch.setattr(risk_limits, "_losses", lambda *of: looked.append(of) or losses(*of))
    policy, instrument = world.state.rules.policy, world.state.rules.instruments[WETH]
    judged = Sides(
        world.state, world.seen, policy, instrument, NOTHING_REPLACED, world.exposure(), world.now
    )
    assert judged.lots("buy", 149_900, 50, 0) == judged.lots("sell", 150_100, 50, 0) == 50
    assert len(looked) == 1
