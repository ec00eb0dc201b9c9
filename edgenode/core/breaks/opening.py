"""Breaks as rules open and close them: each once, under `type:subject`, worded for a person.

People type the id of a break, so it is short and stays the same whatever else is open. That of an
execution names its venue, what of the venue's id can be typed, and a hash of all four parts of the
key: any execution has an id of its own, whatever its venue calls it.

Amounts and quantities are written with their unit; what is not in an instrument or currency of
ours has no known scale, and is written as the count of smallest units that it is.
"""

import hashlib

from edgenode.core.observations import Act, Decision
from edgenode.core.state.execution import FillKey, ref_of
from edgenode.core.state.node_state import NodeState
from edgenode.model import currencies
from edgenode.model.break_types import VENUE_MESSAGE
from edgenode.model.facts import BreakClosed, BreakOpened, Instrument
from edgenode.model.money import Money, format_decimal
from edgenode.wire.canonical import pack

DETAIL_MAX = 200
RULE = "rule:fills"
NAME_CHARS_MAX = 16
HASH_DIGITS = 8


def opened(
    state: NodeState, type_: str, subject: str | FillKey, detail: str, now_ns: int
) -> tuple[Act, ...]:
    """Open a break, once; its subject is a text, or an execution."""
    about = None if isinstance(subject, str) else subject
    subject = subject_of(subject)
    break_id = f"{type_}:{subject}"
    if break_id in state.breaks.open:
        return ()
    fact = BreakOpened(
        at_ns=now_ns,
        break_id=break_id,
        type=type_,
        subject=subject,
        detail=text(detail),
        refers_to=ref_of(about) if about else None,
    )
    return (Act(fact, RULE),)


def closed(
    state: NodeState, type_: str, subject: str | FillKey, reason: str, now_ns: int
) -> tuple[Act, ...]:
    """Close a break that evidence has explained."""
    if not state.breaks.open:
        return ()
    break_id = id_of(type_, subject)
    if break_id not in state.breaks.open:
        return ()
    return (Act(BreakClosed(at_ns=now_ns, break_id=break_id, reason=reason), RULE),)


def id_of(type_: str, subject: str | FillKey) -> str:
    """Return the id of a break."""
    return f"{type_}:{subject_of(subject)}"


def subject_of(subject: str | FillKey) -> str:
    """Return a break's subject: a text as it is, an execution by a name that people can type."""
    if isinstance(subject, str):
        return text(subject)
    digest = hashlib.sha256(pack(list(subject))).hexdigest()[:HASH_DIGITS]
    return f"{_typed(subject.venue)}/{_typed(subject.exec_id)}-{digest}"


def message(state: NodeState, venue: str, found: str, now_ns: int) -> Decision:
    """Open the one break of a venue whose messages cannot be taken at their word."""
    return Decision(opened(state, VENUE_MESSAGE, text(venue), found, now_ns))


def quantity(lots: int, instrument: Instrument | None) -> str:
    """Write lots as a quantity of the instrument's base."""
    if instrument is None:
        return f"{lots} lots"
    return f"{format_decimal(lots, instrument.quantity_decimals)} {instrument.base}"


def price(ticks: int, instrument: Instrument) -> str:
    """Write ticks as a price."""
    return f"{format_decimal(ticks, instrument.price_decimals)} {instrument.quote}"


def holding(state: NodeState, asset: str, amount: int) -> str:
    """Write an amount of an asset: lots of an instrument, or money."""
    instruments = state.rules.instruments
    found = next((one for name, one in instruments.items() if name == asset), None)
    if found is not None:
        return quantity(amount, found)
    return currencies.worded(state.rules.currencies, Money(amount, asset))


def text(said: str) -> str:
    """Cut what others say in free text, and leave out what has no place in an entry."""
    return said[:DETAIL_MAX].encode("utf-8", "replace").decode()


def _typed(name: str) -> str:
    """Return the first characters of a name, those that are no letter or digit replaced."""
    return "".join(c if c.isascii() and c.isalnum() else "_" for c in name[:NAME_CHARS_MAX])
