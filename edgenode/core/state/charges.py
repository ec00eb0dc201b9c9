"""What the fills of an execution have charged to cost grants: each fill by itself.

One execution may be several fills: a venue gives one id to two orders, or people decide that two
contents are true. Cost is monotone, so a fill is charged as the dearest content as which it was
booked; what a better price left over is no other fill's.

    booked now                           is charged as
    -----------------------------------  ----------------------------------------------------------
    a content that was booked before     the fill that it was
    another content of the same fill     that fill (core/state/links says of which a report is)
    one that may be of several fills     of those that are not booked now, the one that was charged
                                         the least: against us
    anything else                        a fill of its own

A customer's fill charges no grant.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from edgenode.core.state.links import LinkedFill, with_fees
from edgenode.core.state.unpriced import (
    NOTHING_OWED,
    Owed,
    OwedKey,
    Owes,
    known_cost,
    owed,
    owed_after,
    share,
)
from edgenode.model.facts import FeePriced, FillRecorded
from edgenode.model.ids import ExecId, OrderId, is_customer
from edgenode.wire.canonical import pack

NAME_BYTES = 16
Place = tuple[OrderId, ExecId]  # a fill: of an order, by its first id
Places = dict[bytes, frozenset[Place]]


class Charge(NamedTuple):
    """What one fill has been charged, under all contents as which it was booked."""

    names: tuple[bytes, ...]  # of the contents, each once; the newest is the last
    paid_minor: int
    owes: Owes  # fees that no rate prices, and are no part of what is paid


class Due(NamedTuple):
    """What a fill adds to what it was charged before."""

    cost_minor: int
    owed: Owed


class Settled(NamedTuple):
    """What is charged now, what each booked content adds, and which fees are owed no more."""

    charges: list[Charge]
    dues: tuple[Due, ...]
    unowed: Owes


def charge_of(fill: FillRecorded) -> Charge:
    """Return what a fill with one content was charged."""
    return Charge((name_of(fill),), _cost(fill), owed((fill,)))


def due_of(fill: FillRecorded) -> Due:
    """Return what a fill that is told for the first time is charged."""
    owes = owed((fill,))
    return Due(_cost(fill), owes[_debt(fill)] if owes else NOTHING_OWED)


def settled(
    charges: Sequence[Charge],
    rows: list[LinkedFill],
    held: Sequence[tuple[FillRecorded, FillRecorded]],
) -> Settled:
    """Charge what is booked of an execution; `held` is each content as it was told, and as booked.

    What is not booked any more stays charged.
    """
    places, single = _places(rows)
    free, paid = list(charges), []
    dues = [Due(0, NOTHING_OWED)] * len(held)
    unowed: Owes = {}
    for number in sorted(range(len(held)), key=lambda n: _rank(free, *held[n])):
        told, booked = held[number]
        before = _joined(_before(free, name_of(told), places, single))
        charge = _charged(before, name_of(told), booked)
        key = _debt(booked)
        more = charge.owes.get(key, NOTHING_OWED).plus(before.owes.get(key, NOTHING_OWED), -1)
        dues[number] = Due(charge.paid_minor - before.paid_minor, more)
        for name in before.owes.keys() - charge.owes.keys():
            unowed[name] = unowed.get(name, NOTHING_OWED).plus(before.owes[name])
        paid.append(charge)
    return Settled([*free, *paid], tuple(dues), unowed)


def fee_priced(fact: FeePriced, charge: Charge) -> Charge:
    """Return a charge with the fees that it owes at their rate, if those are priced."""
    key = fact.event_id, fact.currency
    if key not in charge.owes:
        return charge
    rest = {name: debt for name, debt in charge.owes.items() if name != key}
    return Charge(charge.names, charge.paid_minor + share(fact, charge.owes[key]), rest)


def name_of(fill: FillRecorded) -> bytes:
    """Name a content of an execution; the same trade told with its fee is the same content."""
    told = [
        *(fill.exec_id, fill.order_id, fill.instrument, fill.side),
        *(fill.quantity_lots, fill.price_ticks),
    ]
    return hashlib.sha256(pack(told)).digest()[:NAME_BYTES]


def _rank(charges: Iterable[Charge], told: FillRecorded, booked: FillRecorded) -> tuple[bool, int]:
    """Place a booked content: one that was charged before comes first, and the dearest."""
    name = name_of(told)
    return not any(name in charge.names for charge in charges), -booked.cost_minor


def _before(
    free: list[Charge], name: bytes, places: Places, single: frozenset[Place]
) -> list[Charge]:
    """Take the charge of a fill out of those that are free: several, if they are of one fill."""
    named = [c for c in free if c.names[-1] == name] or [c for c in free if name in c.names]
    if named:
        found = [max(named, key=lambda charge: charge.paid_minor)]
    else:
        mine = places[name]
        found = [c for c in free if any(mine & places.get(one, frozenset()) for one in c.names)]
        if found and not mine <= single:
            found = [min(found, key=lambda charge: charge.paid_minor)]
    for charge in found:
        free.remove(charge)
    return found


def _joined(charges: list[Charge]) -> Charge:
    """Join charges that turned out to be of one fill."""
    owes: Owes = {}
    for charge in charges:
        for key, debt in charge.owes.items():
            owes[key] = owes.get(key, NOTHING_OWED).plus(debt)
    names = dict.fromkeys(name for charge in charges for name in charge.names)
    return Charge(tuple(names), sum(charge.paid_minor for charge in charges), owes)


def _charged(before: Charge, name: bytes, booked: FillRecorded) -> Charge:
    names = (*(one for one in before.names if one != name), name)
    paid = max(before.paid_minor, _cost(booked))
    return Charge(names, paid, owed_after(before.owes, (booked,)))


def _places(rows: list[LinkedFill]) -> tuple[Places, frozenset[Place]]:
    """Return which fills each content may be of, and the fills of which there is only one."""
    places: dict[bytes, set[Place]] = {}
    contents: dict[Place, int] = {}
    unclear: set[Place] = set()
    for row in rows:
        mine = {(row.fill.order_id, first) for first in row.firsts}
        places.setdefault(name_of(row.fill), set()).update(mine)
        unclear |= mine if len(mine) > 1 else set()
    for row in with_fees(rows):
        for place in ((row.fill.order_id, first) for first in row.firsts):
            contents[place] = contents.get(place, 0) + (row.rank is None)
    single = frozenset(p for p, count in contents.items() if count <= 1 and p not in unclear)
    return {name: frozenset(mine) for name, mine in places.items()}, single


def _cost(booked: FillRecorded) -> int:
    return 0 if is_customer(booked.account) else known_cost(booked)


def _debt(fill: FillRecorded) -> OwedKey:
    return fill.event_id, fill.fee_currency
