"""The running node as the control port sees it: asks the recorder, answers in outward shapes.

An answer is given only once what it tells is durable.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from edgenode.core.breaks import proposals, shown
from edgenode.core.breaks.carrying import amount_of, price_of
from edgenode.core.node import Recorded
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
from edgenode.daemon.orders import lookup
from edgenode.daemon.orders.desk import OrderDesk
from edgenode.daemon.page.series import Series
from edgenode.daemon.pushing import Pushes
from edgenode.daemon.view import books as books_view
from edgenode.daemon.view import forecast as forecast_view
from edgenode.daemon.view import orders as orders_view
from edgenode.daemon.view import risk as risk_view
from edgenode.daemon.view import signals as signals_view
from edgenode.daemon.view import sizing as sizing_view
from edgenode.daemon.view.appetite import appetite
from edgenode.daemon.view.metrics import metrics
from edgenode.daemon.view.signals import Heard
from edgenode.daemon.view.status import LinkStatus, Running, status
from edgenode.daemon.view.venue_map import venue_map
from edgenode.model.errors import RefusedError
from edgenode.model.facts import FillRecorded, OrderDenied
from edgenode.model.ids import AccountId, Actor, EventId, InstrumentId
from edgenode.model.instants import instant
from edgenode.services.recorder import Recorder

Json = dict[str, Any]
FILLS_KEPT = 1_000
FEED_MAX = 4
SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Parts:
    """What the node's outward face needs."""

    recorder: Recorder
    running: Running
    series: Series
    link: Callable[[], LinkStatus]
    ledger_rows: Callable[[int, int], list[Json]]
    heard: Heard | None = None  # no signals are kept: a copy that only observes, a simulated box
    event_report: Callable[[str], Json] | None = None  # None where no folder holds the ledger


