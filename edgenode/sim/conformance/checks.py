"""The promises of the `Venue` port, one check each."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from edgenode.model.errors import EdgenodeError
from edgenode.model.ids import ExecId, OrderId
from edgenode.model.orders import sign
from edgenode.model.venue import (
    BustReport,
    CorrectReport,
    FillReport,
    Finished,
    NotFound,
    Unknown,
    VenueEvent,
    VenueView,
)
from edgenode.sim.conformance.trial import WITHIN_S, Trial

LOTS = 3
FAULTS = ("duplicate_fill", "late_fill", "bust", "correct", "lost_answer", "slow")
Check = Callable[[Trial], Awaitable[str]]


class NotKeptError(Exception):
    """A promise that the venue did not keep."""


async def an_order_executes_and_ends(session: Trial) -> str:
    """The executions of an order add up to what its end says."""
    order = session.order("buy", LOTS, book=await session.book())
    await session.venue.submit(order)
    done = await session.until_done(order.order_id)
    executed = sum(fill.quantity_lots for fill in session.fills_of(order.order_id))
    _keep(done.cum_lots == executed, f"the end says {done.cum_lots} lots, executions {executed}")
    _keep(done.cum_lots <= LOTS, f"{done.cum_lots} of {LOTS} lots were executed")
    _keep(executed > 0, "an order across the market executed nothing")
    return f"{executed} lots in {len(session.fills_of(order.order_id))} executions"


async def a_query_tells_what_the_events_told(session: Trial) -> str:
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


async def an_unknown_order_is_not_found(session: Trial) -> str:
    """Asked for what it never heard of, a venue says so."""
    found = await session.venue.query(OrderId(f"{session.tag}NONE"))
    _keep(found == NotFound(), f"found {found}")
    return "not found"


async def an_order_sent_again_executes_once(session: Trial) -> str:
    """The same client order id is the same order, where the venue says that it de-duplicates."""
    order = session.order("buy", 2, book=await session.book())
    before = await session.position()
    for _ in range(3):
        await session.venue.submit(order)
    done = await session.until_done(order.order_id)
    moved = await session.position() - before
    _keep(moved == done.cum_lots, f"the position moved by {moved}, the order by {done.cum_lots}")
    return f"{moved} lots after three submits"


async def a_resting_order_is_canceled(session: Trial) -> str:
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


async def a_new_connection_hears_everything_again(session: Trial) -> str:
    """A stream opened from the beginning tells what this one was told, in the same order."""
    other = session.other()
    wanted = [e for e in session.events if isinstance(e, FillReport | Finished)]
    again: list[VenueEvent] = []
    try:
        async with asyncio.timeout(WITHIN_S):
            async for event in other.events():
                if isinstance(event, FillReport | Finished) and session.owns(event):
                    again.append(event)
                if len(again) >= len(wanted):
                    break
    finally:
        await other.close()
    _keep(again == wanted, "the replay differs from what was told")
    return f"{len(again)} events"


async def a_stream_names_its_epoch(session: Trial) -> str:
    """Snapshots name the epoch of their cursor, and a client of another epoch hears everything."""
    status = await session.venue.snapshot()
    _keep(bool(status.epoch), "the snapshot names no epoch: numbers that begin anew go unnoticed")
    told = session.place
    _keep(
        told.epoch == status.epoch, f"the stream is of {told.epoch}, the snapshot {status.epoch}"
    )
    other = session.other()
    other.resume(f"{status.epoch}?", status.cursor)
    try:
        again = await other.snapshot()
    finally:
        await other.close()
    _keep(again.began_anew, "a client that knows other numbers was not told of these")
    return status.epoch


async def numbers_that_begin_anew_are_of_another_epoch(session: Trial) -> str:
    """After a restart the venue's numbers are of another epoch, and every execution can be had."""
    before = await session.venue.snapshot()
    whole = len((await session.venue.snapshot(whole=True)).fills)
    await session.fault("renumber")
    async with asyncio.timeout(WITHIN_S):
        while (after := await session.venue.snapshot()).epoch == before.epoch:
            session.news.clear()
            await session.news.wait()  # what is told again
    _keep(after.began_anew, "the adapter did not notice")
    _keep(len(after.fills) == whole, f"{len(after.fills)} of {whole} executions can be had")
    return f"{before.epoch} to {after.epoch}"


async def executions_add_up_to_the_position(session: Trial) -> str:
    """Whatever happened on the way, evidence folded gives the position that the venue shows."""
    booked: dict[ExecId, FillReport] = {}
    for event in session.events:
        match event:
            case FillReport() if session.owns(event):
                booked[event.exec_id] = event
            case CorrectReport():
                booked.pop(event.refers_to, None)
                booked[event.fill.exec_id] = event.fill
            case BustReport():
                booked.pop(event.exec_id, None)
            case _:
                pass
    lots = sum(sign(fill.side) * fill.quantity_lots for fill in booked.values())
    moved = await session.position() - session.began
    _keep(lots == moved, f"evidence gives {lots} lots, the position moved by {moved}")
    return f"{lots} lots"


def after_fault(kind: str) -> Check:
    """Make a check that asks for a fault and then wants the order's truth all the same."""

    async def check(session: Trial) -> str:
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


async def what_a_venue_never_heard_is_not_found_and_may_be_sent_again(session: Trial) -> str:
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


async def an_id_given_twice_is_told_twice(session: Trial) -> str:
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
    a_stream_names_its_epoch,
    executions_add_up_to_the_position,
    an_id_given_twice_is_told_twice,  # evidence adds up no more
    numbers_that_begin_anew_are_of_another_epoch,
)


def _keep(holds: bool, found: str) -> None:  # noqa: FBT001  what must hold
    if not holds:
        raise NotKeptError(found)
