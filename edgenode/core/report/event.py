"""One micro-event as the ledger tells it: the fold that an event report is made of.

Feed it every entry of a ledger, or all behind a state from before the micro-event began. It lets
each take effect in its own state, and from the entry that opened the micro-event on it gathers:
what was traded, how far the desk was exposed, what was turned away, what happened, who decided.
Executions and what is open are counted to the newest entry; exposure and what happened until some
minutes behind the end. To a detected micro-event belongs what is tagged `none` while it runs, for
it tags no order (core/micro_events).
"""

from collections import Counter
from dataclasses import dataclass, field

from edgenode.core import node
from edgenode.core.hedge.band import band_of
from edgenode.core.report.happened import ROWS_MAX, Row, is_mandate, row
from edgenode.core.report.needs import Needs
from edgenode.core.report.outside import Outside
from edgenode.core.report.path import At, Path
from edgenode.core.report.slippage import Slippage
from edgenode.core.report.trades import EVIDENCE, Trades
from edgenode.core.risk.room import without_quote
from edgenode.core.state.limits import DETECTED
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.order import Order
from edgenode.model import facts as f
from edgenode.model.ids import (
    DESK_OVERLAY,
    NO_EVENT,
    AccountId,
    EventId,
    InstrumentId,
    is_customer,
)
from edgenode.model.ledgers import Entry
from edgenode.model.orders import OrderState

BEHIND_NS = 20 * 60 * 1_000_000_000  # of the end: what happens until then belongs to the story
MOVES = (  # exposure
    *EVIDENCE,
    f.OrderGated,
    f.OrderAmended,
    f.OrderDone,
    f.OrderReopened,
    f.OrderCounted,
    f.Adopted,
    f.BreakClosed,
)
USES = (f.OrderGated, f.OrderDone, f.FillRecorded)  # what grants give
Denials = Counter[tuple[str, str]]  # code and name of a reason: orders that had it


@dataclass(slots=True)
class Orders:
    """Orders of one kind of submitter."""

    taken: int = 0
    denied: int = 0
    why: Denials = field(default_factory=Counter)


