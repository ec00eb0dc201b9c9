import pytest

from edgenode.core.gate.worst_case import Need, draw, need_of, opening_lots
from edgenode.core.seen import Reference
from edgenode.core.state.fx import SAME
from edgenode.core.state.programmes import ProgrammeKey
from edgenode.core.state.reservations import KeptRoom
from edgenode.daemon.paper import PaperWorld
from tests.core.gate.orders import check
from tests.core.world import WETH, World, intent

REFERENCE = Reference(150_000, 0, "a")


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
    found = need(world, asks[0], 15_001, Reference(15_001, 0, None))
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


def test_drawing_takes_no_more_than_is_kept_of_the_unit_whatever_the_event():
    world = paper()
    key = ProgrammeKey("desk:overlay", WETH)
    world.state.reservations.kept[key] = (
        KeptRoom("e1", "cost", "g1", "USDC", 3), KeptRoom("e1", "cost", "g2", "EUR", 5),
        KeptRoom("e1", "cash", "g4", "USDC", 9), KeptRoom("e2", "cost", "g1", "USDC", 2),
        KeptRoom("e2", "cost", "g3", "USDC", 5),
    )  # fmt: skip
    found = draw(world.state, key, "unwind_use", 7, "USDC")
    assert [(r.grant, r.kind, r.amount) for r in found] == [
        ("g1", "unwind_use", 5), ("g3", "unwind_use", 2),
    ]  # fmt: skip
    assert draw(world.state, ProgrammeKey("desk:overlay", "x"), "unwind_use", 7, "USDC") == ()
    assert draw(world.state, key, "unwind_use", 0, "USDC") == ()


def test_the_lots_that_close_draw_on_the_reserve_and_those_that_open_reserve_their_own():
    world = paper()
    world.state.positions._net["desk:overlay", WETH] = 6
    key = ProgrammeKey("desk:overlay", WETH)
    world.state.reservations.kept[key] = (KeptRoom("e1", "cost", "g1", "USDC", 100),)
    ask = intent(account="desk:overlay", venue="a", side="sell", lots=10, event_id="none")
    found = need(world, ask, 149_700)
    whole = 10 * (7_485 + 30_000)
    assert [row.amount for row in found.drawn] == [100]
    assert (found.cost, found.spared) == (whole - 100, whole * 6 // 10 - 100)
    assert found.unwind == 4 * (150_300 * 100 * 500 // 1_000_000 + 30_000)  # bought back
