"""The core hedge at work: mandates issued and worked, once per market second.

    issue   the next slice of -E as a mandate in the node's down-ledger (core/hedge/core)
    adopt   the node records it; its entry is stored and cosigned here
    work    `CoreOrderSent`, then `CoreFillRecorded`, in the desk's ledger

Each incarnation of a node has its own mandate and core position. A mandate hedges the live one.
What an ended one left is covered by core alone, until its books are carried into a newer one.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import replace

from edgenode.central.centre import Centre
from edgenode.central.feeds import Feeds
from edgenode.central.sync.projector import Projector
from edgenode.core.hedge import core
from edgenode.core.hedge.core import CoreOrder
from edgenode.core.state.node_state import NodeState
from edgenode.model.facts import CoreFillRecorded, CoreHedgeSet, CoreOrderSent
from edgenode.model.ids import InstrumentId, NodeId, OrderId

SECOND_NS = 1_000_000_000
PPM = 1_000_000
SYNTHETIC = "SYNTHETIC: reference mid and a fixed half-spread, no impact"

Mid = Callable[[NodeId, InstrumentId], int | None]


async def run(centre: Centre, projector: Projector, feeds: Feeds, *, speed: int) -> None:
    """Hedge until canceled; `speed` market seconds pass per wall second.

    Each round decides on all that was cosigned when the second began.
    """

    def mid(node: NodeId, instrument: InstrumentId) -> int | None:
        settings = centre.registry.hedges.get((node, instrument))
        return feeds.price(settings.feed, instrument).ticks if settings else None

    while True:
        wait_ns = SECOND_NS - centre.market.now_ns() % SECOND_NS
        await asyncio.sleep(wait_ns / SECOND_NS / speed)
        for node in sorted({node for node, _ in centre.registry.hedges}):
            await projector.caught_up(node)
        await hedge(centre, mid)


async def hedge(centre: Centre, mid: Mid) -> None:
    """Work what is adopted and issue what is due, for every node and instrument.

    Without a live price (central/feeds) nothing is worked, and what is promised ends; for a node
    that was told more than is known here nothing is done at all: what core did for it is not known
    either, and its mandate runs out.
    """
    for sent in list(centre.registry.unfilled.values()):  # sent before a crash, never recorded
        await _finish(centre, sent, mid)
    for (node, instrument), settings in list(centre.registry.hedges.items()):
        state = centre.book.live(node)
        price = mid(node, instrument)
        if state is None or centre.contacts.ahead(node):
            continue
        if instrument not in state.rules.instruments:
            continue
        if price is not None:
            await _work(centre, settings, state, price)
        await _issue(centre, settings, state, priced=price is not None)
        if price is not None:
            for ended in centre.book.incarnations(node):
                if ended is not state and instrument in ended.rules.instruments:
                    await _take_over(centre, settings, ended, price)


async def _work(centre: Centre, settings: CoreHedgeSet, state: NodeState, price: int) -> None:
    instrument = settings.instrument
    progress = centre.registry.progress_of(state.ledger, instrument)
    held = state.mandates.mandates.get(instrument)
    if held is None:
        return
    banded = _banded(settings, state)
    order = core.work(banded, progress, state.exposure(instrument), held.version)
    if order is None:
        return
    await _send(centre, settings, state, order, held.version, price)


async def _take_over(centre: Centre, settings: CoreHedgeSet, state: NodeState, price: int) -> None:
    """Cover what an ended incarnation left."""
    progress = centre.registry.progress_of(state.ledger, settings.instrument)
    exposure = state.exposure(settings.instrument)
    banded = _banded(settings, state)
    order = core.take_over(banded, progress, exposure, now_ns=centre.market.now_ns())
    if order is not None:
        await _send(centre, settings, state, order, progress.worked_version, price)


def _banded(settings: CoreHedgeSet, state: NodeState) -> CoreHedgeSet:
    """Return settings with the band that the node's programme keeps: one bound for both tiers."""
    band_lots = state.programmes.band_lots(settings.instrument, settings.band_lots)
    return replace(settings, band_lots=band_lots)


async def _send(
    centre: Centre,
    settings: CoreHedgeSet,
    state: NodeState,
    order: CoreOrder,
    version: int,
    price: int,
) -> None:
    sent = _order(centre, settings, state, order, version)
    await centre.record(sent, "rule:core", automatic=True)
    # Power lost here: the order is in `unfilled`, and the next start records its execution.
    filled = _fill(centre, sent, settings, state, price)
    await centre.record(filled, "venue:core", automatic=True)


def _order(
    centre: Centre, settings: CoreHedgeSet, state: NodeState, order: CoreOrder, version: int
) -> CoreOrderSent:
    """Return the order of one slice; its id names the place that it takes in the desk's ledger."""
    name = f"core/{state.ledger.name}/{settings.instrument}/{centre.desk.size + 1}"
    return CoreOrderSent(
        at_ns=centre.market.now_ns(),
        order_id=OrderId(hashlib.sha256(name.encode()).hexdigest()[:20].upper()),
        node=settings.node,
        incarnation=state.ledger.incarnation,
        instrument=settings.instrument,
        side="buy" if order.lots > 0 else "sell",
        quantity_lots=abs(order.lots),
        mandate_version=version,
        worst_before=order.worst_before,
        worst_after=order.worst_after,
        bound=order.bound,
    )


async def _finish(centre: Centre, sent: CoreOrderSent, mid: Mid) -> None:
    """Record the execution of a slice that was sent before the centre stopped."""
    settings = centre.registry.hedges[sent.node, sent.instrument]
    state = centre.book.of(sent.node, sent.incarnation)
    price = mid(sent.node, sent.instrument)
    if state is not None and price is not None:
        filled = _fill(centre, sent, settings, state, price)
        # Power lost in here: recorded, or still in `unfilled` for the next start.
        await centre.record(filled, "venue:core", automatic=True)


def _fill(
    centre: Centre, sent: CoreOrderSent, settings: CoreHedgeSet, state: NodeState, reference: int
) -> CoreFillRecorded:
    """Execute at the reference, half a spread worse, rounded against us."""
    spread = -(-reference * settings.half_spread_ppm // PPM)
    price = reference + spread if sent.side == "buy" else reference - spread
    return CoreFillRecorded(
        at_ns=centre.market.now_ns(),
        order_id=sent.order_id,
        node=sent.node,
        incarnation=sent.incarnation,
        instrument=sent.instrument,
        side=sent.side,
        quantity_lots=sent.quantity_lots,
        price_ticks=price,
        fee_minor=0,
        tick_lot_minor=state.rules.instruments[sent.instrument].tick_lot_minor,
        reference_ticks=reference,
        source=SYNTHETIC,
        mandate_version=sent.mandate_version,
    )


async def _issue(
    centre: Centre, settings: CoreHedgeSet, state: NodeState, *, priced: bool
) -> None:
    held = state.mandates.mandates.get(settings.instrument)
    mandate = core.issue(
        settings,
        centre.registry.progress_of(state.ledger, settings.instrument),
        state.exposure(settings.instrument),
        held.version if held else 0,
        now_ns=centre.market.now_ns(),
        heard_ns=centre.contacts.heard_ns(settings.node),
        priced=priced,
    )
    if mandate is not None:
        # Power lost in here: issued or not. It is worked only once the node has adopted it.
        await centre.tell(settings.node, [mandate], "rule:core", automatic=True)
