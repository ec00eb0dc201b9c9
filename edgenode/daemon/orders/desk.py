"""Orders as the outside asks for them: placed, changed, canceled, found again.

Every answer is given once what it says is durable.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from edgenode.core.node import Recorded
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
from edgenode.model.facts import AmendDenied, OrderAmended, OrderDenied, OrderGated
from edgenode.model.ids import AccountId, Actor, ClientOrderId
from edgenode.model.orders import OrderIntent, OrderKey
from edgenode.services.recorder import Recorder, StoppingError

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
        try:
            recorded = await self.step(OrderAsked(intent, Actor(actor)))
        except InvariantBrokenError as error:
            return PlaceAnswer(
                503, problem(503, "EN404", "Not durable", str(error), error.expected)
            )
        taken = _taken(recorded, intent.key)
        return self._placed(taken) if taken else self._repeated(intent)

    async def amend(
        self, account: str | None, id_: str, body: AmendRequest, actor: str
    ) -> PlaceAnswer:
        """Change a working order: 200 changed, 409 id re-used, 422 denied and as it was."""
        found = lookup.find(self._state, self._recorder.recall, account, id_)
        if found is None or not isinstance(found.fact, OrderGated):
            return PlaceAnswer(404, problem(404, "EN006", "No such order", id_, OURS))
        held = self._state.orders.orders.get(found.fact.order_id)
        gated = held.gated if held else found.fact
        asked = change_of(body, gated, self._state.rules, actor)
        key = OrderKey(gated.account, asked.client_order_id)
        if self._named(key) is not None:
            return self._used_before(asked.client_order_id)
        recorded = await self.step(asked)
        if not recorded:  # the same id came with another request, and was first
            return self._used_before(asked.client_order_id)
        for entry, fact in recorded:
            match fact:
                case AmendDenied():
                    return PlaceAnswer(422, lookup.refusal(fact, entry.seq))
                case OrderAmended():
                    return PlaceAnswer(200, lookup.shown(self._state, found))
                case _:
                    continue
        detail = f"order {id_} executed before it could change"
        return PlaceAnswer(409, problem(409, "EN006", "Order has ended", detail, OURS))

    async def cancel(self, account: str | None, id_: str, actor: str) -> PlaceAnswer:
        """Stop a working order; again is harmless."""
        found = lookup.find(self._state, self._recorder.recall, account, id_)
        if found is None or not isinstance(found.fact, OrderGated):
            return PlaceAnswer(404, problem(404, "EN006", "No such order", id_, OURS))
        await self.observe(CancelAsked(found.fact.order_id, Actor(actor)))
        return PlaceAnswer(200, lookup.shown(self._state, found))

    async def cancel_all(self, account: str, actor: str) -> Json:
        """Stop everything that an account has in the local book."""
        asked = CancelAllAsked(AccountId(account), Actor(actor))
        recorded = await self.step(asked)
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
                with suppress(StoppingError):  # the process ends
                    await self.observe(SessionEnded(name, Actor(actor)))

    async def step(self, observation: Observation) -> list[Recorded]:
        """Take a step, and return what it recorded once all of the state is durable."""
        recorded = await self._recorder.observe(observation)
        await self._recorder.settled()
        return recorded

    async def observe(self, observation: Observation) -> int:
        """Take a step and wait until all of the state is durable; returns the seq it begins at."""
        recorded = await self.step(observation)
        return recorded[0].entry.seq if recorded else int(self._state.size)

    @property
    def _state(self) -> NodeState:
        return self._recorder.state

    def _named(self, key: OrderKey) -> Found | None:
        return lookup.by_client_id(self._state, self._recorder.recall, key)

    @staticmethod
    def _used_before(name: ClientOrderId) -> PlaceAnswer:
        detail = f"client_order_id {name} was used before"
        return PlaceAnswer(409, problem(409, "EN007", "Id used before", detail, NEW_ID))

    def _placed(self, found: Found) -> PlaceAnswer:
        """Answer with what the step recorded of a new order."""
        denied = isinstance(found.fact, OrderDenied)
        return PlaceAnswer(422 if denied else 201, lookup.shown(self._state, found))

    def _repeated(self, intent: OrderIntent) -> PlaceAnswer:
        """Answer with what an id was used for before."""
        found = self._named(intent.key)
        assert found is not None, "an order that was asked for has a name"
        if found.fact.content_hash != content_hash(intent):
            detail = f"client_order_id {intent.client_order_id} was used at ledger seq {found.seq}"
            return PlaceAnswer(
                409, problem(409, "EN007", "Id used with other content", detail, NEW_ID)
            )
        body = lookup.shown(self._state, found)
        return PlaceAnswer(422 if isinstance(found.fact, OrderDenied) else 200, body)


def _taken(recorded: list[Recorded], key: OrderKey) -> Found | None:
    """Return what a step recorded of a new order; None if the id was used before."""
    for entry, fact in recorded:
        match fact:
            case OrderGated(account=account) | OrderDenied(account=account):
                if (account, fact.client_order_id) == key:
                    return Found(entry.seq, fact)
            case _:
                continue
    return None


def problem(status_code: int, code: str, title: str, detail: str, expected: str) -> Json:
    """Return an RFC 9457 problem."""
    return {
        "type": f"urn:edgenode:error:{code}",
        "title": title,
        "status": status_code,
        "code": code,
        "detail": detail,
        "expected": expected,
    }
