"""What changes the running node on behalf of somebody: asks the recorder, answers once durable."""

from contextlib import AbstractAsyncContextManager
from typing import Any

from edgenode.core.breaks import proposals
from edgenode.core.breaks.carrying import amount_of, price_of
from edgenode.core.observations import (
    AuctionAsked,
    BreakCloseAsked,
    EventCloseAsked,
    EventDeclared,
    PauseAsked,
    PlanAnswered,
    ReleaseAsked,
    ResolveAsked,
)
from edgenode.core.state.node_state import NodeState
from edgenode.daemon.control.facade import (
    AmendRequest,
    ApprovalRequest,
    OrderRequest,
    PlaceAnswer,
    ResolveRequest,
    SignalsRequest,
)
from edgenode.daemon.orders.desk import OrderDesk
from edgenode.daemon.pushing import Pushes
from edgenode.model.errors import RefusedError
from edgenode.model.ids import AccountId, Actor, EventId, InstrumentId
from edgenode.ports.clock import Clock
from edgenode.services.recorder import Recorder

Json = dict[str, Any]


class Acting:
    """Implements `NodeActs` over the recorder; `pushes` None: no signals are kept here."""

    def __init__(self, recorder: Recorder, market: Clock, pushes: Pushes | None) -> None:
        self._recorder = recorder
        self._market = market
        self._desk = OrderDesk(recorder)
        self._pushes = pushes

    async def place(self, body: OrderRequest, actor: str) -> PlaceAnswer:
        """Take a new order."""
        return await self._desk.place(body, actor)

    async def amend(
        self, account: str | None, id_: str, body: AmendRequest, actor: str
    ) -> PlaceAnswer:
        """Change a working order."""
        return await self._desk.amend(account, id_, body, actor)

    async def cancel(self, account: str | None, id_: str, actor: str) -> PlaceAnswer:
        """Stop a working order."""
        return await self._desk.cancel(account, id_, actor)

    async def cancel_all(self, account: str, actor: str) -> Json:
        """Stop everything that an account has in the local book."""
        return await self._desk.cancel_all(account, actor)

    def session(self, account: str, actor: str) -> AbstractAsyncContextManager[None]:
        """Cancel an account's orders here when the block ends."""
        return self._desk.session(account, actor)

    async def pause(self, actor: str, *, hedges: bool, reason: str) -> int:
        """Pause; returns the ledger seq at which it holds."""
        asked = PauseAsked(paused=True, hedges=hedges, reason=reason, actor=Actor(actor))
        return await self._desk.observe(asked)

    async def resume(self, actor: str) -> int:
        """End a person's pause, and nothing else; returns the seq at which it holds."""
        asked = PauseAsked(paused=False, hedges=False, reason="resumed", actor=Actor(actor))
        return await self._desk.observe(asked)

    async def release(self, cause: str, reason: str, actor: str) -> int:
        """Release a cause that a person may release; returns the seq at which it holds."""
        asked = ReleaseAsked(cause=cause, reason=reason, actor=Actor(actor))
        return await self._desk.observe(asked)

    async def declare_event(self, body: Json, actor: str) -> Json:
        """Declare a micro-event {name, starts?, ends}; times in market ns."""
        starts = int(body.get("starts") or self._market.now_ns())
        ends = int(body["ends"])
        if ends <= starts:
            raise RefusedError(
                "the event ends before it starts",
                expected="ends > starts",
                do="give an end that is later than the start",
                code="EN002",
            )
        event_id = EventId(str(body.get("event_id") or f"ev-{self._state.size + 1}"))
        auction = body.get("auction")
        if auction is not None and auction["instrument"] not in self._state.rules.instruments:
            raise RefusedError(
                f"instrument {auction['instrument']}",
                expected="a known one",
                do="name one that GET /api/v1/instruments lists",
                code="EN006",
            )
        if auction is not None and not self._market.now_ns() < int(auction["ends"]) <= ends:
            raise RefusedError(
                f"an auction that ends at {auction['ends']}",
                expected="an end after now, and no later than the event's",
                do="give its end in market ns since 1970",
                code="EN002",
            )
        seq = await self._desk.observe(
            EventDeclared(
                event_id=event_id,
                source=str(body.get("source") or "declared"),
                name=str(body["name"]),
                starts=starts,
                ends=ends,
                actor=Actor(actor),
            )
        )
        if auction is not None:
            call = AuctionAsked(
                instrument=InstrumentId(auction["instrument"]),
                ends=int(auction["ends"]),
                actor=Actor(actor),
            )
            await self._desk.observe(call)
        return {"event_id": event_id, "ledger_seq": seq}

    async def close_event(self, event_id: str, reason: str, actor: str) -> int:
        """End a micro-event before its end; returns the seq at which it is over."""
        asked = EventCloseAsked(event_id=EventId(event_id), reason=reason, actor=Actor(actor))
        return await self._desk.observe(asked)

    async def answer_plan(self, plan_id: str, body: ApprovalRequest, actor: str) -> int:
        """Take a person's answer to a waiting plan."""
        signature = None if body.signature is None else bytes.fromhex(body.signature)
        return await self._desk.observe(
            PlanAnswered(
                plan_id=plan_id, person=body.person, signature=signature, actor=Actor(actor)
            )
        )

    async def resolve_break(self, break_id: str, body: ResolveRequest, actor: str) -> Json:
        """Take a person's decision; tells if it is settled, or what waits for a second person.

        `former` is what waited before, in whose place it is.
        """
        rules = self._state.rules
        asked = ResolveAsked(
            break_id=break_id,
            decision=body.decision,
            reason=body.reason,
            person=body.person,
            actor=Actor(actor),
            version=body.version,
            account=AccountId(body.account) if body.account else None,
            amount=None if body.amount is None else amount_of(break_id, body.amount, rules),
            price_ticks=None if body.price is None else price_of(break_id, body.price, rules),
            evidence=body.evidence,
        )
        former = self._state.breaks.proposals.get(break_id)
        seq = await self._desk.observe(asked)
        waiting = self._state.breaks.proposals.get(break_id)
        state = "waits_for_second_person" if waiting else "settled"
        told = proposals.told(self._state, waiting, former)
        return {"break_id": break_id, "state": state, "ledger_seq": seq, **told}

    async def close_break(self, break_id: str, reason: str, actor: str) -> int:
        """Close a break that a person has looked at."""
        asked = BreakCloseAsked(break_id=break_id, reason=reason, actor=Actor(actor))
        return await self._desk.observe(asked)

    def admit_push(self) -> None:
        """Count a push before its body is read."""
        self._pushing().admit()

    async def push_signals(self, body: SignalsRequest) -> Json:
        """Take rows of a demand feed."""
        return await self._pushing().push(body)

    async def forget_feed(self, name: str) -> Json:
        """Forget a demand feed and its bars."""
        return await self._pushing().forget(name)

    def _pushing(self) -> Pushes:
        if self._pushes is None:
            raise RefusedError(
                "this node keeps no signals",
                expected="a node that was started without --observe, and can open its bars",
                do="push to the box itself; edgenode status says what is wrong with it",
                code="EN121",
            )
        return self._pushes

    @property
    def _state(self) -> NodeState:
        return self._recorder.state
