"""Our book against two matching engines by others on one flow: not one execution may differ.

Each operation is an order (limit or, where the peer has it, market) or a cancel. The peers are
development dependencies; they know neither accounts nor time in force. EDGENODE_BOOK_OPS sets the
length of the flow (1,000,000 for the full run).
"""

import logging
import os
import random

import pytest

from edgenode.core.market.book import Matching

OPS = int(os.environ.get("EDGENODE_BOOK_OPS", "100000"))


class Light:
    """lightmatchingengine 2019.1.4."""

    def __init__(self):
        from lightmatchingengine.lightmatchingengine import (  # noqa: PLC0415  a peer of this test
            LightMatchingEngine,
        )

        self.engine = LightMatchingEngine()
        self.ids = {}
        self.names = {}

    def submit(self, name, side, price, lots):
        order, trades = self.engine.add_order("X", price, lots, 1 if side == "buy" else 2)
        self.ids[name] = order.order_id
        self.names[order.order_id] = name
        passive = [t for t in trades if t.order_id != order.order_id]
        return [(self.names[t.order_id], t.trade_price, t.trade_qty) for t in passive]

    def cancel(self, name):
        assert self.engine.cancel_order(self.ids[name], "X") is not None


class PyOrderBook:
    """pyorderbook 0.4.9. Executions are at its own price rule: the resting order's."""

    def __init__(self):
        level = logging.getLogger().level
        import pyorderbook  # noqa: PLC0415  it sets up logging when it is imported

        logging.getLogger().setLevel(level)
        self.made = {"buy": pyorderbook.bid, "sell": pyorderbook.ask}
        self.book = pyorderbook.Book()
        self.orders = {}
        self.names = {}

    def submit(self, name, side, price, lots):
        order = self.made[side]("X", price, lots)
        self.orders[name] = order
        self.names[order.id] = name
        return [
            (self.names[t.standing_order_id], int(t.fill_price), t.fill_quantity)
            for t in self.book.match(order).trades
        ]

    def cancel(self, name):
        self.book.cancel(self.orders.pop(name))


def flow(seed, count):
    """Return (verb, name, side, price, lots): a wandering market, with cancels of what rests."""
    rng = random.Random(seed)
    mid = 10_000
    for number in range(count):
        mid += rng.choice((-1, 0, 0, 1))
        if rng.random() < 0.35:
            yield "cancel", "", "", 0, 0
        else:
            side = rng.choice(("buy", "sell"))
            away = rng.randint(-3, 12)
            price = mid - away if side == "buy" else mid + away
            yield "submit", f"o{number}", side, price, rng.randint(1, 40)


@pytest.mark.campaign
@pytest.mark.parametrize("peer", [Light, PyOrderBook])
def test_not_one_execution_differs(peer):
    ours, theirs, rng = Matching(), peer(), random.Random(1)
    resting, executed, canceled = [], 0, 0
    for number, (verb, name, side, price, lots) in enumerate(flow(20260728, OPS)):
        if verb == "submit":
            # a name of its own: two orders of one account never meet in ours
            fills, resting_lots, _ = ours.submit(name, name, side, price, lots)
            expected = theirs.submit(name, side, price, lots)
            seen = [(resting_id, at, taken) for resting_id, _, at, taken in fills]
            assert seen == expected, f"operation {number}"
            executed += len(seen)
            if resting_lots:
                resting.append(name)
            continue
        while resting:
            index = rng.randrange(len(resting))
            resting[index], gone = resting[-1], resting[index]
            resting.pop()
            if gone in ours:
                ours.remove(gone)
                theirs.cancel(gone)
                canceled += 1
                break
    assert executed > OPS / 4
    assert canceled > OPS / 20


def test_a_market_order_walks_the_same_levels():
    ours, theirs = Matching(), Light()
    for number, (side, price) in enumerate((("sell", 101), ("sell", 103), ("sell", 102))):
        ours.submit(f"o{number}", f"o{number}", side, price, 10)
        theirs.submit(f"o{number}", side, price, 10)
    fills, resting_lots, _ = ours.submit("m", "m", "buy", None, 25, "ioc")
    expected = theirs.submit("m", "buy", 0, 25)
    assert [(resting_id, at, taken) for resting_id, _, at, taken in fills] == expected
    assert resting_lots == 0
