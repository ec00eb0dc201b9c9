"""The integrator's kit: does a venue keep what the `Venue` port promises?

Each check drives the real adapter against a URL and looks at what it says. A venue that offers
`/faults` (the sandbox does) is also asked to misbehave, and what it then says must still add up:
the executions that it reports, folded as the ledger folds them, equal the position that it shows.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import aiohttp

from edgenode.adapters.venues.http import HttpVenue
from edgenode.model.errors import EdgenodeError
from edgenode.model.ids import ExecId, InstrumentId, OrderId, VenueId
from edgenode.model.orders import Side, sign
from edgenode.model.venue import (
    BookView,
    BustReport,
    CorrectReport,
    FillReport,
    Finished,
    NotFound,
    OrderToSend,
    Unknown,
    VenueEvent,
    VenueView,
)

WITHIN_S = 15.0
AWAY_PPM = 20_000
PPM = 1_000_000
LOTS = 3
FAULTS = ("duplicate_fill", "late_fill", "bust", "correct", "lost_answer", "slow")


class NotKeptError(Exception):
    """A promise that the venue did not keep."""


class SkippedError(Exception):
    """A check that this venue gives no means for."""


@dataclass(frozen=True, slots=True)
class Result:
    """One check: passed | failed | skipped, and what was found."""

    name: str
    outcome: str
    detail: str


@dataclass(slots=True)
class Session:
    """One adapter at work: what it heard, and orders named so that no run repeats another's."""

    venue: HttpVenue
    url: str
    instrument: InstrumentId
    account: str
    tag: str
    began: int = 0  # the position before the first order
    events: list[VenueEvent] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    sent: int = 0

    def order(
        self, side: Side, lots: int, *, rests: bool = False, book: BookView | None = None
    ) -> OrderToSend:
        """Make an order that executes at once, or one that rests far away."""
        self.sent += 1
        mid = book.mid_ticks if book is not None else 0
        away = sign(side) * mid * AWAY_PPM // PPM * (-5 if rests else 1)
        return OrderToSend(
            order_id=OrderId(f"{self.tag}{self.sent:04}"),
            instrument=self.instrument,
            side=side,
            quantity_lots=lots,
            price_ticks=max(1, mid + away),
            time_in_force="day" if rests else "ioc",
        )

    async def book(self) -> BookView:
        """Wait for a published book."""
        async with asyncio.timeout(WITHIN_S):
            return await anext(self.venue.books())

    async def until_done(self, order_id: OrderId) -> Finished:
        """Wait for an order's end."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                for event in self.events:
                    if isinstance(event, Finished) and event.order_id == order_id:
                        return event
                self.news.clear()
                await self.news.wait()

    def fills_of(self, order_id: OrderId) -> list[FillReport]:
        """Give an order's executions as they came."""
        return [e for e in self.events if isinstance(e, FillReport) and e.order_id == order_id]

    async def listen(self) -> None:
        """Hear the venue for ever."""
        async for event in self.venue.events():
            self.events.append(event)
            self.news.set()

    async def fault(self, kind: str, count: int = 1) -> None:
        """Ask the venue to misbehave on the next occasions."""
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{self.url}/faults", json={"kind": kind, "count": count}) as answer,
        ):
            if not answer.ok:
                raise SkippedError(f"no fault {kind!r} to ask for")


Check = Callable[[Session], Awaitable[str]]


async def an_order_executes_and_ends(session: Session) -> str:
    """The executions of an order add up to what its end says."""
    order = session.order("buy", LOTS, book=await session.book())
    await session.venue.submit(order)
    done = await session.until_done(order.order_id)
    executed = sum(fill.quantity_lots for fill in session.fills_of(order.order_id))
    _keep(done.cum_lots == executed, f"the end says {done.cum_lots} lots, executions {executed}")
    _keep(done.cum_lots <= LOTS, f"{done.cum_lots} of {LOTS} lots were executed")
    _keep(executed > 0, "an order across the market executed nothing")
    return f"{executed} lots in {len(session.fills_of(order.order_id))} executions"


