"""The routes of orders, fills, micro-events, approvals and breaks."""

import msgspec
from aiohttp import web

from edgenode.daemon.control.answers import as_answer, as_json, body_of, integer
from edgenode.daemon.control.facade import (
    AmendRequest,
    ApprovalRequest,
    CloseRequest,
    EventRequest,
    NodeFacade,
    OrderRequest,
    ReleaseRequest,
    ResolveRequest,
)
from edgenode.daemon.control.openapi import Route
from edgenode.daemon.control.problems import Problem

PAGE_MAX = 1_000


class TradingRoutes:
    """The handlers, over a node."""

    def __init__(self, node: NodeFacade) -> None:
        self._node = node

    def table(self) -> list[Route]:
        """Give every route."""
        api = "/api/v1"
        return [
            Route("GET", f"{api}/orders", "Orders at hand", self._orders),
            Route("POST", f"{api}/orders", "Place an order", self._place),
            Route("DELETE", f"{api}/orders", "Cancel all of an account here", self._cancel_all),
            Route("GET", f"{api}/orders/{{id}}", "One order", self._order),
            Route("PUT", f"{api}/orders/{{id}}", "Change price or quantity", self._amend),
            Route("DELETE", f"{api}/orders/{{id}}", "Cancel an order", self._cancel),
            Route("GET", f"{api}/fills", "Newest fills", self._fills),
            Route("POST", f"{api}/micro-events", "Declare a micro-event", self._event),
            Route("GET", f"{api}/approvals", "Plans that wait or hold", self._approvals),
            Route("POST", f"{api}/approvals/{{id}}", "Answer a plan", self._answer),
            Route("GET", f"{api}/breaks", "Open breaks", self._breaks),
            Route("POST", f"{api}/release", "Release a restriction's cause", self._release),
            Route("GET", f"{api}/breaks/{{id}}", "One break, its versions", self._break),
            Route("POST", f"{api}/breaks/{{id}}/close", "Close a break", self._close),
            Route("POST", f"{api}/breaks/{{id}}/resolve", "Decide a break", self._resolve),
        ]

    async def _orders(self, _: web.Request) -> web.StreamResponse:
        return as_json(await self._node.orders())

    async def _order(self, request: web.Request) -> web.StreamResponse:
        found = await self._node.order(request.query.get("account"), request.match_info["id"])
        if found is None:
            raise Problem(404, "EN006", "No such order")
        return as_json(found)

    async def _fills(self, request: web.Request) -> web.StreamResponse:
        return as_json(await self._node.fills(integer(request, "limit", 100, PAGE_MAX)))

    async def _place(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request, OrderRequest)
        return as_answer(await self._node.place(body, request["actor"]))

    async def _cancel(self, request: web.Request) -> web.StreamResponse:
        account, id_ = request.query.get("account"), request.match_info["id"]
        return as_answer(await self._node.cancel(account, id_, request["actor"]))

    async def _event(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request, EventRequest)
        answer = await self._node.declare_event(msgspec.to_builtins(body), request["actor"])
        return as_json(answer, 201)

    async def _cancel_all(self, request: web.Request) -> web.StreamResponse:
        account = request.query.get("account")
        if account is None:
            raise Problem(400, "EN002", "no account is named", expected="?account=NAME")
        return as_json(await self._node.cancel_all(account, request["actor"]))

    async def _amend(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request, AmendRequest)
        account, id_ = request.query.get("account"), request.match_info["id"]
        return as_answer(await self._node.amend(account, id_, body, request["actor"]))

    async def _approvals(self, _: web.Request) -> web.StreamResponse:
        return as_json(self._node.approvals())

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request, ApprovalRequest)
        plan_id = request.match_info["id"]
        seq = await self._node.answer_plan(plan_id, body, request["actor"])
        return as_json({"plan_id": plan_id, "ledger_seq": seq})

    async def _breaks(self, _: web.Request) -> web.StreamResponse:
        return as_json(self._node.breaks())

    async def _release(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request, ReleaseRequest)
        seq = await self._node.release(body.cause, body.reason, request["actor"])
        return as_json({"cause": body.cause, "ledger_seq": seq})

    async def _break(self, request: web.Request) -> web.StreamResponse:
        found = self._node.break_(request.match_info["id"])
        if found is None:
            raise Problem(404, "EN006", "No such break is open")
        return as_json(found)

    async def _resolve(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request, ResolveRequest)
        break_id = request.match_info["id"]
        return as_json(await self._node.resolve_break(break_id, body, request["actor"]))

    async def _close(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request, CloseRequest)
        break_id = request.match_info["id"]
        seq = await self._node.close_break(break_id, body.reason, request["actor"])
        return as_json({"break_id": break_id, "ledger_seq": seq})
