"""The routes of the control port: one table for the router and for the OpenAPI document."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
from aiohttp import web

from edgenode.daemon.control.answers import (
    Handler,
    as_json,
    body_of,
    integer,
    reads,
    require_json,
    see_other,
)
from edgenode.daemon.control.facade import Feed, NodeFacade, PauseRequest
from edgenode.daemon.control.openapi import Route, openapi
from edgenode.daemon.control.problems import Problem
from edgenode.daemon.control.protect import CSRF_COOKIE, FORM, HEADERS, Access
from edgenode.daemon.control.trading import TradingRoutes
from edgenode.daemon.page.page import fragments, render, title

PAGE_MAX = 1_000
HEARTBEAT_S = 2.0


class Routes:
    """The handlers, over a node."""

    def __init__(self, node: NodeFacade, access: Access) -> None:
        self._node = node
        self._access = access
        self._openapi: dict[str, Any] = {}

    def table(self) -> list[Route]:
        """Give every route."""
        api = "/api/v1"
        node = self._node
        routes = [
            Route("GET", "/", "The page for field staff", self._page),
            Route("GET", "/live", "The page's parts as they change (SSE)", self._live),
            Route("POST", "/pause", "Pause, from the page's form", self._pause_form),
            Route("POST", "/resume", "Resume, from the page's form", self._resume_form),
            Route("GET", "/healthz", "Live", self._health("live")),
            Route("GET", "/readyz", "Ledger writable, gate armed", self._health("ready")),
            Route("GET", "/online", "Central book reachable", self._health("online")),
            Route("GET", "/metrics", "OpenMetrics", self._metrics),
            Route("GET", f"{api}/openapi.json", "This document", self._document),
            Route("GET", f"{api}/status", "Status", reads(node.status)),
            Route("GET", f"{api}/sync", "Sync", reads(lambda: node.status()["sync"])),
            Route("GET", f"{api}/pnl", "P&L", reads(lambda: {"pnl": node.status()["pnl"]})),
            Route("GET", f"{api}/series", "Chart columns", reads(node.series)),
            Route("GET", f"{api}/instruments", "Instruments", reads(node.instruments)),
            Route("GET", f"{api}/positions", "Positions", reads(node.positions)),
            Route("GET", f"{api}/exposure", "Exposure", reads(node.exposure)),
            Route("GET", f"{api}/limits", "Limits", reads(node.limits)),
            Route("GET", f"{api}/wallet", "Grants", reads(lambda: node.status()["wallet"])),
            Route("GET", f"{api}/ledger", "Entries after a seq", self._ledger),
            Route("GET", f"{api}/events", "Status updates (SSE)", self._events),
            Route("POST", f"{api}/pause", "Pause", self._pause),
            Route("POST", f"{api}/resume", "Resume", self._resume),
        ]
        routes += TradingRoutes(node).table()
        self._openapi = openapi(routes)
        return routes

    # -- the page ----------------------------------------------------------------------------

    async def _page(self, _: web.Request) -> web.StreamResponse:
        text = render(self._node.status(), self._node.series(), self._access.csrf)
        response = web.Response(text=text, content_type="text/html")
        response.set_cookie(
            CSRF_COOKIE, self._access.csrf, httponly=True, samesite="Strict", path="/"
        )
        return response

    async def _pause_form(self, request: web.Request) -> web.StreamResponse:
        form = await self._form(request)
        hedges = form.get("hedges") == "on"
        seq = await self._node.pause(request["actor"], hedges=hedges, reason="page")
        return see_other(f"/?paused={seq}")

    async def _resume_form(self, request: web.Request) -> web.StreamResponse:
        await self._form(request)
        seq = await self._node.resume(request["actor"])
        return see_other(f"/?resumed={seq}")

    # -- reading -----------------------------------------------------------------------------

    def _health(self, key: str) -> Handler:
        async def handle(_: web.Request) -> web.StreamResponse:
            health = self._node.health()
            return as_json(health, 200 if health[key] else 503)

        return handle

    async def _metrics(self, _: web.Request) -> web.StreamResponse:
        kind = "application/openmetrics-text; version=1.0.0; charset=utf-8"
        body = self._node.metrics().encode()
        return web.Response(body=body, headers={"Content-Type": kind})

    async def _document(self, _: web.Request) -> web.StreamResponse:
        return as_json(self._openapi)

    async def _ledger(self, request: web.Request) -> web.StreamResponse:
        after = integer(request, "after", 0, 1 << 62)
        limit = integer(request, "limit", 100, PAGE_MAX)
        return as_json(self._node.ledger(after, limit))

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Send the newest status whenever it changes.

        With ?cancel_on_disconnect=ACCOUNT that account's orders here end with this connection.
        """
        account = request.query.get("cancel_on_disconnect")
        if account is None:
            return await self._stream(request, lambda status: ("status", status))
        async with self._node.session(account, request["actor"]):
            return await self._stream(request, lambda status: ("status", status))

    async def _live(self, request: web.Request) -> web.StreamResponse:
        """Send the parts of the page that changed."""
        sent: dict[str, str] = {}

        def changed(status: dict[str, Any]) -> tuple[str, dict[str, Any]]:
            parts = fragments(status, self._node.series())
            new = {name: html for name, html in parts.items() if sent.get(name) != html}
            sent.update(new)
            return "page", {"title": title(status), "parts": new}

        return await self._stream(request, changed)

    async def _stream(
        self, request: web.Request, shape: Callable[[dict[str, Any]], tuple[str, Any]]
    ) -> web.StreamResponse:
        """Send server-sent events until the reader is gone; the event id is the ledger's seq."""
        headers = {**HEADERS, "Content-Type": "text/event-stream"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        with suppress(ConnectionResetError):  # the reader went away
            async with self._node.subscribe() as feed:
                while True:
                    await response.write(await _event(feed, shape))
        return response

    async def _pause(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request, PauseRequest)
        self._access.check_csrf(request, request.headers.get("X-CSRF-Token", ""))
        actor = request["actor"]
        seq = await self._node.pause(actor, hedges=body.hedges, reason=body.reason)
        return as_json({"paused": True, "ledger_seq": seq})

    async def _resume(self, request: web.Request) -> web.StreamResponse:
        require_json(request)
        self._access.check_csrf(request, request.headers.get("X-CSRF-Token", ""))
        seq = await self._node.resume(request["actor"])
        return as_json({"paused": False, "ledger_seq": seq})

    async def _form(self, request: web.Request) -> dict[str, str]:
        if request.content_type != FORM:
            raise Problem(415, "EN002", f"{request.content_type}", expected=FORM)
        form = {key: str(value) for key, value in (await request.post()).items()}
        self._access.check_csrf(request, form.get("csrf", ""))
        return form


async def _event(feed: Feed, shape: Callable[[dict[str, Any]], tuple[str, Any]]) -> bytes:
    """Wait for the next update, or for a beat that shows a dead reader."""
    try:
        async with asyncio.timeout(HEARTBEAT_S):
            _, seq, status = await feed.get()
    except TimeoutError:
        return b"event: beat\ndata: {}\n\n"
    name, data = shape(status)
    body = msgspec.json.encode(data)
    return b"event: %s\nid: %d\ndata: %s\n\n" % (name.encode(), seq, body)
