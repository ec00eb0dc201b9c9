"""Which execution each report is of, under ids that corrections join: its first id says so.

    a report                                      its first id
    --------------------------------------------  ---------------------------------------------
    of an execution                               its own id
    of a correction                               the first id of what it names
    of an execution, under a correction's id:
      as the correction tells it                  none: it is the correction, told again
      the same with a fee that that one lacks     that of the correction, whose fee came later
      otherwise                                   its own id: the venue used that id again

A correction may name an id that stands for several executions: then it may be of each of them. It
may keep the id of what it corrects. Reports of one execution that differ in their fee alone, one
of them without any, are one report: its fee came later.
"""

from collections.abc import Mapping
from typing import NamedTuple

from edgenode.model.facts import FillRecorded
from edgenode.model.ids import ExecId
from edgenode.model.venue import FillReport

Contents = Mapping[tuple[ExecId, bytes], FillRecorded]


class Precedence(NamedTuple):
    """Place a correction among those of the same execution: the greatest holds."""

    version: int
    venue_time_ns: int
    exec_id: ExecId
    content: bytes
    refers_to: ExecId


class LinkedFill(NamedTuple):
    """A report and the first ids that it may be of; `rank` is None for an execution itself.

    A correction's fee that came later, told as an execution, has the rank of the correction.
    """

    fill: FillRecorded
    rank: Precedence | None
    firsts: frozenset[ExecId]

    @property
    def first(self) -> ExecId:
        """Return its first id; of several the least."""
        return min(self.firsts)


def told(contents: Contents, corrections: Mapping[Precedence, FillRecorded]) -> list[LinkedFill]:
    """Return all reports, executions first."""
    corrections = _final(corrections)
    links: dict[ExecId, set[ExecId]] = {}
    for rank in corrections:
        if rank.refers_to != rank.exec_id:  # a correction may keep the id of what it corrects
            links.setdefault(rank.exec_id, set()).add(rank.refers_to)
    rows = [
        LinkedFill(content, None, frozenset({exec_id}))
        for (exec_id, _), content in contents.items()
        if not _is_retold(content, corrections)
    ]
    again = {row.first for row in rows} & links.keys()
    known = {(one.exec_id, one.content_hash) for one in corrections.values()}
    for rank, correction in corrections.items():
        firsts = _firsts(rank.refers_to, links, again)
        late = [
            one
            for (exec_id, content), one in contents.items()
            if fee_came(correction, one) and (exec_id, content) not in known
        ]
        rows += [LinkedFill(one, rank, firsts) for one in (correction, *late)]
    return rows


def _final(corrections: Mapping[Precedence, FillRecorded]) -> Mapping[Precedence, FillRecorded]:
    """Leave out corrections that were told again with their fee: it came before or later."""
    early = {
        rank
        for rank, one in corrections.items()
        for other, late in corrections.items()
        if (rank.version, rank.refers_to) == (other.version, other.refers_to)
        and fee_came(one, late)
    }
    return {rank: one for rank, one in corrections.items() if rank not in early}


def is_shared(corrections: Mapping[Precedence, FillRecorded]) -> bool:
    """Return whether corrections say that an id is an execution, and that it is of another one.

    One that keeps the id of what it corrects says the first, one that names another id the second.
    """
    kept = [one for rank, one in corrections.items() if rank.refers_to == rank.exec_id]
    named = [one for rank, one in corrections.items() if rank.refers_to != rank.exec_id]
    return any(
        one.exec_id == other.exec_id and not same_trade(one, other)
        for one in kept
        for other in named
    )


def with_fees(rows: list[LinkedFill]) -> list[LinkedFill]:
    """Return reports without those that another one tells again with its fee."""
    return [row for row in rows if not any(fee_of(row, other) for other in rows)]


def same_trade(known: FillRecorded, report: FillReport | FillRecorded) -> bool:
    """Return whether two reports under one id are of one trade, their fees apart."""
    return (
        *(known.order_id, known.instrument, known.side),
        *(known.quantity_lots, known.price_ticks),
    ) == (
        *(report.order_id, report.instrument, report.side),
        *(report.quantity_lots, report.price_ticks),
    )


def fee_came(early: FillRecorded, late: FillRecorded) -> bool:
    """Return whether the second report is the first one, told when its fee was known."""
    came = not early.fee_minor and bool(late.fee_minor)
    return came and early.exec_id == late.exec_id and same_trade(early, late)


def fee_of(early: LinkedFill, late: LinkedFill) -> bool:
    """Return that of two reports of which a correction is told again with the same version."""
    ranks = [row.rank.version if row.rank else None for row in (early, late)]
    return ranks[0] == ranks[1] and fee_came(early.fill, late.fill)


def _is_retold(content: FillRecorded, corrections: Mapping[Precedence, FillRecorded]) -> bool:
    """Return whether a report tells what a correction with its id tells, with its fee or not."""
    return any(
        rank.exec_id == content.exec_id
        and same_trade(correction, content)
        and (
            not content.fee_minor
            or not correction.fee_minor
            or content.content_hash == correction.content_hash
        )
        for rank, correction in corrections.items()
    )


def _firsts(
    exec_id: ExecId, links: Mapping[ExecId, set[ExecId]], again: set[ExecId]
) -> frozenset[ExecId]:
    """Follow links to the first ids; those that name each other are one, the least of them."""
    found: set[ExecId] = set()
    seen: set[ExecId] = set()
    left = [exec_id]
    while left:
        name = left.pop()
        if name not in seen:
            seen.add(name)
            if name in again or name not in links:
                found.add(name)
            left += links.get(name, ())
    return frozenset(found or {min(seen)})
