"""Balances and positions that enter the books by decision: of a frozen branch, or a difference."""

from edgenode.core.state import unwind
from edgenode.core.state.costs import quote_rate
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.rules import Rules
from edgenode.core.state.unwind import UnwindReserve
from edgenode.model.errors import RefusedError
from edgenode.model.facts import CarriedIn, Instrument
from edgenode.model.ids import DESK_OVERLAY, NO_EVENT, InstrumentId, is_customer
from edgenode.model.money import div_up, parse_decimal


def carried_in(state: NodeState, fact: CarriedIn) -> None:
    """Evolve: add a balance, or a position with the cash that flowed for it."""
    if fact.instrument is not None and fact.is_position:
        before = unwind.kept(state, fact.instrument)
        lots = state.positions.carried(fact)
        state.programmes.carried_in(fact.account, fact.instrument, lots)
        if is_customer(fact.account):
            state.obligations.carried(fact, state.rules.instruments[fact.instrument])
        if fact.account == DESK_OVERLAY:
            _follow(state, fact, state.rules.instruments[fact.instrument], before)
    else:
        state.wallet.carried(fact)


def _follow(
    state: NodeState, fact: CarriedIn, instrument: Instrument, before: UnwindReserve
) -> None:
    """Keep the unwind reserve of the lots, at the price that their cash says."""
    lots, minor = abs(fact.amount), abs(fact.cash_minor)
    if fact.totals is not None:
        lots = fact.totals.bought_lots + fact.totals.sold_lots
        minor = fact.totals.bought_minor + fact.totals.sold_minor
    ticks = div_up(minor, max(1, lots) * instrument.tick_lot_minor)
    event_id = fact.totals.event_id if fact.totals else NO_EVENT
    at = quote_rate(state.rules, instrument.quote, None, fact.at_ns).source or None
    unwind.grown(state, instrument.id, before, ticks, event_id, at, act=True)


def amount_of(break_id: str, amount: str, rules: Rules) -> int:
    """Return what is carried in for a difference as lots or smallest units.

    The break's id names the asset, behind its venue. EN006 if it is neither an instrument nor a
    currency known here, EN002 or EN005 if the amount is no decimal of its scale.
    """
    asset = break_id.partition("/")[2]
    instrument = rules.instruments.get(InstrumentId(asset))
    currency = rules.currencies.get(asset)
    if instrument is not None:
        return parse_decimal(amount, instrument.quantity_decimals)
    if currency is None:
        raise RefusedError(
            f"asset {asset[:40]!r}",
            expected="an instrument, or a currency that the centre declared",
            do="ask the desk to declare it (edgecentral tell)",
            code="EN006",
        )
    return parse_decimal(amount, currency.decimals)


def price_of(break_id: str, price: str, rules: Rules) -> int:
    """Return the price of a carried position in ticks; EN006 if its instrument is unknown."""
    asset = break_id.partition("/")[2]
    instrument = rules.instruments.get(InstrumentId(asset))
    if instrument is None:
        raise RefusedError(
            f"a price of {asset[:40]!r}",
            expected="an instrument known here",
            do="edgenode breaks show ID names what is carried in",
            code="EN006",
        )
    return parse_decimal(price, instrument.price_decimals)
