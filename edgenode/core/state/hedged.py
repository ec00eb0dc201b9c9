"""How hedges went: what the newest ones at each outside venue cost and filled, as integers.

    fact                                what it does
    ----------------------------------  ------------------------------------------------------
    a fill of an open hedge             its lots and price count (taken back: no more)
    OrderDone of a hedge                it went: a row with what it executed
    a fill of one that went             what it cost is worked out anew (taken back: likewise)

Whether it filled is as it was when the order ended; what it cost follows the evidence, so that a
bust or a correction leaves no price that never was. An order that ended because we asked for that,
was never sent, or was decided by people says nothing of its venue, and neither does one that ends
again. Triggers judge by the rows (core/estimate/stops).
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from edgenode.core.state.order import Order
from edgenode.model.facts import FillRecorded, OrderDone, OrderGated
from edgenode.model.ids import (
    DESK_OVERLAY,
    LOCAL_VENUE,
    NO_EVENT,
    EventId,
    InstrumentId,
    OrderId,
    VenueId,
)
from edgenode.model.orders import sign

KEPT = 360  # rows of each venue and instrument
VENUES_MAX = 64  # venues times instruments: the one that was silent longest leaves
PPM = 1_000_000
COST_MAX = PPM  # of the reference, either way
OF_VENUE = frozenset({"filled", "expired", "rejected", "never_received", "canceled"})


class Went(NamedTuple):
    """One hedge that ended.

    `cost_ppm` is how far beyond the reference that the gate saw it executed, adverse positive,
    fees left out; None if nothing filled, or there was no reference.
    """

    at_ns: int  # when it was gated
    reference_ticks: int  # 0 without one
    ordered_lots: int
    filled_lots: int
    cost_ppm: int | None
    event_id: EventId = NO_EVENT
    order_id: OrderId = OrderId("")
    lots: int = 0  # executed, as it is booked now
    worth: int = 0  # of these: lots times ticks


class HedgeKey(NamedTuple):
    """Where hedges went, and in what."""

    venue: VenueId
    instrument: InstrumentId


@dataclass(slots=True)
class Paid:
    """What an open hedge has executed."""

    lots: int = 0
    worth: int = 0  # lots times ticks


@dataclass(slots=True)
class Rows:
    """The newest hedges of one venue and instrument; `count` grows with each change of them."""

    count: int = 0
    newest: list[Went] = field(default_factory=list)


@dataclass(slots=True)
class Hedged:
    """The part of the state."""

    went: dict[HedgeKey, Rows] = field(default_factory=dict)  # the newest last
    paid: dict[OrderId, Paid] = field(default_factory=dict)

    def filled(self, fact: FillRecorded, order: Order | None, times: int = 1) -> None:
        """Count an execution of a hedge (no more, with `times` = -1)."""
        if order is None or order.done_reason is not None or order.ended:
            self._later(fact, times)
            return
        if not _is_hedge(order.gated):
            return
        paid = self.paid.setdefault(fact.order_id, Paid())
        paid.lots += times * fact.quantity_lots
        paid.worth += times * fact.quantity_lots * fact.price_ticks

    def done(self, fact: OrderDone, order: Order) -> None:
        """Keep how a hedge went; `order` as it stood before its end."""
        paid = self.paid.pop(fact.order_id, Paid())
        gated = order.gated
        if not _is_hedge(gated) or fact.again or fact.reason not in OF_VENUE:
            return
        if order.cancel_sent and fact.reason == "canceled":
            return
        key = HedgeKey(gated.venue, gated.instrument)
        rows = self.went.pop(key, None) or Rows()
        rows.count += 1
        rows.newest.append(_went(gated, fact, paid))
        del rows.newest[:-KEPT]
        self.went[key] = rows
        if len(self.went) > VENUES_MAX:
            del self.went[next(iter(self.went))]

    def _later(self, fact: FillRecorded, times: int) -> None:
        """Work out anew what a hedge cost that is kept already; O(rows)."""
        rows = self.went.get(HedgeKey(fact.venue, fact.instrument))
        for place, row in enumerate(rows.newest) if rows is not None else ():
            if row.order_id != fact.order_id:
                continue
            paid = Paid(row.lots, row.worth)
            paid.lots += times * fact.quantity_lots
            paid.worth += times * fact.quantity_lots * fact.price_ticks
            cost = _cost(sign(fact.side), row.reference_ticks, paid)
            assert rows is not None
            rows.newest[place] = row._replace(lots=paid.lots, worth=paid.worth, cost_ppm=cost)
            rows.count += 1

    def no_later(self, at_ns: int) -> None:
        """Let no hedge lie in a time that has not come: a release counts what went before it."""
        for rows in self.went.values():
            rows.newest = [row._replace(at_ns=min(row.at_ns, at_ns)) for row in rows.newest]

    def canonical(self) -> object:
        """Return the part's content for the digest."""
        went = [
            [*key, rows.count, list(map(list, rows.newest))] for key, rows in self.went.items()
        ]
        paid = [[id_, one.lots, one.worth] for id_, one in sorted(self.paid.items())]
        return [went, paid]


def _is_hedge(gated: OrderGated) -> bool:
    return gated.account == DESK_OVERLAY and gated.venue != LOCAL_VENUE


def _went(gated: OrderGated, fact: OrderDone, paid: Paid) -> Went:
    reference = gated.saw.reference_ticks or 0
    return Went(
        at_ns=gated.at_ns,
        reference_ticks=reference,
        ordered_lots=gated.quantity_lots,
        filled_lots=max(0, fact.filled_lots),
        cost_ppm=_cost(sign(gated.side), reference, paid),
        event_id=gated.event_id,
        order_id=gated.order_id,
        lots=paid.lots,
        worth=paid.worth,
    )


def _cost(way: int, reference_ticks: int, paid: Paid) -> int | None:
    if reference_ticks <= 0 or paid.lots <= 0:
        return None
    beyond = way * (paid.worth - reference_ticks * paid.lots)
    return max(-COST_MAX, min(COST_MAX, beyond * PPM // (reference_ticks * paid.lots)))