async def a_query_tells_what_the_events_told(session: Session) -> str:
    """An order's status names the same executions as the stream."""
    order = session.order("sell", 2, book=await session.book())
    await session.venue.submit(order)
    await session.until_done(order.order_id)
    view = await session.venue.query(order.order_id)
    _keep(isinstance(view, VenueView), f"asked for the order: {view}")
    assert isinstance(view, VenueView)
    _keep(
        list(view.fills) == session.fills_of(order.order_id), "status and stream differ in fills"
    )
    return view.state


async def an_unknown_order_is_not_found(session: Session) -> str:
    """Asked for what it never heard of, a venue says so."""
    found = await session.venue.query(OrderId(f"{session.tag}NONE"))
    _keep(found == NotFound(), f"found {found}")
    return "not found"


async def an_order_sent_again_executes_once(session: Session) -> str:
    """The same client order id is the same order, where the venue says that it de-duplicates."""
    order = session.order("buy", 2, book=await session.book())
    before = await _position(session)
    for _ in range(3):
        await session.venue.submit(order)
    done = await session.until_done(order.order_id)
    moved = await _position(session) - before
    _keep(moved == done.cum_lots, f"the position moved by {moved}, the order by {done.cum_lots}")
    return f"{moved} lots after three submits"


async def a_resting_order_is_canceled(session: Session) -> str:
    """An order away from the market works, and a cancel ends it with nothing executed."""
    order = session.order("buy", 1, rests=True, book=await session.book())
    await session.venue.submit(order)
    view = await session.venue.query(order.order_id)
    _keep(isinstance(view, VenueView) and view.state == "working", f"it should work: {view}")
    await session.venue.cancel(order.order_id)
    done = await session.until_done(order.order_id)
    _keep((done.reason, done.cum_lots) == ("canceled", 0), f"ended as {done.reason}")
    await session.venue.cancel(order.order_id)  # again is harmless
    return done.reason


async def a_new_connection_hears_everything_again(session: Session) -> str:
    """A stream opened from the beginning tells what this one was told, in the same order."""
    other = HttpVenue(
        venue_id=session.venue.id,
        url=session.url,
        account=session.account,
        instrument=session.instrument,
    )
    wanted = [e for e in session.events if isinstance(e, FillReport | Finished)]
    again: list[VenueEvent] = []
    try:
        async with asyncio.timeout(WITHIN_S):
            async for event in other.events():
                if isinstance(event, FillReport | Finished) and _mine(session, event):
                    again.append(event)
                if len(again) >= len(wanted):
                    break
    finally:
        await other.close()
    _keep(again == wanted, "the replay differs from what was told")
    return f"{len(again)} events"


async def executions_add_up_to_the_position(session: Session) -> str:
    """Whatever happened on the way, evidence folded gives the position that the venue shows."""
    booked: dict[ExecId, FillReport] = {}
    for event in session.events:
        match event:
            case FillReport() if _mine(session, event):
                booked[event.exec_id] = event
            case CorrectReport():
                booked.pop(event.refers_to, None)
                booked[event.fill.exec_id] = event.fill
            case BustReport():
                booked.pop(event.exec_id, None)
            case _:
                pass
    lots = sum(sign(fill.side) * fill.quantity_lots for fill in booked.values())
    moved = await _position(session) - session.began
    _keep(lots == moved, f"evidence gives {lots} lots, the position moved by {moved}")
    return f"{lots} lots"


