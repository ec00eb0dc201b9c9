"""Two tiers never hedge the same risk: over any cut, repetition and reordering of the link.

A node with its overlay and a centre with its core hedge run beside each other. What the centre
knows of the node is a prefix of its ledger, as old as the link makes it; mandates reach the node
late, twice or out of order. Every order of either tier is held, when it is sent, against what both
tiers truly hold.
"""

import random

import pytest

from edgenode.core import node as spine
from edgenode.core.hedge import core
from edgenode.core.hedge.core import MandateProgress
from edgenode.core.observations import CentreSaid, OrderAsked, Reported, Tick
from edgenode.core.state.exposure import Exposure
from edgenode.daemon.paper import PaperWorld
from edgenode.model.errors import RefusedError
from edgenode.model.facts import CoreHedgeSet, OrderSent
from edgenode.model.ids import DESK_BOOK, DESK_OVERLAY
from edgenode.model.ledgers import Entry
from edgenode.model.orders import sign
from edgenode.model.venue import FillReport, Finished
from edgenode.wire import entry as wire_entry
from edgenode.wire import facts as wire_facts
from tests.core.world import CUSTOMER, DOWN, LEDGER, SECOND, WETH, World, intent

BAND = 100
NODE_SLICE, CORE_SLICE = 300, 200
FIGURES = PaperWorld(
    venues=("a",), quote_size_lots=3_000, cost_limit=10**8, event_spend_max=10**8,
    cash_limit=10**9, funds_cash=10**9, position_lots=10**7, funds_lots=10**7,
    gross_max=10**9, loss_max=10**9,
)  # fmt: skip
SETTINGS = CoreHedgeSet(
    at_ns=0, node="edge-07", instrument=WETH, enabled=True, horizon_s=300, slice_s=60,
    slice_lots_max=CORE_SLICE, band_lots=BAND, half_spread_ppm=0, feed="x",
)  # fmt: skip


