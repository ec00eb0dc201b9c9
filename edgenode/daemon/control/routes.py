"""The routes of the control port: one table for the router and for the OpenAPI document."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from edgenode import __version__
from edgenode.daemon.control.facade import (
    EventRequest,
    NodeFacade,
    OrderRequest,
    PauseRequest,
    PlaceAnswer,
)
from edgenode.daemon.control.page import fragments, render, title
from edgenode.daemon.control.problems import Problem
from edgenode.daemon.control.protect import CSRF_COOKIE, FORM, HEADERS, Access

T = TypeVar("T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PAGE_MAX = 1_000
HEARTBEAT_S = 2.0
PROBLEM_FROM = 400


@dataclass(frozen=True, slots=True)
class Route:
    """One documented route."""

    method: str
    path: str
    summary: str
    handler: Handler


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
            Route("GET", f"{api}/status", "Status", _get(node.status)),
            Route("GET", f"{api}/sync", "Sync", _get(lambda: node.status()["sync"])),
            Route("GET", f"{api}/pnl", "P&L", _get(lambda: {"pnl": node.status()["pnl"]})),
            Route("GET", f"{api}/series", "Chart columns", _get(node.series)),
            Route("GET", f"{api}/instruments", "Instruments", _get(node.instruments)),
            Route("GET", f"{api}/positions", "Positions", _get(node.positions)),
            Route("GET", f"{api}/exposure", "Exposure", _get(node.exposure)),
            Route("GET", f"{api}/limits", "Limits", _get(node.limits)),
            Route("GET", f"{api}/wallet", "Grants", _get(lambda: node.status()["wallet"])),
            Route("GET", f"{api}/orders", "Orders at hand", self._orders),
            Route("GET", f"{api}/orders/{{id}}", "One order", self._order),
            Route("GET", f"{api}/fills", "Newest fills", self._fills),
            Route("GET", f"{api}/ledger", "Entries after a seq", self._ledger),
            Route("GET", f"{api}/events", "Status updates (SSE)", self._events),
            Route("POST", f"{api}/orders", "Place an order", self._place),
            Route("DELETE", f"{api}/orders/{{id}}", "Cancel an order", self._cancel),
            Route("POST", f"{api}/pause", "Pause", self._pause),
            Route("POST", f"{api}/resume", "Resume", self._resume),
            Route("POST", f"{api}/micro-events", "Declare a micro-event", self._event),
        ]
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
        return _see(f"/?paused={seq}")

    async def _resume_form(self, request: web.Request) -> web.StreamResponse:
        await self._form(request)
        seq = await self._node.resume(request["actor"])
        return _see(f"/?resumed={seq}")

    # -- reading -----------------------------------------------------------------------------

    def _health(self, key: str) -> Handler:
        async def handle(_: web.Request) -> web.StreamResponse:
            health = self._node.health()
            return _json(health, 200 if health[key] else 503)

        return handle

    async def _metrics(self, _: web.Request) -> web.StreamResponse:
        kind = "application/openmetrics-text; version=1.0.0; charset=utf-8"
        body = self._node.metrics().encode()
        return web.Response(body=body, headers={"Content-Type": kind})

    async def _document(self, _: web.Request) -> web.StreamResponse:
        return _json(self._openapi)

    async def _orders(self, _: web.Request) -> web.StreamResponse:
        return _json(await self._node.orders())

    async def _order(self, request: web.Request) -> web.StreamResponse:
        found = await self._node.order(request.query.get("account"), request.match_info["id"])
        if found is None:
            raise Problem(404, "EN006", "No such order")
        return _json(found)

    async def _fills(self, request: web.Request) -> web.StreamResponse:
        return _json(await self._node.fills(_int(request, "limit", 100, PAGE_MAX)))

    async def _ledger(self, request: web.Request) -> web.StreamResponse:
        after = _int(request, "after", 0, 1 << 62)
        limit = _int(request, "limit", 100, PAGE_MAX)
        return _json(self._node.ledger(after, limit))

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Send the newest status whenever it changes."""
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
        """Send server-sent events for ever; the event id is the ledger's seq."""
        headers = {**HEADERS, "Content-Type": "text/event-stream"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        async with self._node.subscribe() as feed:
            while True:
                try:
                    async with asyncio.timeout(HEARTBEAT_S):
                        _, seq, status = await feed.get()
                except TimeoutError:
                    await response.write(b"event: beat\ndata: {}\n\n")
                    continue
                name, data = shape(status)
                body = msgspec.json.encode(data)
                line = b"event: %s\nid: %d\ndata: %s\n\n"
                await response.write(line % (name.encode(), seq, body))

    # -- changing ----------------------------------------------------------------------------

    async def _place(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request, OrderRequest)
        return _answer(await self._node.place(body, request["actor"]))

    async def _cancel(self, request: web.Request) -> web.StreamResponse:
        account, id_ = request.query.get("account"), request.match_info["id"]
        return _answer(await self._node.cancel(account, id_, request["actor"]))

    async def _pause(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request, PauseRequest)
        self._access.check_csrf(request, request.headers.get("X-CSRF-Token", ""))
        actor = request["actor"]
        seq = await self._node.pause(actor, hedges=body.hedges, reason=body.reason)
        return _json({"paused": True, "ledger_seq": seq})

    async def _resume(self, request: web.Request) -> web.StreamResponse:
        _require_json(request)
        self._access.check_csrf(request, request.headers.get("X-CSRF-Token", ""))
        seq = await self._node.resume(request["actor"])
        return _json({"paused": False, "ledger_seq": seq})

    async def _event(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request, EventRequest)
        answer = await self._node.declare_event(msgspec.to_builtins(body), request["actor"])
        return _json(answer, 201)

    async def _form(self, request: web.Request) -> dict[str, str]:
        if request.content_type != FORM:
            raise Problem(415, "EN002", f"{request.content_type}", expected=FORM)
        form = {key: str(value) for key, value in (await request.post()).items()}
        self._access.check_csrf(request, form.get("csrf", ""))
        return form


def openapi(routes: list[Route]) -> dict[str, Any]:
    """Give the OpenAPI 3.1 document of a route table."""
    schemas = msgspec.json.schema_components(
        [OrderRequest, PauseRequest, EventRequest], ref_template="#/components/schemas/{name}"
    )
    bodies = {
        "/api/v1/orders": "OrderRequest",
        "/api/v1/pause": "PauseRequest",
        "/api/v1/micro-events": "EventRequest",
    }
    paths: dict[str, Any] = {}
    for route in routes:
        operation: dict[str, Any] = {
            "summary": route.summary,
            "responses": {
                "200": {"description": "OK"},
                "4XX": {"description": "RFC 9457 problem with a stable code"},
            },
        }
        if "{id}" in route.path:
            operation["parameters"] = [
                {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
            ]
        if route.method == "POST" and route.path in bodies:
            ref = {"$ref": f"#/components/schemas/{bodies[route.path]}"}
            operation["requestBody"] = {"content": {"application/json": {"schema": ref}}}
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "edgenode control port", "version": __version__},
        "paths": paths,
        "components": {"schemas": schemas[1]},
    }