class ServedNode:
    """Implements `NodeFacade` over the recorder."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._recorder = parts.recorder
        self._desk = OrderDesk(parts.recorder)
        self._fills: deque[tuple[int, FillRecorded]] = deque(maxlen=FILLS_KEPT)
        self._feeds: set[asyncio.Queue[tuple[str, int, Json]]] = set()
        self._pushes = Pushes(parts.heard.signals, parts.running.wall) if parts.heard else None
        self._forecast: tuple[tuple[int, int], Json] = ((-1, 0), {})
        self._venues: tuple[int, Json] = (-1, {})
        self._reporting = asyncio.Lock()  # one report at a time: each folds a part of the ledger
        self._listened = asyncio.Event()  # somebody subscribes
        self.durable_size = parts.recorder.state.size
        self._recorder.tell(self._hear)

    # -- orders ------------------------------------------------------------------------------

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

    async def order(self, account: str | None, id_: str) -> Json | None:
        """Return an order by the submitter's id and account, or by ours; with its fills."""
        await self._recorder.settled()
        found = self._desk.find(account, id_)
        if found is None:
            return None
        body = lookup.shown(self._state, found)
        if isinstance(found.fact, OrderDenied):
            return {**body, "state": "DENIED", "fills": []}
        mine = found.fact.order_id
        return {**body, "fills": [self._fill(s, f) for s, f in self._fills if f.order_id == mine]}

    async def orders(self) -> list[Json]:
        """Return the orders at hand, newest first."""
        await self._recorder.settled()
        held = sorted(self._state.orders.orders.values(), key=lambda o: -o.seq)
        return [orders_view.order(self._state, o) for o in held]

    async def fills(self, limit: int) -> list[Json]:
        """Return the newest fills, newest first."""
        await self._recorder.settled()
        newest = list(self._fills)[-limit:]
        return [self._fill(seq, fact) for seq, fact in reversed(newest)]

    # -- people ------------------------------------------------------------------------------

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
        starts = int(body.get("starts") or self._parts.running.market.now_ns())
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

    def approvals(self) -> list[Json]:
        """Return the plans that wait or hold."""
        return orders_view.approvals(self._state)

    def breaks(self) -> list[Json]:
        """Return the open breaks."""
        return shown.listed(self._state)

    def break_(self, break_id: str) -> Json | None:
        """Return one open break with its versions and the decisions that it admits."""
        return shown.one(self._state, break_id)

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

    # -- signals -----------------------------------------------------------------------------

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

    # -- reading -----------------------------------------------------------------------------

    def status(self) -> Json:
        """Return the status in the shape of `status --json`, and what the page adds to it."""
        return status(self._state, self._parts.running, self._parts.link(), self._recorder.seen)

    def series(self) -> Json:
        """Return the chart's columns."""
        return self._parts.series.json()

    def instruments(self) -> list[Json]:
        """Return the instruments."""
        return books_view.instruments(self._state)

    def positions(self) -> list[Json]:
        """Return the positions."""
        return books_view.positions(self._state)

    def exposure(self) -> list[Json]:
        """Return the exposure rows."""
        return books_view.exposure(self._state)

    def limits(self) -> Json:
        """Return the limits in force."""
        now_ns = self._parts.running.market.now_ns()
        averse = appetite(self._state, self._recorder.seen, now_ns)
        return {**books_view.limits(self._state), "risk_aversion": averse}

    def forecast(self) -> Json:
        """Return what is forecast, by instrument and source."""
        now_ns = self._parts.running.market.now_ns()
        signals = self._parts.heard.signals if self._parts.heard else None
        of = (now_ns // SECOND_NS, signals.changes if signals else 0)
        if self._forecast[0] != of:  # each page asks four times a second
            events = signals_view.events(self._parts.heard, of[0])
            shown = forecast_view.forecast(signals, self._state.rules, now_ns, events)
            shown["sizing"] = sizing_view.rows(self._state, self._recorder.seen, signals, now_ns)
            self._forecast = of, shown
        return self._forecast[1]

    def venues(self) -> Json:
        """Return what each outside venue is like."""
        now_ns = self._parts.running.market.now_ns()
        if self._venues[0] != now_ns // SECOND_NS:  # likewise
            shown = venue_map(self._state, self._recorder.seen, now_ns)
            self._venues = now_ns // SECOND_NS, shown
        return self._venues[1]

    def risk(self) -> Json:
        """Return the live book's P&L in its parts, triggers and scenarios."""
        now_ns = self._state.limits.believed(self._parts.running.market.now_ns())
        return risk_view.risk(self._state, self._recorder.seen, self.forecast(), now_ns)

    def signals(self) -> Json:
        """Return the sources of signals, and what became of what they said."""
        now_ns = self._parts.running.market.now_ns()
        return signals_view.signals(self._parts.heard, self._state.rules, now_ns)

    def micro_events(self) -> list[Json]:
        """Return the micro-events that run or are to begin."""
        return [
            {
                "event_id": event_id,
                "name": event.name,
                "source": event.source,
                "starts": instant(event.starts),
                "ends": instant(event.ends),
            }
            for event_id, event in sorted(self._state.limits.events.items())
        ]

    async def event_report(self, event_id: str) -> Json:
        """Return the report of a micro-event; EN006 if the ledger here does not name it."""
        await self._recorder.settled()
        report = self._parts.event_report
        if report is None:
            raise RefusedError(
                "this node has no folder to read its ledger from",
                expected="a node that runs from a data folder",
                do="edgenode event report ID --from FILE reads an export",
                code="EN006",
            )
        async with self._reporting:
            return await asyncio.to_thread(report, event_id)

    def health(self) -> Json:
        """Return live, ready (ledger writable, gate armed), online."""
        reasons = []
        if not self._recorder.begun:
            reasons.append("waits for its centre, or its patience, before it writes")
        if self._parts.running.observes:
            reasons.append("it only observes")
        if self._state.rules.policy is None:
            reasons.append("no policy adopted")
        if self._parts.running.fault:
            reasons.append(self._parts.running.fault)
        now_ns = self._parts.running.market.now_ns()
        if self._state.limits.is_behind(now_ns):
            reasons.append("the clock is behind what is recorded")
        if self._state.limits.is_ahead(now_ns):
            reasons.append("the clock is too far ahead of what is recorded")
        online = self._parts.link().online
        return {
            "live": not self._parts.running.fault,
            "ready": not reasons,
            "online": online,
            "reasons": reasons,
        }

    def metrics(self) -> str:
        """Return the metrics as OpenMetrics text."""
        return metrics(self.status(), self.signals(), self.forecast(), self.risk())

    def ledger(self, after: int, limit: int) -> list[Json]:
        """Return durable entries after a seq."""
        return self._parts.ledger_rows(after, limit)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[asyncio.Queue[tuple[str, int, Json]]]:
        """Return a bounded feed of status updates; the newest wins where the reader is slow."""
        feed: asyncio.Queue[tuple[str, int, Json]] = asyncio.Queue(FEED_MAX)
        self._feeds.add(feed)
        self._listened.set()
        try:
            feed.put_nowait(("status", self.durable_size, self.status()))
            yield feed
        finally:
            self._feeds.discard(feed)
            if not self._feeds:
                self._listened.clear()

    async def listened(self) -> None:
        """Wait until somebody subscribes."""
        await self._listened.wait()

    def publish(self) -> None:
        """Send the present status to every feed."""
        update = ("status", self.durable_size, self.status())
        for feed in self._feeds:
            if feed.full():
                feed.get_nowait()
            feed.put_nowait(update)

    # -- helpers -----------------------------------------------------------------------------

    @property
    def _state(self) -> NodeState:
        return self._recorder.state

    def _hear(self, recorded: Recorded) -> None:
        self.durable_size = recorded.entry.seq
        if isinstance(recorded.fact, FillRecorded):
            self._fills.append((recorded.entry.seq, recorded.fact))

    def _fill(self, seq: int, fact: FillRecorded) -> Json:
        return orders_view.fill(fact, seq, self._state.rules)