class Both:
    """A node and a centre, with the link between them as bad as `rng` makes it."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.world = World(FIGURES)
        self.world.policy(net_position_lots_max=10**6)
        self.entries = [r.entry for r in self.world.recorded]
        self.centre = spine.new_state(LEDGER)
        self.progress = MandateProgress()
        self.core_lots = 0
        self.mail = []  # sealed mandates under way, each may be delivered again
        self.sent = []
        self.up = True
        self.cuts = 0.04
        self.handed_over = 0

    # -- what both truly hold ------------------------------------------------------------------

    @property
    def exposed(self):
        return self.world.state.positions.net(DESK_BOOK, WETH)

    @property
    def overlay(self):
        return self.world.state.positions.net(DESK_OVERLAY, WETH)

    def hold(self, lots, before, believed):
        """Hold an order of `lots` against the one bound: what is exposed, truly or as believed."""
        after = abs(self.core_lots + self.overlay + lots)
        one_slice = max(NODE_SLICE, CORE_SLICE)
        limit = max(before, max(abs(self.exposed), believed) + BAND + one_slice)
        assert after <= limit, f"{after} lots hedged of {self.exposed} exposed, bound {limit}"

    # -- the node ------------------------------------------------------------------------------

    def tick(self, number):
        world = self.world
        world.now += 5 * SECOND
        world.publish("a", 150_000, lots=10_000)
        if number % 7 == 3:
            side = "buy" if self.rng.random() < (0.8 if number // 400 % 2 else 0.2) else "sell"
            price = 151_500 if side == "buy" else 148_500
            ask = intent(f"C{number}", side=side, lots=self.rng.randint(10, 200), price=price,
                         time_in_force="ioc")  # fmt: skip
            self.record(OrderAsked(ask, CUSTOMER))
        for recorded in self.record(Tick()):
            if isinstance(recorded.fact, OrderSent):
                self.execute(recorded.fact.order_id)

    def execute(self, order_id):
        gated = self.world.state.orders.orders[order_id].gated
        lots = sign(gated.side) * gated.quantity_lots
        # the node cannot see what core holds, only what it promised: the mandate it adopted
        mandate = self.world.state.mandates.lots(WETH)
        believed = abs(self.exposed) + abs(mandate - self.core_lots)
        self.hold(lots, abs(self.core_lots + self.overlay), believed)
        fill = FillReport(
            venue="a", venue_account="desk", scope="venue", exec_id=f"x{order_id}",
            order_id=order_id, instrument=WETH, side=gated.side,
            quantity_lots=gated.quantity_lots, price_ticks=150_000, fee_minor=1,
            fee_currency="USDC", venue_time_ns=self.world.now,
        )  # fmt: skip
        self.record(Reported(fill))
        done = Finished(venue="a", order_id=order_id, reason="filled",
                        cum_lots=gated.quantity_lots)  # fmt: skip
        self.record(Reported(done))

    def record(self, observation):
        recorded = self.world.observe(observation)
        self.entries += [r.entry for r in recorded]
        self.world.recorded.clear()
        return recorded

    # -- the link ------------------------------------------------------------------------------

    def exchange(self):
        if self.rng.random() < self.cuts:
            self.up = not self.up
        if not self.up:
            return
        upto = self.rng.randint(self.centre.size, len(self.entries))  # some of it, or all
        for entry in self.entries[self.centre.size : upto]:
            spine.evolve(self.centre, entry, wire_facts.decode(entry.kind, entry.body))
        post = self.rng.sample(self.mail, self.rng.randint(0, len(self.mail)))
        post += self.rng.choices(self.sent, k=2) if self.sent else []  # old ones once more
        for data in post:
            try:
                if self.record(CentreSaid(data)):
                    self.mail.remove(data)
            except RefusedError:
                continue  # out of order: it comes again

    # -- the centre ----------------------------------------------------------------------------

    def desk(self):
        state, progress = self.centre, self.progress
        exposure = state.exposure(WETH)
        held = state.mandates.mandates.get(WETH)
        if held is not None:
            order = core.work(SETTINGS, progress, exposure, held.version)
            if order is not None:
                believed = exposure.book.worst
                self.hold(order.lots, abs(self.core_lots + self.overlay), believed)
                self.core_lots += order.lots
                progress.core_lots, progress.worked_version = self.core_lots, held.version
                self.handed_over += 1
        heard = self.world.now if self.up else 0
        adopted = held.version if held else 0
        mandate = core.issue(
            SETTINGS,
            progress,
            exposure,
            adopted,
            now_ns=self.world.now,
            heard_ns=heard,
            priced=True,
        )
        if mandate is not None:
            progress.issued_version = mandate.version
            progress.issued_lots = mandate.quantity_lots
            progress.issued_until = mandate.valid_until
            self.post(mandate)

    def post(self, mandate):
        world = self.world
        world._down_seq += 1
        seq, kind = world._down_seq, type(mandate).__name__
        entry = Entry(seq, world.now // 10**6 << 16, kind, "rule:core", True,
                      seq.to_bytes(16, "big"), wire_facts.encode(mandate))  # fmt: skip
        sealed = wire_entry.seal(DOWN, entry, world._down_prev)
        world._down_prev = sealed.leaf
        self.mail.append(wire_entry.data_of(DOWN, sealed))
        self.sent.append(wire_entry.data_of(DOWN, sealed))


def lived(seed, ticks):
    both = Both(seed)
    for number in range(ticks):
        both.tick(number)
        both.exchange()
        both.desk()
    return both


@pytest.mark.parametrize("seed", range(12))
def test_no_order_of_either_tier_hedges_what_the_other_holds(seed):
    both = lived(seed, 900)
    assert both.handed_over > 5, "a run without handovers proves nothing"
    held = both.world.state.mandates.mandates[WETH]
    assert held.version > 5


def test_after_the_link_is_back_and_the_flow_has_ended_both_meet_at_what_is_exposed():
    both = lived(99, 600)
    both.up, both.cuts = True, 0.0
    for _ in range(1_200):
        both.world.now += 5 * SECOND
        both.world.publish("a", 150_000, lots=10_000)
        for recorded in both.record(Tick()):
            if isinstance(recorded.fact, OrderSent):
                both.execute(recorded.fact.order_id)
        both.exchange()
        both.desk()
    assert abs(both.core_lots + both.exposed) <= BAND
    assert abs(both.core_lots + both.overlay + both.exposed) <= BAND


def test_a_node_that_forgets_the_mandate_is_found(monkeypatch):
    monkeypatch.setattr(Exposure, "target", property(lambda self: -self.agreed))
    with pytest.raises(AssertionError, match="lots hedged of"):
        lived(1, 900)
