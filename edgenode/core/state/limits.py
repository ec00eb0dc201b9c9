"""The limits part of the state: micro-events, plans, requests, the day, time and counters."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from edgenode.core.state.approvals import Approvals
from edgenode.core.state.needs import Needs
from edgenode.core.state.unpriced import NOTHING_UNPRICED, Owed, OwedKey, Paid, Unpriced
from edgenode.model.facts import (
    AuctionClosed,
    AuctionOpened,
    FeePriced,
    MicroEventClosed,
    MicroEventOpened,
    TimeTrusted,
    TradingDayOpened,
)
from edgenode.model.ids import NO_EVENT, EventId, InstrumentId, VenueId
from edgenode.model.money import div_up
from edgenode.model.release_day import RELEASED_NS

SECOND_NS = 1_000_000_000
DAY_S = 86_400
CLOCK_BACK_NS = SECOND_NS  # a clock may lag behind what was recorded by at most this
GONE = "not in the calendar any more"  # why an event ended that may be named again
DETECTED = "detected"  # the source of a micro-event that opens no cap: see core/micro_events
DAYS_KEPT = 32  # of figures of earlier days, for a clock that had made days of one
CLOCK_AHEAD_NS = 400 * DAY_S * SECOND_NS  # and lie ahead of it, or of the release's day, by this


@dataclass(slots=True)
class EventSpend:
    """Cost of one micro-event: accepted worst case of open orders, and what was really spent.

    What belongs to no event has a cap per trading day (UTC, market time): there `spent` is that of
    `Limits.spend_day`.
    """

    reserved: int = 0
    spent: int = 0


class EarlierDay(NamedTuple):
    """What counted for an earlier trading day, as the next one began.

    Should the centre's time tell that the next day had not come, it counts on.
    """

    day: int
    spent: tuple[tuple[EventId, int], ...]  # of no event, and of those that had ended
    losses: tuple[int, int, int]  # `day`, `day_pnl_minor` and `day_none_minor`


@dataclass(slots=True)
class Limits:
    """The counters that limits are held against."""

    events: dict[EventId, MicroEventOpened] = field(default_factory=dict)
    closed: dict[EventId, int] = field(default_factory=dict)  # before their end, which is kept
    spend: dict[EventId, EventSpend] = field(default_factory=dict)
    spend_day: int = -1  # the trading day that the spend of no event counts for
    unpriced: dict[OwedKey, Unpriced] = field(default_factory=dict)
    rate: dict[str, tuple[int, int]] = field(default_factory=dict)  # scope: second, orders in it
    auctions: dict[InstrumentId, int] = field(default_factory=dict)  # until when they collect
    approvals: Approvals = field(default_factory=Approvals)
    needs: Needs = field(default_factory=Needs)
    day: int = -1  # of market time, in days since the epoch; -1: none has begun
    day_pnl_minor: int = 0  # the desk's P&L when it began
    day_none_minor: int = 0  # of it, what belongs to no micro-event
    earlier: list[EarlierDay] = field(default_factory=list)  # days, the newest last
    newest_ns: int = 0  # market time of the newest fact, or of a TimeTrusted since
    trusted_ns: int = 0  # the newest time by the centre that took effect here

    def is_behind(self, now_ns: int) -> bool:
        """Return whether a clock lags behind what was recorded: what it says is not credible."""
        return now_ns < self.newest_ns - CLOCK_BACK_NS

    def is_ahead(self, now_ns: int) -> bool:
        """Return whether a clock lies too far ahead of all that is known to be credible."""
        floor_ns = max(self.newest_ns, RELEASED_NS)
        return self.newest_ns > 0 and now_ns > floor_ns + CLOCK_AHEAD_NS

    def believed(self, now_ns: int) -> int:
        """Return the time that a clock says, or that of the newest fact if it is too far ahead."""
        return self.newest_ns if self.is_ahead(now_ns) else now_ns

    def latest(self, now_ns: int) -> int:
        """Return the time that permissions are held against; a clock set back renews none."""
        return max(now_ns, self.newest_ns)

    def time_trusted(self, fact: TimeTrusted) -> None:
        """Let time count from here: what was recorded lay ahead of the centre's time.

        Days that had not come were part of this one: what was spent in them was spent today, and
        losses count from where today began.
        """
        self.newest_ns = fact.at_ns
        self.trusted_ns = max(self.trusted_ns, fact.trusted_ns)
        today = _day(fact.at_ns)
        while self.earlier and self.earlier[-1].day >= today:
            before = self.earlier.pop()
            if before.losses[0] >= today:
                self.day, self.day_pnl_minor, self.day_none_minor = before.losses
            for event_id, spent in before.spent:
                self.spending(event_id).spent += spent
        self.day = min(self.day, today)
        self.spend_day = min(self.spend_day, today)

    def time_anew(self, at_ns: int) -> None:
        """Let a drill run in another time; what was spent counts for the day that it begins in."""
        self.newest_ns = at_ns
        self.spend_day = min(self.spend_day, _day(at_ns))
        self.earlier.clear()

    def event_opened(self, fact: MicroEventOpened) -> None:
        """Open a micro-event; unless detected it tags orders from `starts` until `ends`."""
        self.events[fact.event_id] = fact
        self.closed.pop(fact.event_id, None)

    def event_closed(self, fact: MicroEventClosed) -> None:
        """End a micro-event; its spend stays on record until the day is over."""
        opened = self.events.pop(fact.event_id, None)
        self.needs.event_closed(fact.event_id)
        self.closed = {id_: ends for id_, ends in self.closed.items() if ends > fact.at_ns}
        if opened is not None and opened.ends > fact.at_ns and fact.reason != GONE:
            self.closed[opened.event_id] = opened.ends
        self.rate.pop(f"event:{fact.event_id}", None)

    def event_at(self, now_ns: int) -> EventId:
        """Name the micro-event that tags what happens now: the one that began last."""
        running = [e for e in self.events.values() if _tags(e, now_ns)]
        if not running:
            return NO_EVENT
        return max(running, key=lambda e: (e.starts, e.event_id)).event_id

    def runs(self, event_id: EventId, now_ns: int) -> bool:
        """Return whether orders may be tagged with a micro-event; with `none` they always may."""
        event = self.events.get(event_id)
        return event_id == NO_EVENT or (event is not None and _tags(event, now_ns))

    def surges(self, now_ns: int) -> list[MicroEventOpened]:
        """Return the detected micro-events that run: told, and no order's tag."""
        found = (e for _, e in sorted(self.events.items()) if e.source == DETECTED)
        return [e for e in found if e.starts <= now_ns < e.ends]

    def ended(self, now_ns: int) -> list[EventId]:
        """Return the micro-events whose end has passed."""
        return sorted(e.event_id for e in self.events.values() if now_ns >= e.ends)

    def used(self, event_id: EventId, now_ns: int = 0) -> int:
        """Return an event's cost so far, accepted worst case and spent; makes no counters."""
        spend = self.spend.get(event_id)
        if spend is None:
            return 0
        return spend.reserved if self._is_over(event_id, now_ns) else spend.reserved + spend.spent

    def spent(self, event_id: EventId, now_ns: int = 0) -> int:
        """Return what an event has spent; of no event, what it has spent today.

        Without a time, today is the day of the newest fact.
        """
        spend = self.spend.get(event_id)
        return 0 if spend is None or self._is_over(event_id, now_ns) else spend.spent

    def _is_over(self, event_id: EventId, now_ns: int) -> bool:
        """Return whether what is spent of no event was spent on an earlier day."""
        return event_id == NO_EVENT and _day(self.latest(now_ns)) > self.spend_day

    def book_spent(self, event_id: EventId, cost_minor: int) -> None:
        """Book what an execution cost."""
        self._turn(_day(self.newest_ns))
        self.spending(event_id).spent += cost_minor

    def _turn(self, day: int) -> None:
        """Begin a new trading day: what was spent before, or by ended events, counts no more."""
        if day <= self.spend_day:
            return
        gone = {id_ for id_, s in self.spend.items() if not s.reserved and id_ not in self.events}
        if self.spend_day >= 0:
            ids = sorted(self.spend.keys() & (gone | {NO_EVENT}))
            spent = tuple((id_, self.spend[id_].spent) for id_ in ids if self.spend[id_].spent)
            losses = self.day, self.day_pnl_minor, self.day_none_minor
            self.earlier = [*self.earlier, EarlierDay(self.spend_day, spent, losses)][-DAYS_KEPT:]
        self.spend_day = day
        if NO_EVENT in self.spend:
            self.spend[NO_EVENT].spent = 0
        for event_id in gone:
            del self.spend[event_id]
        for key, row in self.unpriced.items():
            if key[0] == NO_EVENT or key[0] in gone:
                self.unpriced[key] = row._replace(in_spend=0)

    def _spent_less(self, event_id: EventId, amount: int) -> None:
        if amount > 0:
            spend = self.spending(event_id)
            spend.spent = max(0, spend.spent - amount)

    def spending(self, event_id: EventId) -> EventSpend:
        """Return an event's counters to book on, made on first use."""
        spend = self.spend.get(event_id)
        if spend is None:
            spend = self.spend[event_id] = EventSpend()
        return spend

    def count(self, venue: VenueId, event_id: EventId, now_ns: int) -> None:
        """Count one order message to a venue, and of a micro-event."""
        second = now_ns // SECOND_NS
        for scope in (f"venue:{venue}", f"event:{event_id}"):
            self.rate[scope] = (second, self.messages(scope, now_ns) + 1)

    def messages(self, scope: str, now_ns: int) -> int:
        """Return how many orders a scope saw in this market second."""
        found = self.rate.get(scope)
        return found[1] if found is not None and found[0] == now_ns // SECOND_NS else 0

    def pnl_begun(self, event_id: EventId | None) -> int:
        """Return the P&L from which losses count: of all (None) and of no event, the day's.

        A micro-event counts from its own beginning, where it had none.
        """
        if event_id is None:
            return self.day_pnl_minor
        return self.day_none_minor if event_id == NO_EVENT else 0

    def day_opened(self, fact: TradingDayOpened) -> None:
        """Count losses from here on."""
        self._turn(fact.day)
        self.day, self.day_pnl_minor = fact.day, fact.pnl_minor
        self.day_none_minor = fact.none_pnl_minor

    def auction_opened(self, fact: AuctionOpened) -> None:
        """Let orders of an instrument's local book only collect."""
        self.auctions[fact.instrument] = fact.ends

    def auction_closed(self, fact: AuctionClosed) -> None:
        """Let them meet as they come again."""
        self.auctions.pop(fact.instrument, None)

    def owe(self, key: OwedKey, owed: Owed, paid: Iterable[Paid]) -> None:
        """Note fees that count at the policy's worst until a dated rate prices them."""
        self.unpriced[key] = self.unpriced.get(key, NOTHING_UNPRICED).more(owed, paid)

    def carried_fees(self, key: OwedKey, owed: Owed) -> None:
        """Note fees of an older ledger: its grants paid them, and its counters held them."""
        row = self.unpriced.get(key, NOTHING_UNPRICED)
        self.unpriced[key] = row._replace(owed=row.owed.plus(owed))

    def unowe(self, key: OwedKey, owed: Owed, since_ns: int) -> list[Paid]:
        """Let fees count no more, and their spend with them; returns what grants get back.

        `since_ns` is when their execution was first told: spend is that of a trading day.
        """
        before = self.unpriced.pop(key, None)
        if before is None:
            return []
        after = before.less(owed, today=_day(since_ns) >= self.spend_day)
        if after.owed.fees_minor > 0:
            self.unpriced[key] = after
        else:
            after = NOTHING_UNPRICED
        self._spent_less(key[0], before.in_spend - after.in_spend)
        left = dict(after.paid)
        return [(id_, paid - left.get(id_, 0)) for id_, paid in before.paid]

    def counted_unpriced(self, event_id: EventId | None, currency: str) -> int:
        """Return what unpriced fees of one micro-event, or (None) of all, count as."""
        return sum(
            row.owed.counted_minor
            for (of, code), row in self.unpriced.items()
            if code == currency and event_id in {None, of}
        )

    def fee_priced(self, fact: FeePriced) -> Unpriced:
        """Count priced fees at their rate in the micro-event's spend; returns what was owed."""
        row = self.unpriced.pop((fact.event_id, fact.currency))
        counted = row.owed.counted_minor
        if fact.priced_minor > counted:
            self.book_spent(fact.event_id, fact.priced_minor - counted)
        elif counted:
            left = div_up(fact.priced_minor * row.in_spend, counted)
            self._spent_less(fact.event_id, row.in_spend - left)
        return row

    def canonical(self) -> object:
        """Return the part's content for the digest."""
        return [
            [
                [e.event_id, e.source, e.name, e.starts, e.ends]
                for _, e in sorted(self.events.items())
            ],
            [[event_id, ends] for event_id, ends in sorted(self.closed.items())],
            [self.spend_day, [[i, s.reserved, s.spent] for i, s in sorted(self.spend.items())]],
            [
                [*key, *row.owed, row.in_spend, [list(paid) for paid in row.paid]]
                for key, row in sorted(self.unpriced.items())
            ],
            [[scope, *at] for scope, at in sorted(self.rate.items())],
            [[key, ends] for key, ends in sorted(self.auctions.items())],
            self.approvals.canonical(),
            self.needs.canonical(),
            [self.day, self.day_pnl_minor, self.day_none_minor],
            [[day, [list(row) for row in spent], list(at)] for day, spent, at in self.earlier],
            [self.newest_ns, self.trusted_ns],
        ]


def _tags(event: MicroEventOpened, now_ns: int) -> bool:
    return event.source != DETECTED and event.starts <= now_ns < event.ends


def _day(at_ns: int) -> int:
    """Return the UTC day of a market time, in days since the epoch."""
    return at_ns // (DAY_S * SECOND_NS)
