"""What may be true of an execution while it is disputed, beside what is booked of it.

    disputed because                     each may be true
    -----------------------------------  ------------------------------------------------------
    contents of one order differ         one of them
    one id stands for several orders     of each order: nothing, one of its contents, or all
    after a decision, another content    what people decided; the content instead, or beside it;
                                         also where it is of another account of the same order
    after a decision, a correction       what people decided; the correction instead of all
    after a decision, a bust             what people decided; nothing

What is told of different orders adds up. A venue's last word ends the first, a decision each of
them (core/state/execution). Any measure that adds up over executions has an interval: lots for
exposure, money for the comparison with a venue's balances.
"""

from collections.abc import Callable, Hashable, Iterable
from typing import NamedTuple, TypeVar

from edgenode.core.state.execution import BUST, BookedKey, Execution, Ruling, Span
from edgenode.model.facts import FillRecorded
from edgenode.model.ids import AccountId, InstrumentId, OrderId
from edgenode.model.orders import sign

Booked = tuple[FillRecorded, ...]
Group = tuple[OrderId, AccountId, InstrumentId]
Key = TypeVar("Key", bound=Hashable)


class Choice(NamedTuple):
    """What is booked of one order, and what may be true instead."""

    held: Booked
    others: list[Booked]


def choices(execution: Execution) -> list[Choice]:
    """Return what may be true, for each order apart; none if nothing is disputed."""
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


def _lots(fill: FillRecorded) -> Iterable[tuple[BookedKey, int]]:
    yield (fill.account, fill.instrument), sign(fill.side) * fill.quantity_lots


def _undecided(execution: Execution) -> list[Choice]:
    groups: dict[Group, list[Booked]] = {}
    for version in execution.versions:
        groups.setdefault(_group(version), []).append((version,))
    if len(groups) == 1:
        return [Choice(execution.held(), others) for others in groups.values()]
    together = _together(execution)
    return [
        Choice((), [(), *others, *together.get(group, ())]) for group, others in groups.items()
    ]


def _together(execution: Execution) -> dict[Group, list[Booked]]:
    """Return what may be true of one order at once, under an id that several orders have.

    Such an id names no execution, so contents of one order may be executions of their own. A
    correction may be of any of them: beside all of them it is at its most.
    """
    told: dict[Group, Booked] = {}
    for content in execution.contents.values():
        group = _group(content)
        told[group] = (*told.get(group, ()), content)
    several = {group: [booked] for group, booked in told.items() if len(booked) > 1}
    for correction in execution.corrections.values():
        group = _group(correction)
        if group in several:
            several[group].append((*told[group], correction))
    return several


def _after(execution: Execution, ruling: Ruling) -> list[Choice]:
    """Return what may be true once people have decided, and the venue has told more."""
    by_hash = {version.content_hash: version for version in execution.versions}
    held: dict[Group, Booked] = {}
    for one in ruling.holds:
        group = _ruled(by_hash[one], ruling)
        held[group] = (*held.get(group, ()), ruling.apply(by_hash[one]))
    others: dict[Group, list[Booked]] = {group: [booked] for group, booked in held.items()}
    corrected: set[Group] = set()
    told: set[Group] = set()
    for (_, content), version in execution.contents.items():
        if content in execution.news:
            group, booked = _ruled(version, ruling), (ruling.apply(version),)
            told.add(group)
            others.setdefault(group, [()]).extend((booked, (*held.get(group, ()), *booked)))
    for rank, version in execution.corrections.items():
        if execution.is_news(rank):
            corrected.add(_ruled(version, ruling))
            others.setdefault(_ruled(version, ruling), [()]).append((ruling.apply(version),))
    for group, booked_each in others.items():
        instead = corrected | {other for other in told if other[0] == group[0]}
        if BUST in execution.news or instead - {group}:
            booked_each.append(())
    return [Choice(held.get(group, ()), booked) for group, booked in others.items()]


def _group(version: FillRecorded) -> Group:
    return version.order_id, version.account, version.instrument


def _ruled(version: FillRecorded, ruling: Ruling) -> Group:
    """Return the order that a content names, in the account to which people carried it."""
    return version.order_id, ruling.apply(version).account, version.instrument


def _sum(
    booked: Booked, measure: Callable[[FillRecorded], Iterable[tuple[Key, int]]]
) -> dict[Key, int]:
    sums: dict[Key, int] = {}
    for fill in booked:
        for key, amount in measure(fill):
            sums[key] = sums.get(key, 0) + amount
    return sums
