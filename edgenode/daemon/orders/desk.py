"""Orders as the outside asks for them: placed, changed, canceled, found again.

Every answer is given once what it says is durable.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from edgenode.core.observations import (
    CancelAllAsked,
    CancelAsked,
    Observation,
    OrderAsked,
    SessionBegan,
    SessionEnded,
)
from edgenode.core.orders.placing import content_hash
from edgenode.core.state.node_state import NodeState
from edgenode.daemon.control.facade import AmendRequest, OrderRequest, PlaceAnswer
from edgenode.daemon.orders import lookup
from edgenode.daemon.orders.intent import change_of, intent_of
from edgenode.daemon.orders.lookup import Found
from edgenode.model.errors import InvariantBrokenError
from edgenode.model.facts import AmendDenied, OrderDenied, OrderGated
from edgenode.model.ids import AccountId, Actor, ClientOrderId, OrderId
from edgenode.model.orders import OrderIntent, OrderKey
from edgenode.services.recorder import Recorder

Json = dict[str, Any]
NEW_ID = "an id that this account never used, or exactly what it was used for"
OURS = "an order's own id, or its submitter's with ?account="


class OrderDesk:
    """Places and changes orders over the recorder."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._sessions: Counter[AccountId] = Counter()

    async def place(self, body: OrderRequest, actor: str) -> PlaceAnswer:
        """Take a new order: 201 new, 200 the same again, 409 id re-used, 422 denied."""
        intent = intent_of(body, self._state.rules)
        known = self._named(intent.key)
        try:
            await self.observe(OrderAsked(intent, Actor(actor)))
        except InvariantBrokenError as error:
            return PlaceAnswer(
                503, problem(503, "EN404", "Not durable", str(error), error.expected)
            )
        return self._answer(intent, new=known is None)

    async def amend(
        self, account: str | None, id_: str, body: AmendRequest, actor: str
    ) -> PlaceAnswer:
        """Change a working order: 200 changed, 409 id re-used, 422 denied and as it was."""
        found = self.find(account, id_)
        if found is None or not isinstance(found.fact, OrderGated):
            return PlaceAnswer(404, problem(404, "EN006", "No such order", id_, OURS))
        held = self._state.orders.orders.get(found.fact.order_id)
        gated = held.gated if held else found.fact
        asked = change_of(body, gated, self._state.rules, actor)
        key = OrderKey(gated.account, asked.client_order_id)
        if self._named(key) is not None:
            detail = f"client_order_id {asked.client_order_id} was used before"
            return PlaceAnswer(409, problem(409, "EN007", "Id used before", detail, NEW_ID))
        recorded = await self._recorder.observe(asked)
        await self._recorder.settled()
        first = recorded[0]
        if isinstance(first.fact, AmendDenied):
            return PlaceAnswer(422, lookup.refusal(first.fact, first.entry.seq))
        return PlaceAnswer(200, lookup.shown(self._state, found))

    async def cancel(self, account: str | None, id_: str, actor: str) -> PlaceAnswer:
        """Stop a working order; again is harmless."""
        found = self.find(account, id_)
        if found is None or not isinstance(found.fact, OrderGated):
            return PlaceAnswer(404, problem(404, "EN006", "No such order", id_, OURS))
        await self.observe(CancelAsked(found.fact.order_id, Actor(actor)))
        return PlaceAnswer(200, lookup.shown(self._state, found))

    async def cancel_all(self, account: str, actor: str) -> Json:
        """Stop everything that an account has in the local book."""
        asked = CancelAllAsked(AccountId(account), Actor(actor))
        recorded = await self._recorder.observe(asked)
        await self._recorder.settled()
        return {"account": account, "canceled": len(recorded)}

    @asynccontextmanager
    async def session(self, account: str, actor: str) -> AsyncIterator[None]:
        """Cancel an account's orders here when its last such block ends.

        Where the process ends first, the next start cancels them.
        """
        name = AccountId(account)
        self._sessions[name] += 1
        try:
            await self.observe(SessionBegan(name, Actor(actor)))
            yield
        finally:
            self._sessions[name] -= 1
            if not self._sessions[name]:
                del self._sessions[name]
                await self.observe(SessionEnded(name, Actor(actor)))

    def find(self, account: str | None, id_: str) -> Found | None:
        """Find an order by our id, or by the submitter's and its account."""
        found = lookup.by_order_id(self._state, self._recorder.recall, OrderId(id_))
        if found is not None or account is None:
            return found
        return self._named(OrderKey(AccountId(account), ClientOrderId(id_)))

    async def observe(self, observation: Observation) -> int:
        """Take a step and wait until all of the state is durable; gives the seq it begins at."""
        recorded = await self._recorder.observe(observation)
        await self._recorder.settled()
        return recorded[0].entry.seq if recorded else int(self._state.size)

    @property
    def _state(self) -> NodeState:
        return self._recorder.state

    def _named(self, key: OrderKey) -> Found | None:
        return lookup.by_client_id(self._state, self._recorder.recall, key)

    def _answer(self, intent: OrderIntent, *, new: bool) -> PlaceAnswer:
        found = self._named(intent.key)
        assert found is not None, "an order that was asked for has a name"
        if found.fact.content_hash != content_hash(intent):
            detail = f"client_order_id {intent.client_order_id} was used at ledger seq {found.seq}"
            return PlaceAnswer(
                409, problem(409, "EN007", "Id used with other content", detail, NEW_ID)
            )
        body = lookup.shown(self._state, found)
        if isinstance(found.fact, OrderDenied):
            return PlaceAnswer(422, body)
        return PlaceAnswer(201 if new else 200, body)


def problem(status_code: int, code: str, title: str, detail: str, expected: str) -> Json:
    """Give an RFC 9457 problem."""
    return {
        "type": f"urn:edgenode:error:{code}",
        "title": title,
        "status": status_code,
        "code": code,
        "detail": detail,
        "expected": expected,
    }
