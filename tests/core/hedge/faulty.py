"""A market with a desk, customers and venues that lose answers, for measuring the overlay.

The truth is kept here, apart from the product: what each venue really executed. Arms differ only
in what the node is told, and when:

    oracle   every outcome at once: filled, or rejected
    answers  nothing at first; asked, the venue tells after 5 s what it executed, or after 15 s
             that it never heard of the order
    silent   of a lost order nothing, ever
    naive    lost orders are believed to have failed, and are hedged again (the usual bug)
"""

import random
from dataclasses import dataclass, field

from edgenode.core.observations import OrderAsked, Reported, Tick
from edgenode.daemon.paper import PaperWorld
from edgenode.model.facts import OrderSent
from edgenode.model.ids import DESK_BOOK, DESK_OVERLAY
from edgenode.model.orders import sign
from edgenode.model.venue import FillReport, Finished, NotAnswered, NotKnown
from tests.core.world import CUSTOMER, SECOND, WETH, World, intent

TICK_S = 5
SLICE_TICKS = 6
BAND, SLICE = 100, 300
FIGURES = PaperWorld(
    venues=("a", "b"), quote_size_lots=3_000, cost_limit=10**8, event_spend_max=10**8,
    cash_limit=10**9, funds_cash=10**9, position_lots=10**7, funds_lots=10**7,
    gross_max=10**9, loss_max=10**9,
)  # fmt: skip


@dataclass
class Arm:
    """One run; `area` sums |true net exposure| over ticks, `worst` is the largest breach."""

    kind: str
    over_hedge: int = 0
    faults: int = 0
    area: int = 0
    over: int = 0
    later: list[tuple[int, object]] = field(default_factory=list)
    true_overlay: int = 0

    orders: int = 0
    slow: int = 1  # ticks until a venue answers
    mute: str = ""  # the only venue that loses anything; "" = all do

    def measure(self, world):
        exposed = abs(world.state.positions.net(DESK_BOOK, WETH))
        self.over = max(self.over, abs(self.true_overlay) - exposed)


def run(kind, seed, ticks, *, over_hedge=0, share=0.5, mute="", slow=1):
    """Run one arm; the same seed gives the same customers, and the same luck of each order."""
    arm = Arm(kind, over_hedge, mute=mute, slow=slow)
    world = World(FIGURES)
    world.policy(over_hedge_lots=over_hedge, over_hedge_after_s=30, net_position_lots_max=10**6)
    customers = random.Random(seed)
    for number in range(ticks):
        world.now += TICK_S * SECOND
        for venue in "ab":
            world.publish(venue, 150_000, lots=10_000)
        due = [event for at, event in arm.later if at <= number]
        arm.later = [(at, event) for at, event in arm.later if at > number]
        for event in due:
            world.observe(Reported(event))
        if number % SLICE_TICKS == 3:
            trade(world, customers, number)
        before = hedge_ends(world)
        for recorded in world.observe(Tick()):
            if isinstance(recorded.fact, OrderSent):
                arm.orders += 1
                if kind != "naive":
                    bound(arm, world, before, recorded.fact.order_id)
                arm.measure(world)
                luck = random.Random(f"{seed}/{number}")
                send(arm, world, recorded.fact.order_id, number, luck, share)
        net = world.state.positions.net(DESK_BOOK, WETH) + arm.true_overlay
        arm.area += abs(net)
        world.recorded.clear()
    return arm, world


def trade(world, customers, number):
    """Let a customer trade against the desk; more buy for a while, then more sell."""
    side = "buy" if customers.random() < (0.8 if number // 600 % 2 == 0 else 0.2) else "sell"
    lots = customers.randint(10, 120)
    price = 151_500 if side == "buy" else 148_500
    ask = intent(f"C{number}", side=side, lots=lots, price=price, time_in_force="ioc")
    world.observe(OrderAsked(ask, CUSTOMER))


def send(arm, world, order_id, number, luck, share):
    """Let a venue execute an order or never hear it, and tell the node as this arm is told."""
    gated = world.state.orders.orders[order_id].gated
    lost, executed = luck.random() < share, luck.random() < 0.5
    if gated.venue == "b" and arm.mute == "a":
        lost = False
    fill = FillReport(
        venue=gated.venue, venue_account="desk", scope="venue", exec_id=f"x{order_id}",
        order_id=order_id, instrument=WETH, side=gated.side, quantity_lots=gated.quantity_lots,
        price_ticks=150_000, fee_minor=1, fee_currency="USDC", venue_time_ns=world.now,
    )  # fmt: skip
    done = Finished(
        venue=gated.venue, order_id=order_id, reason="filled", cum_lots=gated.quantity_lots
    )
    if executed or not lost:
        arm.true_overlay += sign(gated.side) * gated.quantity_lots
    if not lost:
        tell(world, fill, done)
        return
    arm.faults += 1
    if arm.kind == "oracle":
        rejected = Finished(venue=gated.venue, order_id=order_id, reason="rejected", cum_lots=0)
        tell(world, *((fill, done) if executed else (rejected,)))
        return
    if arm.kind == "naive":
        tell(world, Finished(venue=gated.venue, order_id=order_id, reason="rejected", cum_lots=0))
        return
    tell(world, NotAnswered(venue=gated.venue, order_id=order_id, detail="no answer"))
    if arm.kind == "answers":  # the executor asks
        if executed:
            arm.later += [(number + arm.slow, fill), (number + arm.slow, done)]
        else:
            absent = NotKnown(venue=gated.venue, order_id=order_id)
            arm.later += [(number + arm.slow, absent), (number + arm.slow + 2, absent)]


def tell(world, *events):
    for event in events:
        world.observe(Reported(event))


def hedge_ends(world):
    """Return what the overlay may hold at worst, from the node's own books: (lowest, highest)."""
    held = world.state.positions.net(DESK_OVERLAY, WETH)
    orders = [o for o in world.state.orders.at_venues() if o.gated.account == DESK_OVERLAY]
    buys = sum(o.remaining_lots for o in orders if o.gated.side == "buy")
    sells = sum(o.remaining_lots for o in orders if o.gated.side == "sell")
    return held - sells, held + buys


def bound(arm, world, before, order_id):
    """Hold an act against the one bound: no order's worst case may pass it."""
    exposed = abs(world.state.positions.net(DESK_BOOK, WETH))
    limit = max(*map(abs, before), exposed + BAND + SLICE + arm.over_hedge)
    after = max(map(abs, hedge_ends(world)))
    assert after <= limit, f"{order_id}: {after} lots, the bound is {limit}"
