from dataclasses import replace

from edgenode.core.observations import OrderAsked, Reported
from edgenode.core.risk.gross import Gross, event_lots, lots_at, others, worst_at, worth
from tests.core.gate.orders import hedge, ready
from tests.core.gate.test_order_limits import other_instrument
from tests.core.orders.sent import fill
from tests.core.world import WETH, intent


def hedged():
    """Return a world whose overlay holds 40 lots of 100 ordered at a, the rest still open."""
    world = ready()
    gated = world.facts(OrderAsked(hedge(100), "rule:overlay"))[0]
    world.observe(Reported(fill(gated.order_id, lots=40)))
    return world


def test_what_is_held_and_open_counts_whatever_offsets_it():
    world = hedged()
    assert event_lots(world.state, "none", WETH) == 100
    world.observe(OrderAsked(intent("B", account="desk:book", side="sell", lots=70,
                                    price=151_000), "desk"))  # fmt: skip
    assert event_lots(world.state, "none", WETH) == 170
    assert worst_at(world.state, "desk:overlay", "a", WETH) == (40, 100)
    assert lots_at(world.state, "a", WETH) == 100
    assert lots_at(world.state, "local", WETH) == 70
    assert lots_at(world.state, "b", WETH) == 0


def test_an_execution_of_an_unknown_order_counts_at_its_venue():
    world = ready()
    world.observe(Reported(fill("nobody's", lots=9, side="sell")))
    assert lots_at(world.state, "a", WETH) == 9


def test_the_other_instruments_in_money_or_none_where_it_cannot_be_told():
    world = hedged()
    policy = world.state.rules.policy
    assert others(world.state, world.seen, policy, WETH, "none", world.now) == Gross(0, 0)
    name = other_instrument(world)
    each = worth(world.state, world.seen, policy, WETH, world.now)
    assert each == 150_000 * 100
    found = others(world.state, world.seen, policy, name, "none", world.now)
    assert found == Gross(100 * each, 100 * each)
    assert others(world.state, world.seen, policy, name, "drop", world.now).event == 0
    strict = replace(policy, static_reference_ticks=None, reference_venue="nowhere")
    assert others(world.state, world.seen, strict, name, "none", world.now) is None
    assert others(world.state, world.seen, strict, WETH, "none", world.now) == Gross(0, 0)
