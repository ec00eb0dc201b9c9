"""What may be true of an execution while it is disputed, beside what is booked of it.

    disputed because                     each may be true
    -----------------------------------  ------------------------------------------------------
    contents of one execution differ     one of them
    an id stands for several executions  of each: nothing, one of its contents; where several of
                                         them are of one order under one id, or corrections used an
                                         id again, all of them
    after a decision, other contents     what people decided; one instead; all of them beside it;
                                         also where they are in another account of the order
    after a decision, corrections        what people decided; one instead of all of it; beside all
                                         of it, where that is several contents
    after a decision, a bust             what people decided; nothing

What is told of different executions adds up. People may decide beyond it: that nothing happened,
or that contents of one execution are several (core/breaks/executions). A venue's last word ends
the first, a decision each of them (core/state/execution). Any measure that adds up over executions
has an interval: lots for exposure, money for the comparison with a venue's balances.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import NamedTuple, TypeVar

from edgenode.core.state.execution import BUST, BookedKey, Execution, Ruling, Span
from edgenode.core.state.links import LinkedFill, with_fees
from edgenode.model.facts import FillRecorded
from edgenode.model.ids import AccountId, ExecId, InstrumentId, OrderId
from edgenode.model.money import div_up
from edgenode.model.orders import SIDES, sign

Booked = tuple[FillRecorded, ...]
Key = TypeVar("Key", bound=Hashable)


class Base(NamedTuple):
    """What an instrument is a quantity of, and how much of its smallest unit a lot is."""

    currency: str
    lot_minor: int


NO_BASE = Base("", 1)  # of an instrument that was not declared


class Group(NamedTuple):
    """Whose a content is: of an execution by its first id, of an order, in an account."""

    first: ExecId
    order_id: OrderId
    account: AccountId
    instrument: InstrumentId


Groups = dict[Group, list[LinkedFill]]


class Choice(NamedTuple):
    """What is booked of one group, and what may be true instead."""

    held: Booked
    others: list[Booked]


def choices(execution: Execution) -> list[Choice]:
    """Return what may be true, for each group apart; none if nothing is disputed."""
    if not execution.disputed:
        return []
    if execution.ruling is None:
        return _undecided(execution)
    return _after(execution, execution.ruling)


def spread(
    execution: Execution, measure: Callable[[FillRecorded], Iterable[tuple[Key, int]]]
) -> dict[Key, Span]:
    """Return how far the truth may lie from what is booked; never the other side of 0."""
    spans: dict[Key, Span] = {}
    for held, others in choices(execution):
        booked = _sum(held, measure)
        sums: list[dict[Key, int]] = [_sum(other, measure) for other in others]
        for key in {key for one in (booked, *sums) for key in one}:
            away = [one.get(key, 0) - booked.get(key, 0) for one in sums]
            low, high = spans.get(key, (0, 0))
            spans[key] = low + min(0, *away), high + max(0, *away)
    return {key: span for key, span in spans.items() if span != (0, 0)}


def lots(execution: Execution) -> dict[BookedKey, Span]:
    """Return how far the lots of each account may lie from the booked ones."""
    return spread(execution, _lots)


def holdings(execution: Execution, bases: Mapping[InstrumentId, Base]) -> dict[BookedKey, Span]:
    """Return how far what accounts hold may lie from the books: a fee in the base takes of it.

    Rounded to whole lots, away from what is booked.
    """

    def of_base(fill: FillRecorded) -> Iterable[tuple[BookedKey, int]]:
        base = bases.get(fill.instrument, NO_BASE)
        fee = fill.fee_minor if fill.fee_currency == base.currency else 0
        traded = sign(fill.side) * fill.quantity_lots * base.lot_minor
        yield (fill.account, fill.instrument), traded - fee

    found = {}
    for key, (low, high) in spread(execution, of_base).items():
        lot = bases.get(key[1], NO_BASE).lot_minor
        found[key] = low // lot, div_up(high, lot)
    return found


def of_order(execution: Execution, order_id: OrderId) -> Span:
    """Return how far the lots that an order executed may lie from the booked ones."""
    spans = spread(execution, lambda fill: [(fill.order_id, fill.quantity_lots)])
    return spans.get(order_id, (0, 0))


def _lots(fill: FillRecorded) -> Iterable[tuple[BookedKey, int]]:
    yield (fill.account, fill.instrument), sign(fill.side) * fill.quantity_lots


def grouped(execution: Execution, account_of: Callable[[FillRecorded], AccountId]) -> Groups:
    """Return all that was told, by whose it is."""
    groups: Groups = {}
    for row in execution.told():
        fill = row.fill
        group = Group(row.first, fill.order_id, account_of(fill), fill.instrument)
        groups.setdefault(group, []).append(row)
    return groups


def several(contents: int, rows: list[LinkedFill]) -> bool:
    """Return whether so many contents and what was told may be of several executions."""
    return contents > 1 or any(len(row.firsts) > 1 for row in rows)


def _undecided(execution: Execution) -> list[Choice]:
    if not execution.reused():
        return _one_of(execution)
    found = []
    for rows in map(with_fees, grouped(execution, lambda fill: fill.account).values()):
        alone: list[Booked] = [(row.fill,) for row in rows]
        contents = [row for row in rows if row.rank is None]
        all_of_them = execution.shares_ids or several(len(contents), rows)
        found.append(Choice((), [(), *alone, *(_each_side(alone) if all_of_them else [])]))
    return found


def _one_of(execution: Execution) -> list[Choice]:
    """Return what may be true where one content holds: in each account where it may be."""
    groups: dict[BookedKey, list[Booked]] = {}
    for one in execution.candidates:
        groups.setdefault((one.account, one.instrument), []).append((one,))
    if len(groups) == 1:
        return [Choice(execution.held(), others) for others in groups.values()]
    return [Choice((), [(), *others]) for others in groups.values()]


def _each_side(booked_each: Iterable[Booked]) -> list[Booked]:
    """Return all buys together, and all sells: what adds up is at its most there."""
    fills = [fill for booked in booked_each for fill in booked]
    sides = (tuple(fill for fill in fills if fill.side == side) for side in SIDES)
    return [booked for booked in sides if booked]


def _after(execution: Execution, ruling: Ruling) -> list[Choice]:
    """Return what may be true once people have decided, and the venue has told more."""
    groups = grouped(execution, lambda fill: ruling.apply(fill).account)
    news = {group: execution.since(ruling, with_fees(rows)) for group, rows in groups.items()}
    corrected = {group for group, rows in news.items() if any(row.rank for row in rows)}
    found = []
    for group, rows in news.items():
        mine = tuple(ruling.apply(row.fill) for row in execution.true(ruling, groups[group]))
        contents: list[Booked] = [(ruling.apply(row.fill),) for row in rows if row.rank is None]
        corrections: list[Booked] = [(ruling.apply(row.fill),) for row in rows if row.rank]
        others = [mine, *contents, *corrections, *_each_side([mine, *contents])]
        if several(len(mine) + len(contents), rows):
            others += _each_side([mine, *contents, *corrections])
        same = {one for one, told in news.items() if told and one.order_id == group.order_id}
        if BUST in execution.news or (corrected | same) - {group}:
            others.append(())
        found.append(Choice(mine, others))
    return found


def _sum(
    booked: Booked, measure: Callable[[FillRecorded], Iterable[tuple[Key, int]]]
) -> dict[Key, int]:
    sums: dict[Key, int] = {}
    for fill in booked:
        for key, amount in measure(fill):
            sums[key] = sums.get(key, 0) + amount
    return sums
