import pytest

from edgenode.core.gate.worst_case import Need, draw, need_of, opening_lots
from edgenode.core.seen import Reference
from edgenode.core.state.fx import SAME
from edgenode.core.state.reservations import UnwindKey
from edgenode.daemon.paper import PaperWorld
from edgenode.model.facts import Reserved
from tests.core.gate.orders import check
from tests.core.world import WETH, World, intent

REFERENCE = Reference(150_000, 0, "venue:a")


def need(world, ask, price, reference=REFERENCE):
    rules = world.state.rules
    made = check(world, ask)
    made.reference = reference
    return need_of(made, rules.policy, rules.instruments[WETH], price, SAME)


def paper():
    return World(PaperWorld(venues=("a",)))


def test_a_customer_needs_the_money_or_the_goods_and_no_grant():
    world = paper()
    assert need(world, intent(lots=3, price=150_000), 150_000) == Need(held=3 * 150_000 * 100)
    assert need(world, intent(side="sell", lots=3), 150_000) == Need(held=3)
    keys = [check(world, intent(side=side)).terms.balance for side in ("buy", "sell")]
    assert [key.asset for key in keys] == ["USDC", WETH]


def test_fees_round_up():
    world = paper()
    row = {"account": "desk:overlay", "lots": 1, "event_id": "none"}
    asks = intent(venue="a", **row), intent(venue="local", **row)
    assert [check(world, ask).terms.fee_ppm for ask in asks] == [500, 0]
    # 1 lot at 150.01: notional 1,500,100, fee 750.05 -> 751
    found = need(world, asks[0], 15_001, Reference(15_001, 0, ""))
    assert (found.cost, found.cash) == (751, 1_500_100 + 751)


@pytest.mark.parametrize(
    ("side", "price", "expected"),
    [
        ("buy", 150_100, 100 * 5 * 100), ("buy", 149_900, 0),
        ("sell", 149_900, 100 * 5 * 100), ("sell", 150_100, 0),
    ],
)  # fmt: skip
def test_only_a_limit_worse_than_the_reference_is_adverse(side, price, expected):
    ask = intent(account="desk:book", venue="local", side=side, lots=5)
    assert need(paper(), ask, price).cost == expected


@pytest.mark.parametrize(
    ("held", "others", "expected"),
    [(0, 0, 10), (-4, 0, 6), (-40, 0, 0), (4, 0, 10), (-40, 35, 5), (-40, 60, 10), (-4, 4, 10)],
)
def test_what_closes_opens_nothing_and_others_that_close_come_first(held, others, expected):
    world = paper()
    world.state.positions._net["desk:overlay", WETH] = held
    world.state.orders._open.lots["desk:overlay", WETH, "buy"] = others
    assert opening_lots(world.state, intent(side="buy", lots=10)) == expected


def test_drawing_takes_no_more_than_is_kept_of_the_same_event_and_unit():
    world = paper()
    rows = (
        Reserved(grant="g1", kind="unwind", amount=5, unit="USDC"),
        Reserved(grant="g2", kind="unwind", amount=5, unit="EUR"),
        Reserved(grant="g3", kind="unwind", amount=5, unit="USDC"),
    )
    world.state.reservations.kept[UnwindKey("e1", WETH)] = rows
    found = draw(world.state, UnwindKey("e1", WETH), 7, "USDC")
    assert [(r.grant, r.kind, r.amount) for r in found] == [
        ("g1", "unwind_use", 5), ("g3", "unwind_use", 2),
    ]  # fmt: skip
    assert draw(world.state, UnwindKey("e2", WETH), 7, "USDC") == ()
    assert draw(world.state, UnwindKey("e1", WETH), 0, "USDC") == ()
