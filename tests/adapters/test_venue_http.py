"""The HTTP venue adapter against the real sandbox server on loopback: what it says, and what it
says when an answer is lost, an event comes twice, the stream breaks or nobody is there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from edgenode.adapters.clock import WallClock
from edgenode.adapters.venues.http import HttpVenue
from edgenode.model.errors import UnreachableError
from edgenode.model.ids import InstrumentId, OrderId, VenueId
from edgenode.model.venue import (
    Acked,
    BustReport,
    CorrectReport,
    Evidence,
    FillReport,
    Finished,
    LinkChanged,
    NotFound,
    OrderToSend,
    Unknown,
    Unreadable,
    VenueEvent,
    VenueView,
)
from edgenode.sim.venue.server import VenueSpec, serving

WETH = InstrumentId("WETH-USDC")
FAR_ABOVE = 151_000  # the plain market stands at 150,000 ticks with 100 lots at every step


def made(url: str) -> HttpVenue:
    return HttpVenue(venue_id=VenueId("plain"), url=url, account="desk", instrument=WETH)


@asynccontextmanager
async def venue(**faults: int) -> AsyncIterator[tuple[HttpVenue, str]]:
    """Return a connected adapter and the server's URL; each fault strikes that often."""
    async with serving([VenueSpec(name="plain")], WallClock(), speed=10) as (_, url):
        async with aiohttp.ClientSession() as session:
            for kind, count in faults.items():
                await (
                    await session.post(f"{url}/faults", json={"kind": kind, "count": count})
                ).read()
        adapter = made(url)
        try:
            yield adapter, url
        finally:
            await adapter.close()


def order(name: str, lots: int = 5, price: int = FAR_ABOVE, tif: str = "ioc") -> OrderToSend:
    return OrderToSend(
        order_id=OrderId(name), instrument=WETH, side="buy", quantity_lots=lots,
        price_ticks=price, time_in_force=tif,
    )  # fmt: skip


async def heard(adapter: HttpVenue, until: type[VenueEvent], count: int = 1) -> list[VenueEvent]:
    """Read events until `count` of a kind have come."""
    found: list[VenueEvent] = []
    async for event in adapter.events():
        found.append(event)
        if sum(isinstance(e, until) for e in found) == count:
            break
    return found


async def test_submit_query_and_events_tell_the_same() -> None:
    async with venue() as (adapter, _):
        await adapter.submit(order("o1", lots=150))
        live, ack, one, two, done = await heard(adapter, Finished)
        view = await adapter.query(OrderId("o1"))
        status = await adapter.snapshot()
    assert isinstance(live, LinkChanged)
    assert live.state == "live"
    assert isinstance(ack, Acked)
    assert isinstance(done, Finished)
    assert isinstance(one, FillReport)
    assert isinstance(two, FillReport)
    assert (one.quantity_lots, two.quantity_lots) == (100, 50)
    assert one.exec_id != two.exec_id
    assert (done.reason, done.cum_lots) == ("filled", 150)
    assert view == VenueView(
        order_id=OrderId("o1"), state="filled", cum_lots=150, fills=(one, two)
    )
    assert status.positions[WETH] == 150
    assert status.fills == ()  # all of them were handed over as events


async def test_repeating_an_order_executes_nothing_where_the_venue_knows_it() -> None:
    async with venue() as (adapter, _):
        await adapter.submit(order("o1"))
        await adapter.submit(order("o1"))
        assert (await adapter.snapshot()).positions[WETH] == 5


async def test_a_lost_answer_is_unreachable_and_the_query_tells_what_happened() -> None:
    async with venue(lost_answer=1) as (adapter, _):
        with pytest.raises(UnreachableError, match="did not answer"):
            await adapter.submit(order("o1"))
        view = await adapter.query(OrderId("o1"))
    assert isinstance(view, VenueView)
    assert view.cum_lots == 5


async def test_an_order_that_never_arrived_is_not_found() -> None:
    async with venue(down=1) as (adapter, _):
        with pytest.raises(UnreachableError):
            await adapter.submit(order("o1"))
        assert await adapter.query(OrderId("o1")) == NotFound()


async def test_a_venue_that_is_down_answers_no_request_of_any_kind() -> None:
    async with venue(down=4) as (adapter, _):
        with pytest.raises(UnreachableError, match="503"):
            await adapter.submit(order("o1"))
        with pytest.raises(UnreachableError, match="503"):
            await adapter.cancel(OrderId("o1"))
        assert isinstance(await adapter.query(OrderId("o1")), Unknown)
        with pytest.raises(UnreachableError, match="503"):
            await adapter.snapshot()
        assert await adapter.query(OrderId("o1")) == NotFound()  # it is up again