class EventFold:
    """The fold; read its fields once every entry was taken."""

    def __init__(self, state: NodeState, event_id: EventId) -> None:
        self.state, self.event_id = state, event_id
        self._begin()

    def _begin(self) -> None:
        self.opened: f.MicroEventOpened | None = None
        self.opened_seq, self.opened_by = 0, ""
        self.closed: f.MicroEventClosed | None = None
        self.closed_seq, self.last_seq = 0, 0
        self.at_ns = 0  # market time of the newest entry
        self.told_ns = 0  # until when exposure and what happened are told
        self.tag = self.event_id  # of what belongs to it
        self.trades = Trades(self.event_id)
        self.paths: dict[InstrumentId, Path] = {}
        self.outside: dict[InstrumentId, Outside] = {}
        self.slippage, self.needs = Slippage(), Needs(self.event_id)
        self.customers, self.hedges = Orders(), Orders()
        self.unknown = 0  # times that an answer was missing
        self.mandates = 0  # that the centre promised meanwhile
        self.started = False
        self.spent_minor = self.used_max_minor = 0
        self.happened: list[Row] = []
        self.more_happened = 0
        self.breaks: set[str] = set()  # opened meanwhile

    def take(self, entry: Entry) -> None:
        """Take the next entry of the ledger."""
        fact = node.take(self.state, entry)
        if isinstance(fact, f.MicroEventOpened) and fact.event_id == self.event_id:
            self._begin()  # an id that is used again names the newer micro-event
            self.opened, self.opened_seq, self.opened_by = fact, entry.seq, entry.actor
            self.needs.use(self.state, begun=False)
            if fact.source == DETECTED:
                self.tag = NO_EVENT
                self.trades, self.needs = Trades(NO_EVENT), Needs(NO_EVENT)
                self.needs.use(self.state, begun=False)
            self._expose_all(fact.at_ns)
        if self.opened is not None:
            self._start(self.opened, fact.at_ns)
            self._gather(entry, fact)

    @property
    def open_orders(self) -> list[Order]:
        """Return the orders of this micro-event that may still execute."""
        held = self.state.orders.orders.values()
        mine = (o for o in held if o.gated.event_id == self.tag and o.state is not OrderState.DONE)
        last = self.closed_seq or self.state.size
        return [o for o in mine if self.tag != NO_EVENT or self.opened_seq < o.seq <= last]

    @property
    def open_breaks(self) -> list[f.BreakOpened]:
        """Return the differences that were opened meanwhile and are still open."""
        return [one for id_, one in sorted(self.state.breaks.open.items()) if id_ in self.breaks]

    def _start(self, opened: f.MicroEventOpened, now_ns: int) -> None:
        """Let extremes count from the first entry behind the begin, with what stands before it."""
        if not self.started and now_ns >= opened.starts:
            self.started = True
            for path in self.paths.values():
                path.begin(opened.starts)
            for outside in self.outside.values():
                outside.begin(opened.starts)

    def _gather(self, entry: Entry, fact: f.Fact) -> None:
        if isinstance(fact, f.MicroEventClosed) and fact.event_id == self.event_id:
            self.closed, self.closed_seq = fact, entry.seq
        runs = self.tag != NO_EVENT or self.closed is None
        self.trades.take(self.state, fact, runs=runs)
        if runs:
            self._count(fact)
            self._spend(fact)
        self.at_ns = max(self.at_ns, fact.at_ns)
        if self.closed is not None and fact.at_ns > self.closed.at_ns + BEHIND_NS:
            return
        self.last_seq, self.told_ns = entry.seq, max(self.told_ns, fact.at_ns)
        self.needs.take(fact)
        if isinstance(fact, f.BreakOpened):
            self.breaks.add(fact.break_id)
        self._move(fact)
        told = row(self.state, entry, fact, self.event_id)
        if told is None:
            self.mandates += isinstance(fact, f.Adopted) and is_mandate(fact)
            return
        if len(self.happened) < ROWS_MAX:
            self.happened.append(told)
        else:
            self.more_happened += 1

    def _move(self, fact: f.Fact) -> None:
        """Note what a fact does to exposure, or to how much of it is left on purpose."""
        if isinstance(fact, f.Adopted):
            self._expose_all(fact.at_ns)
        elif isinstance(fact, MOVES):
            self._expose(fact)
        elif isinstance(fact, f.HedgeProgramme) and fact.instrument in self.paths:
            self._band(fact.instrument, fact.at_ns, self.paths[fact.instrument].points[-1])

    def _count(self, fact: f.Fact) -> None:
        match fact:
            case f.OrderGated(event_id=self.tag):
                if (of := self._orders_of(fact.account)) is not None:
                    of.taken += 1
                if fact.account == DESK_OVERLAY:
                    self.slippage.take(self.state, fact)
            case f.OrderDenied(event_id=self.tag):
                if (of := self._orders_of(fact.account)) is not None:
                    of.denied += 1
                    of.why.update({(one.code, one.name) for one in fact.reasons})
            case f.OrderUnknown():
                order = self.state.orders.orders.get(fact.order_id)
                if order is not None and order.gated.event_id == self.tag:
                    self.unknown += 1
            case _:
                pass

    def _orders_of(self, account: AccountId) -> Orders | None:
        if account == DESK_OVERLAY:
            return self.hedges
        return self.customers if is_customer(account) else None

    def _spend(self, fact: f.Fact) -> None:
        if not self.started or isinstance(fact, USES):
            self.needs.use(self.state, begun=self.started)
        spend = self.state.limits.spend.get(self.tag)
        if self.tag == NO_EVENT:
            self.spent_minor = sum(one.cost_minor for one in self.trades.of.values())
        elif spend is not None:
            self.spent_minor = spend.spent
        if spend is not None:
            self.used_max_minor = max(self.used_max_minor, spend.reserved + spend.spent)

    def _expose_all(self, at_ns: int) -> None:
        for name in sorted(self.state.rules.instruments):
            self._point(name, at_ns)

    def _expose(self, fact: f.Fact) -> None:
        name = getattr(fact, "instrument", None)
        if name is None:
            self._expose_all(fact.at_ns)
        else:
            self._point(name, fact.at_ns)

    def _point(self, name: InstrumentId, at_ns: int) -> None:
        found = without_quote(self.state, name)
        bare = found.agreed + found.mandate
        at = At(at_ns, found.net_agreed, found.net.low, found.net.high, bare)
        self.paths.setdefault(name, Path()).add(at)
        self._band(name, at_ns, at)

    def _band(self, name: InstrumentId, at_ns: int, at: At) -> None:
        beyond = at.worst > band_of(self.state, name)
        self.outside.setdefault(name, Outside()).add(at_ns, beyond=beyond)
