"""A venue's whole view against our books: what differs, for how long, and after a restore."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.observations import OrderAsked, Reconciled, Reported
from edgenode.core.venues.reconciliation import DIFFERENCES_MAX, compare, unlisted
from edgenode.daemon.paper import PaperWorld
from edgenode.model.ids import DESK_OVERLAY
from edgenode.model.venue import Acked, FillReport, MassStatus, VenueView
from tests.core.world import SECOND, WETH, World, intent


class Node:
    """A node with a working order of 60 lots at venue a, 20 of them executed."""

    def __init__(self):
        world = self.world = World(PaperWorld(venues=("a", "b")))
        world.publish("a", 150_000)
        ask = intent("H", account=DESK_OVERLAY, venue="a", lots=60, price=150_300)
        self.order_id = world.facts(OrderAsked(ask, "rule:overlay"))[0].order_id
        world.observe(Reported(Acked(venue="a", order_id=self.order_id)))
        self.fill = FillReport(
            venue="a", venue_account="desk", scope="a", exec_id="x1", order_id=self.order_id,
            instrument=WETH, side="buy", quantity_lots=20, price_ticks=150_000, fee_minor=7,
            fee_currency="USDC", venue_time_ns=1,
        )  # fmt: skip
        world.observe(Reported(self.fill))
        self.status = MassStatus(
            venue="a", open_orders=(view(self.order_id, 20),), fills=(), cursor=2,
            balances={"USDC": 150_000 * 10**6 - 150_000 * 20 * 100 - 7, WETH: 10_020},
            positions={WETH: 20},
        )  # fmt: skip

    def differences(self, **changes):
        found = compare(self.world.state, replace(self.status, **changes))
        return {(one.type, one.subject): (one.venue_says, one.we_say) for one in found}

    def reconciled(self, venue="a", *, lasting=True, **changes):
        status = replace(self.status, venue=venue, **changes)
        found = compare(self.world.state, status)
        told = Reconciled(venue=venue, differences=found, lasting=found if lasting else ())
        return [type(fact).__name__ for fact in self.world.facts(told)]

    def node_state(self):
        return self.world.state.restrictions.level()


def view(order_id, cum):
    return VenueView(order_id=order_id, state="working", cum_lots=cum, fills=())


def test_a_venue_that_shows_what_we_know_differs_in_nothing():
    node = Node()
    assert node.differences() == {}
    assert node.reconciled() == []


def test_every_other_position_balance_and_order_is_a_difference():
    node = Node()
    unknown = (*node.status.open_orders, view("NOT-OURS", 3))
    assert node.differences(positions={WETH: 19}) == {
        ("position_mismatch", f"a/{WETH}"): ("0.19 WETH", "0.20 WETH")
    }
    assert node.differences(positions={}) == {
        ("position_mismatch", f"a/{WETH}"): ("0.00 WETH", "0.20 WETH")
    }
    assert node.differences(positions={WETH: 20, "B-USDC": 1}) == {
        ("position_mismatch", "a/B-USDC"): ("1 lots", "0 lots")
    }
    cash = {**node.status.balances, "USDC": 1}
    ((key, told),) = node.differences(balances=cash).items()
    assert key == ("balance_mismatch", "a/USDC")
    assert told == ("0.000001 USDC", "149699.999993 USDC")
    assert node.differences(open_orders=unknown) == {
        ("open_order", "a/NOT-OURS"): ("it works, 3 lots executed", "no such order")
    }


def test_a_break_tells_money_and_quantities_not_smallest_units():
    node = Node()
    node.reconciled(balances={"USDC": 150_000 * 10**6, WETH: 10_020, "XYZ": 7})
    told = {b.subject: b.detail for b in node.world.state.breaks.open.values()}
    assert told == {
        "a/USDC": "the venue says 150000.00 USDC, we say 149699.999993 USDC",
        "a/XYZ": "the venue says 7 smallest units of XYZ, scale unknown, "
        "we say 0 smallest units of XYZ, scale unknown",
    }


def test_within_what_is_disputed_positions_and_balances_may_be_anything():
    node = Node()
    node.world.observe(Reported(replace(node.fill, quantity_lots=25)))
    assert node.world.state.fills.span(DESK_OVERLAY, WETH) == (0, 5)
    for lots in (20, 23, 25):
        assert node.differences(positions={WETH: lots}) == {}
    assert node.differences(positions={WETH: 26}) == {
        ("position_mismatch", f"a/{WETH}"): ("0.26 WETH", "0.20 WETH to 0.25 WETH")
    }
    assert node.differences(balances=OPENING) == {
        ("balance_mismatch", "a/USDC"): (
            "150000.00 USDC", "149624.999993 USDC to 149699.999993 USDC",
        ),
        ("balance_mismatch", f"a/{WETH}"): ("100.00 WETH", "100.20 WETH to 100.25 WETH"),
    }  # fmt: skip


@given(
    st.integers(1, 60), st.integers(149_000, 151_000), st.integers(-(10**9), 10**9), st.booleans()
)
def test_a_dispute_hides_no_more_than_it_may_have_moved(lots, price, away, before):
    """Whichever version is true; and a difference that was found does not close meanwhile."""
    node = Node()
    cash = node.status.balances["USDC"]
    if before:
        node.world.restrict("node", "reducing", "restore:a")
        node.reconciled(balances={"USDC": cash + 1, WETH: 10_020})
    told = replace(node.fill, quantity_lots=lots, price_ticks=price)
    node.world.observe(Reported(told))
    moved = cash + (20 * 150_000 - lots * price) * 100
    for amount in (cash, moved):
        found = node.differences(balances={"USDC": amount + away, WETH: 10_020})
        inside = min(cash, moved) <= amount + away <= max(cash, moved)
        assert (("balance_mismatch", "a/USDC") in found) == (not inside)
    node.reconciled()
    disputed = moved != cash
    still = "balance_mismatch:a/USDC" in node.world.state.breaks.open
    assert still == (before and disputed)
    assert (("node", "restore:a") in node.world.restricted()) == (before and disputed)


def test_a_lasting_difference_is_a_break_until_a_look_finds_it_no_more():
    node = Node()
    wrong = {"positions": {WETH: 19}}
    assert node.reconciled(lasting=False, **wrong) == []
    assert node.reconciled(**wrong) == ["BreakOpened"]
    assert node.reconciled(**wrong) == []
    assert node.reconciled("b", positions={}, balances=OPENING, open_orders=()) == []
    assert node.reconciled(lasting=False, **wrong) == []  # still seen: stays
    assert node.reconciled() == ["BreakClosed"]
    node.world.assert_refolds()


OPENING = {"USDC": 150_000 * 10**6, WETH: 10_000}
OTHER = {"positions": {}, "balances": OPENING, "open_orders": ()}


def test_our_working_orders_that_a_venue_does_not_show_are_asked_about():
    node = Node()
    assert unlisted(node.world.state, node.status) == []
    assert unlisted(node.world.state, replace(node.status, open_orders=())) == [node.order_id]
    assert unlisted(node.world.state, replace(node.status, venue="b", open_orders=())) == []


def test_a_venue_that_shows_nonsense_is_a_bounded_number_of_breaks_that_fit_an_entry():
    node = Node()
    orders = tuple(view(f"N{n}", 2**70) for n in range(500))
    balances = {"\ud800" * 70_000: 2**70, **node.status.balances}
    node.reconciled(open_orders=orders, balances=balances)
    assert 0 < len(node.world.state.breaks.open) <= DIFFERENCES_MAX
    node.world.assert_refolds()
    node.reconciled()
    assert node.world.state.breaks.open == {}


def listed(world, *order_ids, epoch="e1", cursor=9, **more):
    orders = tuple(
        VenueView(order_id=id_, state="working", cum_lots=0, fills=()) for id_ in order_ids
    )
    status = MassStatus(
        venue="a", open_orders=orders, fills=(), balances={}, positions={}, cursor=cursor,
        epoch=epoch, **more,
    )  # fmt: skip
    return world.facts(Reconciled(venue="a", differences=(), lasting=(), status=status))


def test_a_listed_order_was_heard_of_and_a_missing_one_was_not():
    world = World(PaperWorld(venues=("a",), overlay_enabled=False, answer_s=10))
    world.publish("a", 150_000)
    ids = []
    for name in ("ONE", "TWO"):
        ask = intent(name, account=DESK_OVERLAY, venue="a", lots=10, price=150_100)
        ids.append(world.facts(OrderAsked(ask, "rule:overlay"))[0].order_id)
        world.observe(Reported(Acked(venue="a", order_id=ids[-1])))
    sent_ns = world.now
    world.now += 60 * SECOND
    (read,) = listed(world, ids[0])
    assert read.missing == (ids[1],)
    orders = world.state.orders.orders
    assert [orders[id_].heard_ns for id_ in ids] == [world.now, sent_ns]
    world.now += 9 * SECOND
    assert listed(world, ids[0], ids[1])  # the second is renewed
    assert listed(world, ids[0], ids[1]) == []  # and nothing is old now
    world.assert_refolds()


def test_another_epoch_is_recorded_as_numbers_that_began_anew():
    world = World()
    assert [fact.began_anew for fact in listed(world)] == [False]
    assert [fact.began_anew for fact in listed(world, epoch="e2", cursor=9)] == [True]
    assert [fact.began_anew for fact in listed(world, epoch="e2", cursor=3, began_anew=True)] == [
        True
    ]