async def test_nobody_there_is_unknown_not_not_found() -> None:
    async with venue() as (_, url):
        pass
    adapter = made(url)
    view = await adapter.query(OrderId("o1"))
    await adapter.close()
    assert isinstance(view, Unknown)


async def test_a_duplicated_fill_is_passed_on_as_it_came() -> None:
    async with venue(duplicate_fill=1) as (adapter, url):
        await adapter.submit(order("o1"))
        fills = [e for e in await heard(adapter, Finished) if isinstance(e, FillReport)]
        async with aiohttp.ClientSession() as session:
            truth = await (await session.get(f"{url}/truth")).json()
    assert len(fills) == 2
    assert fills[0] == fills[1]
    assert [f["exec_id"] for f in truth["fills"]] == [fills[0].exec_id]


@pytest.mark.parametrize(("fault", "kind"), [("bust", BustReport), ("correct", CorrectReport)])
async def test_what_happens_to_a_fill_later_comes_as_evidence_by_stream_and_by_query(
    fault: str, kind: type[Evidence]
) -> None:
    async with venue(**{fault: 1}) as (adapter, _):
        await adapter.submit(order("o1"))
        found = await heard(adapter, Finished)
        view = await adapter.query(OrderId("o1"))
        position = (await adapter.snapshot()).positions[WETH]
    fill, later, done = found[-3:]
    assert isinstance(fill, FillReport)
    assert isinstance(later, kind)
    assert isinstance(done, Finished)
    assert done.cum_lots == position == (0 if fault == "bust" else 4)
    assert isinstance(view, VenueView)
    assert view.fills == (fill, later)


async def test_the_stream_goes_on_after_the_last_event_handed_over() -> None:
    async with venue() as (adapter, _):
        await adapter.submit(order("o1"))
        first = await heard(adapter, Finished)
        await adapter.submit(order("o2"))
        second = await heard(adapter, Finished)
    told = [e.order_id for e in [*first, *second] if isinstance(e, Acked | FillReport | Finished)]
    assert told == ["o1"] * 3 + ["o2"] * 3


async def test_a_cancel_ends_a_resting_order_and_comes_as_an_event() -> None:
    async with venue() as (adapter, _):
        await adapter.submit(order("o1", price=100_000, tif="day"))
        await adapter.cancel(OrderId("o1"))
        done = (await heard(adapter, Finished))[-1]
    assert isinstance(done, Finished)
    assert (done.reason, done.cum_lots) == ("canceled", 0)


async def test_what_the_venue_refuses_is_rejected_in_its_own_view_of_the_order() -> None:
    async with venue() as (adapter, _):
        view = await adapter.submit(order("o1", lots=0))
    assert view == VenueView(order_id=OrderId("o1"), state="rejected", cum_lots=0, fills=())


async def test_a_book_is_published_beside_the_events() -> None:
    async with venue() as (adapter, _), asyncio.TaskGroup() as tasks:
        reader = tasks.create_task(heard(adapter, Finished))
        book = await anext(adapter.books())
        reader.cancel()
    assert book.mid_ticks == 150_000
    assert book.bids[0] < (book.mid_ticks, 0) < book.asks[0]


@pytest.mark.parametrize(
    "said",
    ["{", '{"type":"events"}', '{"type":"party"}',
     '{"type":"events","events":[{"seq":1,"type":"fill","client_id":"o1"}]}',
     '{"type":"events","events":[{"seq":1,"type":"done","client_id":"o1","state":"happy"}]}',
     ('{"type":"book","instrument":"WETH-USDC","t_ns":1,"mid_ticks":0,"bids":[],"asks":[],'
      '"volume_lots":0}'),
     ('{"type":"book","instrument":"BTC-USDC","t_ns":1,"mid_ticks":5,"bids":[[4,1]],'
      '"asks":[[6,1]],"volume_lots":0}')],
)  # fmt: skip
async def test_a_misshapen_message_is_told_and_the_stream_goes_on(said: str) -> None:
    async def ws(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str(said)
        await socket.send_str(
            '{"type":"events","events":[{"seq":2,"type":"ack","client_id":"o2"}]}'
        )
        await socket.receive()
        return socket

    app = web.Application()
    app.router.add_get("/ws", ws)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    adapter = made(f"http://127.0.0.1:{runner.addresses[0][1]}")
    try:
        live, unreadable, ack = await heard(adapter, Acked)
    finally:
        await adapter.close()
        await runner.cleanup()
    assert isinstance(live, LinkChanged)
    assert isinstance(unreadable, Unreadable)
    assert unreadable.detail
    assert isinstance(ack, Acked)
