"""The core hedge of one node: mandates issued before they are worked, never the same risk twice.

Once per slice of market time the centre looks at the node's folded ledger. Each incarnation of a
node has one owner of what it left unhedged: the live one a mandate, an ended one core alone.

    issue   where the last version was adopted, and worked as far as the bound lets it: the next
            slice of -E as a new mandate, at most a slice away from what core holds. The first one
            comes with nothing to hedge as well, and a new one before the last expires: so the node
            knows that core works. Where it no longer does, the last one ends at once
    work    where the issued version is adopted (and therefore cosigned): buy or sell what core
            still lacks to it, if the worst case keeps |core + overlay| within the one bound
    wait    otherwise; while the node is out of contact only an adopted mandate is finished
    take_over  what an ended incarnation left: core covers it without a mandate

Of what is in doubt, core hedges what all versions agree on, within the bound of the truth that
leaves it the least room. The band of the bound is that of the node's newest programme, as the
node's own gate reads it.
The schedule spreads each change of the target over the horizon (TWAP).
"""

from dataclasses import dataclass

from edgenode.core.hedge.schedule import pop, replan
from edgenode.core.state.exposure import Exposure, bound, with_order
from edgenode.model.facts import CoreHedgeSet, Mandate

SECOND_NS = 1_000_000_000
MANDATE_LIFE_NS = 3600 * SECOND_NS  # a node that hears nothing newer takes core for absent then
SILENT_NS = 45 * SECOND_NS  # no entry of the node for so long: it cannot be heard


@dataclass(slots=True)
class MandateProgress:
    """What the centre did for one node and instrument, rebuilt from its ledgers; its schedule."""

    issued_lots: int = 0
    issued_version: int = 0
    issued_until: int = 0  # market ns; 0: none is in force
    worked_version: int = 0
    core_lots: int = 0
    slots: tuple[int, ...] = ()
    last_slice: int = -1
    unpriced: int = 0  # slices in a row that began without a price


@dataclass(frozen=True, slots=True)
class CoreOrder:
    """One core order to send, with the bound that it keeps."""

    lots: int  # signed
    worst_before: int
    worst_after: int
    bound: int


def work(
    settings: CoreHedgeSet, progress: MandateProgress, exposure: Exposure, adopted_version: int
) -> CoreOrder | None:
    """Return the order that brings core to the adopted mandate, None while it must wait."""
    if adopted_version != progress.issued_version:
        return None
    lots = progress.issued_lots - progress.core_lots
    if lots == 0:
        return None
    return _bounded(settings, exposure, progress.core_lots, lots)


def issue(  # noqa: PLR0913  what a promise depends on
    settings: CoreHedgeSet,
    progress: MandateProgress,
    exposure: Exposure,
    adopted_version: int,
    *,
    now_ns: int,
    heard_ns: int,
    priced: bool,
) -> Mandate | None:
    """Return the next mandate at a slice's start; moves the schedule in `progress`.

    Switched off, or without a live price for more than one slice, core takes nothing: the mandate
    in force ends. A feed that begins, or is late once, ends none.

    What is adopted and cannot be worked, because E came back meanwhile, is led back by the next
    version: core would otherwise wait for a bound that never returns.
    """
    if now_ns - heard_ns > SILENT_NS or not _slice_begins(settings, progress, now_ns):
        return None
    progress.unpriced = 0 if priced else progress.unpriced + 1
    if not settings.enabled or progress.unpriced > 1:
        return _withdrawn(settings, progress, now_ns)
    if not priced:
        return None
    change = -exposure.agreed - (progress.issued_lots + sum(progress.slots))
    slots = replan(progress.slots, change, settings.horizon_s // settings.slice_s)
    if adopted_version != progress.issued_version:
        progress.slots = slots
        return None  # who hedges the last slice is not settled yet
    lots, progress.slots = pop(slots)
    core, most = progress.core_lots, settings.slice_lots_max
    quantity = max(core - most, min(core + most, progress.issued_lots + lots))
    lasts = now_ns + MANDATE_LIFE_NS // 2 <= progress.issued_until
    if quantity == progress.issued_lots and lasts:
        return None
    return _mandate(settings, progress, quantity, now_ns, now_ns + MANDATE_LIFE_NS)


def _withdrawn(settings: CoreHedgeSet, progress: MandateProgress, now_ns: int) -> Mandate | None:
    """Return the end of the mandate in force: core keeps what it holds, and takes no more.

    What was promised beyond that is taken back: nobody would ever work it.
    """
    if now_ns >= progress.issued_until and progress.issued_lots == progress.core_lots:
        return None
    return _mandate(settings, progress, progress.core_lots, now_ns, now_ns)


def _mandate(
    settings: CoreHedgeSet, progress: MandateProgress, lots: int, now_ns: int, until_ns: int
) -> Mandate:
    return Mandate(
        at_ns=now_ns,
        instrument=settings.instrument,
        quantity_lots=lots,
        version=progress.issued_version + 1,
        valid_until=until_ns,
    )


def take_over(
    settings: CoreHedgeSet, progress: MandateProgress, exposure: Exposure, *, now_ns: int
) -> CoreOrder | None:
    """Return the next slice that covers what an ended incarnation left; None if nothing is due.

    Nobody else hedges those books any more, so core covers all that is certain of them, without a
    mandate. The bound on both tiers holds as in `work`.
    """
    if not settings.enabled or not _slice_begins(settings, progress, now_ns):
        return None
    core, most = progress.core_lots, settings.slice_lots_max
    lots = max(-most, min(most, -(exposure.agreed + exposure.overlay_agreed + core)))
    return _bounded(settings, exposure, core, lots) if lots else None


def _slice_begins(settings: CoreHedgeSet, progress: MandateProgress, now_ns: int) -> bool:
    """Return whether this slice is another one than the last, and keep it as the last.

    Slices have no order: a clock that was set back, or another length, begins another slice.
    """
    begun = now_ns // (settings.slice_s * SECOND_NS)
    if begun == progress.last_slice:
        return False
    progress.last_slice = begun
    return True


def _bounded(
    settings: CoreHedgeSet, exposure: Exposure, core_lots: int, lots: int
) -> CoreOrder | None:
    """Return a slice with the bound that it keeps; None if it would pass the bound."""
    hedged, exposed = exposure.least_room("buy" if lots > 0 else "sell", core_lots)
    limit = bound(hedged, exposed, settings.band_lots, settings.slice_lots_max, 0)
    after = with_order(hedged, lots).worst
    return CoreOrder(lots, hedged.worst, after, limit) if after <= limit else None
