"""What the running node tells: views of its state in outward shapes, only of what is durable."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from edgenode.core.breaks import shown
from edgenode.core.node import Recorded
from edgenode.core.risk import shown as requests_shown
from edgenode.core.state.node_state import NodeState
from edgenode.daemon.orders import lookup
from edgenode.daemon.page.series import Series
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


class Reading:
    """Implements `NodeReads` over the recorder, and tells those who subscribed."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._recorder = parts.recorder
        self._fills: deque[tuple[int, FillRecorded]] = deque(maxlen=FILLS_KEPT)
        self._feeds: set[asyncio.Queue[tuple[str, int, Json]]] = set()
        self._forecast: tuple[tuple[int, int], Json] = ((-1, 0), {})
        self._venues: tuple[int, Json] = (-1, {})
        self._reporting = asyncio.Lock()  # one report at a time: each folds a part of the ledger
        self._listened = asyncio.Event()  # somebody subscribes
        self.durable_size = parts.recorder.state.size
        self._recorder.tell(self._hear)

    async def order(self, account: str | None, id_: str) -> Json | None:
        """Return an order by the submitter's id and account, or by ours; with its fills."""
        await self._recorder.settled()
        found = lookup.find(self._state, self._recorder.recall, account, id_)
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

    def approvals(self) -> list[Json]:
        """Return the plans that wait or hold."""
        return orders_view.approvals(self._state)

    def breaks(self) -> list[Json]:
        """Return the open breaks."""
        return shown.listed(self._state)

    def break_(self, break_id: str) -> Json | None:
        """Return one open break with its versions and the decisions that it admits."""
        return shown.one(self._state, break_id)

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
            shown["requests"] = requests_shown.listed(self._state, now_ns)
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

    @property
    def _state(self) -> NodeState:
        return self._recorder.state

    def _hear(self, recorded: Recorded) -> None:
        self.durable_size = recorded.entry.seq
        if isinstance(recorded.fact, FillRecorded):
            self._fills.append((recorded.entry.seq, recorded.fact))

    def _fill(self, seq: int, fact: FillRecorded) -> Json:
        return orders_view.fill(fact, seq, self._state.rules)
