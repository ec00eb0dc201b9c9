"""The routes that read: every GET of the control port, and nothing that changes anything.

The handlers hold `NodeReads` alone, so a GET that acted would not pass the type checker; a test
walks every route and finds the ledger as it was.
"""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from edgenode.daemon.control.answers import Handler, as_json, integer, reads
from edgenode.daemon.control.facade import Json, NodeReads
from edgenode.daemon.control.openapi import Route
from edgenode.daemon.control.problems import Problem
from edgenode.daemon.control.protect import CSRF_COOKIE
from edgenode.daemon.control.streams import as_status, stream
from edgenode.daemon.page.page import Estimated, fragments, render, title

PAGE_MAX = 1_000


class ReadingRoutes:
    """The handlers, over a view of the node that only reads."""

    def __init__(self, node: NodeReads, csrf: str, document: Callable[[], Json]) -> None:
        self._node = node
        self._csrf = csrf
        self._document = document

    def table(self) -> list[Route]:
        """Return these routes."""
        api = "/api/v1"
        node = self._node
        rows: list[tuple[str, str, Handler]] = [
            ("/", "The page for field staff", self._page),
            ("/live", "The page's parts as they change (SSE)", self._live),
            ("/healthz", "Live", self._health("live")),
            ("/readyz", "Ledger writable, gate armed", self._health("ready")),
            ("/online", "Central book reachable", self._health("online")),
            ("/metrics", "OpenMetrics", self._metrics),
            (f"{api}/openapi.json", "This document", reads(self._document)),
            (f"{api}/status", "Status", reads(node.status)),
            (f"{api}/sync", "Sync", reads(lambda: node.status()["sync"])),
            (f"{api}/pnl", "P&L", reads(lambda: {"pnl": node.status()["pnl"]})),
            (f"{api}/series", "Chart columns", reads(node.series)),
            (f"{api}/forecast", "Quantiles of the next minutes' volume", reads(node.forecast)),
            (f"{api}/signals", "Sources of signals, their bars and feeds", reads(node.signals)),
            (f"{api}/risk", "P&L in its parts, triggers, scenarios", reads(node.risk)),
            (f"{api}/venues", "What each outside venue is like", reads(node.venues)),
            (f"{api}/instruments", "Instruments", reads(node.instruments)),
            (f"{api}/positions", "Positions", reads(node.positions)),
            (f"{api}/exposure", "Exposure", reads(node.exposure)),
            (f"{api}/limits", "Limits", reads(node.limits)),
            (f"{api}/wallet", "Grants", reads(lambda: node.status()["wallet"])),
            (f"{api}/ledger", "Entries after a seq", self._ledger),
            (f"{api}/events", "Status updates (SSE)", self._events),
            (f"{api}/orders", "Orders at hand", self._orders),
            (f"{api}/orders/{{id}}", "One order", self._order),
            (f"{api}/fills", "Newest fills", self._fills),
            (f"{api}/approvals", "Plans that wait or hold", reads(node.approvals)),
            (f"{api}/micro-events", "Open micro-events", reads(node.micro_events)),
            (f"{api}/micro-events/{{id}}/report", "An event report", self._report),
            (f"{api}/breaks", "Open breaks", reads(node.breaks)),
            (f"{api}/breaks/{{id}}", "One break, its versions", self._break),
        ]
        return [Route("GET", path, summary, handler) for path, summary, handler in rows]

    async def _page(self, _: web.Request) -> web.StreamResponse:
        node = self._node
        text = render(node.status(), node.series(), self._csrf, self._estimated())
        response = web.Response(text=text, content_type="text/html")
        response.set_cookie(CSRF_COOKIE, self._csrf, httponly=True, samesite="Strict", path="/")
        return response

    def _estimated(self) -> Estimated:
        node = self._node
        return Estimated(node.forecast(), node.venues(), node.limits()["risk_aversion"])

    def _health(self, key: str) -> Handler:
        async def handle(_: web.Request) -> web.StreamResponse:
            health = self._node.health()
            return as_json(health, 200 if health[key] else 503)

        return handle

    async def _metrics(self, _: web.Request) -> web.StreamResponse:
        kind = "application/openmetrics-text; version=1.0.0; charset=utf-8"
        body = self._node.metrics().encode()
        return web.Response(body=body, headers={"Content-Type": kind})

    async def _ledger(self, request: web.Request) -> web.StreamResponse:
        after = integer(request, "after", 0, 1 << 62)
        limit = integer(request, "limit", 100, PAGE_MAX)
        return as_json(self._node.ledger(after, limit))

    async def _orders(self, _: web.Request) -> web.StreamResponse:
        return as_json(await self._node.orders())

    async def _order(self, request: web.Request) -> web.StreamResponse:
        found = await self._node.order(request.query.get("account"), request.match_info["id"])
        if found is None:
            raise Problem(404, "EN006", "No such order", expected="the id of an order")
        return as_json(found)

    async def _report(self, request: web.Request) -> web.StreamResponse:
        return as_json(await self._node.event_report(request.match_info["id"]))

    async def _break(self, request: web.Request) -> web.StreamResponse:
        found = self._node.break_(request.match_info["id"])
        if found is None:
            raise Problem(
                404,
                "EN006",
                "No such break is open",
                expected="the id of an open break",
                do="edgenode breaks ls names them",
            )
        return as_json(found)

    async def _fills(self, request: web.Request) -> web.StreamResponse:
        return as_json(await self._node.fills(integer(request, "limit", 100, PAGE_MAX)))

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Send the newest status whenever it changes."""
        if "cancel_on_disconnect" in request.query:  # a GET that would act: refused, not ignored
            raise Problem(
                400,
                "EN002",
                "a GET cancels nothing, now or later",
                expected="GET without cancel_on_disconnect",
                do='POST /api/v1/sessions {"account": ...} answers with the same events',
            )
        return await stream(request, self._node, as_status)

    async def _live(self, request: web.Request) -> web.StreamResponse:
        """Send the parts of the page that changed."""
        sent: dict[str, str] = {}

        def changed(status: Json) -> tuple[str, dict[str, Any]]:
            node = self._node
            parts = fragments(status, node.series(), self._estimated())
            new = {name: html for name, html in parts.items() if sent.get(name) != html}
            sent.update(new)
            return "page", {"title": title(status), "parts": new}

        return await stream(request, self._node, changed)