def _get(read: Callable[[], Any]) -> Handler:
    async def handle(_: web.Request) -> web.StreamResponse:
        return _json(read())

    return handle


def _json(body: object, status: int = 200) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(body), status=status, content_type="application/json"
    )


def _answer(answer: PlaceAnswer) -> web.Response:
    response = _json(answer.body, answer.status)
    if answer.status >= PROBLEM_FROM:
        response.content_type = "application/problem+json"
    return response


def _require_json(request: web.Request) -> None:
    if request.content_type != "application/json":
        raise Problem(415, "EN002", f"{request.content_type}", expected="application/json")


async def _body(request: web.Request, kind: type[T]) -> T:
    _require_json(request)
    try:
        return msgspec.json.decode(await request.read(), type=kind)
    except web.HTTPRequestEntityTooLarge as error:
        raise Problem(413, "EN505", "The body is larger than 64 KiB") from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(400, "EN002", str(error)) from error


def _int(request: web.Request, key: str, default: int, ceiling: int) -> int:
    text = request.query.get(key)
    if text is None:
        return default
    if not text.isascii() or not text.isdecimal() or len(text) > len(str(ceiling)):
        raise Problem(400, "EN002", f"{key}={text[:20]!r}", expected=f"0 to {ceiling}")
    return min(int(text), ceiling)


def _see(location: str) -> web.Response:
    return web.Response(status=303, headers={"Location": location})
