"""An invented node for measuring: a paper world without tight limits, one step at a time.

Everything is decided and evolved by the product's own core; only the figures are made up.
"""

from dataclasses import replace

from edgenode.core import node
from edgenode.core.observations import Born, CentreSaid, Observation, OrderAsked, Started
from edgenode.core.past import past_of
from edgenode.core.seen import Seen
from edgenode.daemon import paper
from edgenode.model.facts import Fact, Genesis
from edgenode.model.hlc import Hlc
from edgenode.model.ids import DESK_OVERLAY, Actor, ClientOrderId, InstrumentId, VenueId
from edgenode.model.ledgers import Entry, LedgerId
from edgenode.model.orders import OrderIntent, Side
from edgenode.model.venue import BookView
from edgenode.wire import entry as wire_entry
from edgenode.wire import facts as wire_facts

SECOND = 1_000_000_000
START = 1_658_943_600 * SECOND  # 2022-07-27T17:40:00Z
LEDGER = LedgerId("bench", "main", 1)
DOWN = LedgerId("paper", ">bench", 1)
VENUES = ("a", "b")
MIDDLE = 150_000
PLENTY = 1_000_000_000_000
WETH = paper.WETH_USDC
AMPLE = paper.PaperWorld(
    order_notional_max=PLENTY // 1_000,
    event_spend_max=PLENTY // 1_000,
    cash_limit=PLENTY,
    cost_limit=PLENTY,
    position_lots=PLENTY,
    over_hedge_lots=PLENTY,
    gross_max=PLENTY,
    loss_max=PLENTY,
    open_notional_max=PLENTY,
    funds_cash=PLENTY,
    funds_lots=PLENTY,
    venues=VENUES,
)


class Node:
    """A node's state, its market, and the entries recorded so far where `keep` is set."""

    def __init__(
        self,
        figures: paper.PaperWorld = AMPLE,
        *,
        ledger: LedgerId = LEDGER,
        ledger_key: bytes = b"key",
        keep: bool = False,
    ) -> None:
        self.state = node.new_state(ledger)
        self.books: dict[tuple[VenueId, InstrumentId], BookView] = {}
        self.seen = Seen(self.books)
        self.now = START
        self.entries: list[Entry] = []
        self._keep = keep
        self._hlc = Hlc()
        self._down = LedgerId(DOWN.party, f">{ledger.party}", 1)
        self._down_seq, self._down_prev = 0, bytes(32)
        self.observe(Born(ledger_key=ledger_key, previous_head=None, approval="paper"))
        genesis = Genesis(at_ns=START, ledger_key=b"down", previous_head=None, approval="")
        for fact in (genesis, *paper.down_ledger(figures, START)):
            self.adopt(fact)
        for grant in paper.funds(figures):
            self.observe(grant)
        self.observe(Started(boot_tag=1, version="0", mode="paper"))
        self.policy(
            net_position_lots_max=PLENTY,
            open_orders_max=PLENTY,
            orders_per_s_max=PLENTY,
            event_orders_per_s_max=PLENTY,
        )
        for venue in VENUES:
            self.publish(venue, MIDDLE)

    def observe(self, observation: Observation) -> list[node.Recorded]:
        """Take one step."""
        past = past_of(self.state, observation, lambda _: None)  # no name is ever used again
        step = node.step(
            self.state,
            replace(self.seen, past=past),
            observation,
            now_ns=self.now,
            wall_ns=self.now,
            hlc=self._hlc,
        )
        if self._keep:
            self.entries.extend(recorded.entry for recorded in step)
        return step

    def adopt(self, fact: Fact) -> None:
        """Let the centre say a fact."""
        self._down_seq += 1
        seq, kind, body = self._down_seq, type(fact).__name__, wire_facts.encode(fact)
        idem = seq.to_bytes(16, "big")
        entry = Entry(seq, self.now // 1_000_000 << 16, kind, "centre", True, idem, body)  # noqa: FBT003
        sealed = wire_entry.seal(self._down, entry, self._down_prev)
        self._down_prev = sealed.leaf
        self.observe(CentreSaid(wire_entry.data_of(self._down, sealed)))

    def policy(self, **changes: object) -> None:
        """Let the centre send the next policy."""
        held = self.state.rules.policy
        assert held is not None
        self.adopt(replace(held, version=held.version + 1, **changes))  # type: ignore[arg-type]

    def publish(self, venue: str, middle: int) -> None:
        """Let a venue publish a book of five levels a side."""
        levels = range(5, 55, 10)
        self.books[VenueId(venue), WETH] = BookView(
            venue=VenueId(venue),
            instrument=WETH,
            published_ns=self.now,
            mid_ticks=middle,
            bids=tuple((middle - away, 90) for away in levels),
            asks=tuple((middle + away, 90) for away in levels),
        )

    def open_orders(self, count: int, held: int = 0) -> None:
        """Let orders rest, up to `count` where `held` do already.

        Far from the middle: customers' in our book, hedges at a venue, both sides of each.
        """
        for number in range(held, count):
            side: Side = "buy" if number // 2 % 2 else "sell"
            away = 1_000 + number % 5_000
            price = MIDDLE - away if side == "buy" else MIDDLE + away
            make = customer if number % 2 else hedge
            order = make(f"open-{number}", side=side, lots=1 + number % 50, price=price)
            step = self.observe(OrderAsked(order, Actor("person:bench")))
            assert step[0].entry.kind == "OrderGated", step[0].fact


def customer(
    name: str, *, side: Side = "buy", lots: int = 100, price: int = 149_900
) -> OrderIntent:
    """Return a customer's order for our own book."""
    return OrderIntent(
        client_order_id=ClientOrderId(name),
        account=paper.CUSTOMER,
        venue=VenueId("local"),
        instrument=WETH,
        side=side,
        quantity_lots=lots,
        price_ticks=price,
    )


def hedge(name: str, *, side: Side = "buy", lots: int = 100, price: int = 150_100) -> OrderIntent:
    """Return an overlay order for an outside venue: every row of the gate's table looks at it."""
    made = customer(name, side=side, lots=lots, price=price)
    return replace(made, account=DESK_OVERLAY, venue=VenueId(VENUES[0]))
