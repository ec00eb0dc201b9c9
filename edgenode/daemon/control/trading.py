"""The routes that act on orders, sessions, micro-events, approvals and breaks."""

import msgspec
from aiohttp import web

from edgenode.daemon.control.answers import as_answer, as_json, body_of
from edgenode.daemon.control.facade import (
    AmendRequest,
    ApprovalRequest,
    CloseRequest,
    EventCloseRequest,
    EventRequest,
    NodeActs,
    NodeReads,
    OrderRequest,
    ReleaseRequest,
    ResolveRequest,
    SessionRequest,
    SignalsRequest,
)
from edgenode.daemon.control.openapi import Route
from edgenode.daemon.control.problems import Problem
from edgenode.daemon.control.streams import as_status, stream
from edgenode.model.errors import RefusedError
from edgenode.wire.entry import ACTOR_BYTES_MAX


class TradingRoutes:
    """The handlers, over a node."""

    def __init__(self, node: NodeActs, view: NodeReads) -> None:
        self._node = node
        self._view = view

    def table(self) -> list[Route]:
        """Return these routes."""
        api = "/api/v1"
        session = "Status updates (SSE); the account's orders here end with the connection"
        return [
            Route("POST", f"{api}/orders", "Place an order", self._place),
            Route("DELETE", f"{api}/orders", "Cancel all of an account here", self._cancel_all),
            Route("PUT", f"{api}/orders/{{id}}", "Change price or quantity", self._amend),
            Route("DELETE", f"{api}/orders/{{id}}", "Cancel an order", self._cancel),
            Route("POST", f"{api}/sessions", session, self._session),
            Route("POST", f"{api}/micro-events", "Declare a micro-event", self._event),
            Route("POST", f"{api}/micro-events/{{id}}/close", "End a micro-event", self._end),
            Route("POST", f"{api}/signals", "Push rows of a demand feed", self._signals),
            Route("DELETE", f"{api}/signals/{{id}}", "Forget a demand feed", self._forget),
            Route("POST", f"{api}/approvals/{{id}}", "Answer a plan", self._answer),
            Route("POST", f"{api}/release", "Release a restriction's cause", self._release),
            Route("POST", f"{api}/breaks/{{id}}/close", "Close a break", self._close),
            Route("POST", f"{api}/breaks/{{id}}/resolve", "Decide a break", self._resolve),
        ]

    async def _place(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request, OrderRequest)
        return as_answer(await self._node.place(body, request["actor"]))

    async def _signals(self, request: web.Request) -> web.StreamResponse:
        self._node.admit_push()
        body = await body_of(request, SignalsRequest)
        return as_json(await self._node.push_signals(body))

    async def _forget(self, request: web.Request) -> web.StreamResponse:
        return as_json(await self._node.forget_feed(request.match_info["id"]))

    async def _cancel(self, request: web.Request) -> web.StreamResponse:
        account, id_ = request.query.get("account"), request.match_info["id"]
        return as_answer(await self._node.cancel(account, id_, request["actor"]))

    async def _cancel_all(self, request: web.Request) -> web.StreamResponse:
        account = request.query.get("account")
        if account is None:
            raise Problem(400, "EN002", "no account is named", expected="?account=NAME")
        return as_json(await self._node.cancel_all(account, request["actor"]))

    async def _amend(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request, AmendRequest)
        account, id_ = request.query.get("account"), request.match_info["id"]
        return as_answer(await self._node.amend(account, id_, body, request["actor"]))

    async def _session(self, request: web.Request) -> web.StreamResponse:
        """Send the newest status whenever it changes, until the program is gone."""
        body = await body_of(request, SessionRequest)
        async with self._node.session(body.account, request["actor"]):
            return await stream(request, self._view, as_status)

    async def _event(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request, EventRequest)
        answer = await self._node.declare_event(msgspec.to_builtins(body), request["actor"])
        return as_json(answer, 201)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request, ApprovalRequest)
        plan_id = request.match_info["id"]
        seq = await self._node.answer_plan(plan_id, body, request["actor"])
        return as_json({"plan_id": plan_id, "ledger_seq": seq})

    async def _end(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request, EventCloseRequest)
        event_id = request.match_info["id"]
        seq = await self._node.close_event(event_id, body.reason, request["actor"])
        return as_json({"event_id": event_id, "ledger_seq": seq})

    async def _release(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request, ReleaseRequest)
        seq = await self._node.release(body.cause, body.reason, request["actor"])
        return as_json({"cause": body.cause, "ledger_seq": seq})

    async def _resolve(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request, ResolveRequest)
        break_id = request.match_info["id"]
        return as_json(await self._node.resolve_break(break_id, body, request["actor"]))

    async def _close(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request, CloseRequest)
        break_id = request.match_info["id"]
        actor = request["actor"] if body.person is None else _person(body.person)
        seq = await self._node.close_break(break_id, body.reason, actor)
        return as_json({"break_id": break_id, "ledger_seq": seq})


def _person(name: str) -> str:
    """Return the actor that a name is, as an entry can hold it; EN002 if it cannot."""
    actor = f"person:{name.strip()}"
    if not name.strip() or not name.isprintable() or len(actor.encode()) > ACTOR_BYTES_MAX:
        raise RefusedError(
            f"the name {name[:40]!r}",
            expected="printable characters, a few words",
            do="name the person: --actor NAME",
            code="EN002",
        )
    return actor