def after_fault(kind: str) -> Check:
    """Make a check that asks for a fault and then wants the order's truth all the same."""

    async def check(session: Session) -> str:
        book = await session.book()
        await session.fault(kind)
        order = session.order("buy", LOTS, book=book)
        with suppress(EdgenodeError):  # no answer: the stream, or a query, tells
            await session.venue.submit(order)
        done = await session.until_done(order.order_id)
        view = await session.venue.query(order.order_id)
        _keep(isinstance(view, VenueView), f"asked for the order: {view}")
        assert isinstance(view, VenueView)
        _keep(view.cum_lots == done.cum_lots, f"{view.cum_lots} lots asked, {done.cum_lots} told")
        return f"{done.cum_lots} lots"

    check.__doc__ = f"After {kind} an order's truth can still be had."
    check.__name__ = f"after_{kind}"
    return check


async def what_a_venue_never_heard_is_not_found_and_may_be_sent_again(session: Session) -> str:
    """A venue that was down when an order came says so when it is up, and takes the order then."""
    order = session.order("sell", 2, book=await session.book())
    await session.fault("down", count=2)
    with suppress(EdgenodeError):
        await session.venue.submit(order)
    found = await session.venue.query(order.order_id)
    _keep(isinstance(found, Unknown), f"asked while it is down: {found}")
    found = await session.venue.query(order.order_id)
    _keep(found == NotFound(), f"found {found}")
    await session.venue.submit(order)
    done = await session.until_done(order.order_id)
    _keep(0 < done.cum_lots <= order.quantity_lots, f"{done.cum_lots} lots were executed")
    return f"{done.cum_lots} lots when it was up again"


async def an_id_given_twice_is_told_twice(session: Session) -> str:
    """Executions of two orders under one id both reach the stream: only then can they be found."""
    await session.fault("reused_exec_id")
    order = session.order("buy", LOTS, book=await session.book())
    await session.venue.submit(order)
    done = await session.until_done(order.order_id)
    told = session.fills_of(order.order_id)
    _keep(sum(fill.quantity_lots for fill in told) == done.cum_lots, "an execution was not told")
    twice = [
        event.exec_id
        for event in session.events
        if isinstance(event, FillReport) and event.order_id != order.order_id
        if event.exec_id in {fill.exec_id for fill in told}
    ]
    _keep(bool(twice), "the venue was asked to give an id twice, and did not")
    return f"{twice[0]} of two orders"


CHECKS: tuple[Check, ...] = (
    an_order_executes_and_ends,
    a_query_tells_what_the_events_told,
    an_unknown_order_is_not_found,
    an_order_sent_again_executes_once,
    a_resting_order_is_canceled,
    *(after_fault(kind) for kind in FAULTS),
    what_a_venue_never_heard_is_not_found_and_may_be_sent_again,
    a_new_connection_hears_everything_again,
    executions_add_up_to_the_position,
    an_id_given_twice_is_told_twice,  # last: evidence adds up no more
)


async def run(url: str, instrument: str, account: str, tag: str) -> list[Result]:
    """Run every check in order against one venue; `tag` makes this run's order ids its own."""
    venue = HttpVenue(
        venue_id=VenueId("kit"), url=url, account=account, instrument=InstrumentId(instrument)
    )
    session = Session(venue, url.rstrip("/"), InstrumentId(instrument), account, tag)
    results: list[Result] = []
    try:
        session.began = await _position(session)
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(session.listen())
            results += [await _result(check, session) for check in CHECKS]
            listening.cancel()
    finally:
        await venue.close()
    return results


async def _result(check: Check, session: Session) -> Result:
    name = check.__name__
    try:
        return Result(name, "passed", await check(session))
    except SkippedError as error:
        return Result(name, "skipped", str(error))
    except TimeoutError:
        return Result(name, "failed", f"nothing within {WITHIN_S:.0f} s")
    except (NotKeptError, EdgenodeError) as error:
        return Result(name, "failed", str(error))


async def _position(session: Session) -> int:
    status = await session.venue.snapshot()
    return status.positions.get(session.instrument, 0)


def _mine(session: Session, event: FillReport | Finished) -> bool:
    return event.order_id.startswith(session.tag)


def _keep(holds: bool, found: str) -> None:  # noqa: FBT001  what must hold
    if not holds:
        raise NotKeptError(found)
