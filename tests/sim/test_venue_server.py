"""The sandbox venue as a server: what its clients do to it is no fault of its own."""

import asyncio
import logging

import aiohttp

from edgenode.adapters.clock import WallClock
from edgenode.sim.venue import server
from edgenode.sim.venue.server import VenueSpec, serving


async def test_a_client_that_drops_while_it_is_told_is_no_error_of_the_venue(monkeypatch, caplog):
    told = asyncio.Event()

    async def send(_socket, _engine, _listener):
        told.set()
        raise aiohttp.ClientConnectionResetError("Cannot write to closing transport")

    monkeypatch.setattr(server, "_send", send)
    with caplog.at_level(logging.WARNING):
        async with (
            serving([VenueSpec(name="plain")], WallClock()) as (made, url),
            aiohttp.ClientSession() as session,
        ):
            async with session.ws_connect(f"{url}/ws") as stream:
                await told.wait()
                await stream.receive()  # the end of the connection
            assert made.listeners["plain"] == set()
    assert [record.getMessage() for record in caplog.records] == []
