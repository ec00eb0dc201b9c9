"""The routes of the control port: one table for the router and for the OpenAPI document.

What reads is in reading.py, behind a view of the node that cannot change it; what acts is here
(people) and in trading.py (orders).
"""

from typing import Any

from aiohttp import web

from edgenode.daemon.control.answers import as_json, body_of, see_other
from edgenode.daemon.control.facade import NodeActs, NodeFacade, PauseRequest, ResumeRequest
from edgenode.daemon.control.openapi import Route, openapi
from edgenode.daemon.control.problems import Problem
from edgenode.daemon.control.protect import FORM, Access
from edgenode.daemon.control.reading import ReadingRoutes
from edgenode.daemon.control.trading import TradingRoutes


def table_of(node: NodeFacade, access: Access) -> list[Route]:
    """Return every route over a node."""
    document: dict[str, Any] = {}
    routes = ReadingRoutes(node, access.csrf, lambda: document).table()
    routes += PeopleRoutes(node, access).table()
    routes += TradingRoutes(node, node).table()
    document |= openapi(routes)
    return routes


class PeopleRoutes:
    """Pause and resume: by the page's forms and script, by commands and programs."""

    def __init__(self, node: NodeActs, access: Access) -> None:
        self._node = node
        self._access = access

    def table(self) -> list[Route]:
        """Return these routes."""
        api = "/api/v1"
        return [
            Route("POST", "/pause", "Pause, from the page's form", self._pause_form),
            Route("POST", "/resume", "Resume, from the page's form", self._resume_form),
            Route("POST", f"{api}/pause", "Pause", self._pause),
            Route("POST", f"{api}/resume", "Resume", self._resume),
        ]

    async def _pause_form(self, request: web.Request) -> web.StreamResponse:
        form = await self._form(request)
        hedges = form.get("hedges") == "on"
        seq = await self._node.pause(request["actor"], hedges=hedges, reason="page")
        return see_other(f"/?paused={seq}")

    async def _resume_form(self, request: web.Request) -> web.StreamResponse:
        await self._form(request)
        seq = await self._node.resume(request["actor"])
        return see_other(f"/?resumed={seq}")

    async def _pause(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request, PauseRequest)
        self._access.check_csrf(request, request.headers.get("X-CSRF-Token", ""))
        actor = request["actor"]
        seq = await self._node.pause(actor, hedges=body.hedges, reason=body.reason)
        return as_json({"paused": True, "ledger_seq": seq})

    async def _resume(self, request: web.Request) -> web.StreamResponse:
        await body_of(request, ResumeRequest, missing=b"{}")
        self._access.check_csrf(request, request.headers.get("X-CSRF-Token", ""))
        seq = await self._node.resume(request["actor"])
        return as_json({"paused": False, "ledger_seq": seq})

    async def _form(self, request: web.Request) -> dict[str, str]:
        if request.content_type != FORM:
            raise Problem(415, "EN002", f"{request.content_type}", expected=FORM)
        form = {key: str(value) for key, value in (await request.post()).items()}
        self._access.check_csrf(request, form.get("csrf", ""))
        return form
