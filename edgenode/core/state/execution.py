"""One execution and all evidence of it: what is booked, in whatever order the evidence came.

    evidence of one execution         booked
    --------------------------------  -----------------------------------------------------------
    a bust of any of its ids          nothing; also before the execution itself is known
    corrections                       the greatest by (version, venue time, exec id); several
                                      that are equal in this are disputed like several contents;
                                      of one that was told with several times the latest counts
    one content                       that one
    one content, and then its fee     that one with the fee: an execution told before its fee was
                                      known is no other one
    several contents, no correction   what all agree on; the rest is disputed, an interval
    contents of several orders, or    nothing, whatever busts and corrections say: the venue gave
    an id of a correction that is     one id to several executions, and nobody can tell which of
    another execution's as well       them is meant; each may be true, an interval, until people
    (core/state/links)                decide
    a decision of people              the contents that it says are true, all of them. What is told
                                      later is disputed again, until another decision, or until
                                      the venue's last word is what people decided. The fee of one
                                      that they looked at is no dispute

How far the truth may lie from what is booked is told by core/state/outcomes. An execution is known
by (venue, account, scope, exec id). A correction has an id of its own and names the original or an
earlier correction; all ids that corrections join are one execution.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from edgenode.core.state import charges, links, unpriced
from edgenode.core.state.charges import Charge, Settled
from edgenode.core.state.links import LinkedFill, Precedence, same_trade
from edgenode.model.facts import ExecRef, FeePriced, FillRecorded
from edgenode.model.ids import (
    DESK_SUSPENSE,
    AccountId,
    ExecId,
    ExecScope,
    InstrumentId,
    OrderId,
    VenueAccount,
    VenueId,
)
from edgenode.model.orders import sign
from edgenode.model.venue import BustReport, CorrectReport, FillReport
from edgenode.wire.canonical import pack

BookedKey = tuple[AccountId, InstrumentId]
Span = tuple[int, int]
BUST = hashlib.sha256(b"a bust").digest()  # of which execution is told beside it
NO_ORDER = OrderId("")  # of what people carried in: it counts on no order


class FillKey(NamedTuple):
    """Name a fill the same way on every node and at the central book."""

    venue: VenueId
    venue_account: VenueAccount
    scope: ExecScope
    exec_id: ExecId


@dataclass(slots=True)
class Ruling:
    """What people decided of an execution: which contents are true, of all that they looked at."""

    holds: tuple[bytes, ...]  # content hashes
    over: set[bytes]  # the evidence that they looked at
    account: AccountId | None = None  # whose those in suspense are

    def apply(self, content: FillRecorded) -> FillRecorded:
        """Return a content as it is booked: what people carried in is of no order of ours."""
        if self.account is None or content.account != DESK_SUSPENSE:
            return content
        return replace(content, account=self.account, order_id=NO_ORDER)


@dataclass(slots=True)
class Execution:
    """All evidence of one execution that has more than one content."""

    ids: set[FillKey] = field(default_factory=set)
    contents: dict[tuple[ExecId, bytes], FillRecorded] = field(default_factory=dict)
    corrections: dict[Precedence, FillRecorded] = field(default_factory=dict)
    busted: bool = False
    recalled: bool = False  # some of it had left the state: what its cash did is not known
    carried: bool = False  # some of it an older ledger had booked: its cash is known there
    elsewhere: int = 0  # what the grants of an older ledger hold of its cash, signed as an outlay
    charges: list[Charge] = field(default_factory=list)  # of each fill that was ever booked
    ruling: Ruling | None = None

    @property
    def versions(self) -> tuple[FillRecorded, ...]:
        """Return all contents, corrections included."""
        return (*self.contents.values(), *self.corrections.values())

    @property
    def evidence(self) -> frozenset[bytes]:
        """Return a hash of each piece of evidence."""
        told = {content for _, content in self.contents}
        told |= {_of_correction(rank) for rank in self.corrections}
        return frozenset(told | {BUST} if self.busted else told)

    @property
    def news(self) -> frozenset[bytes]:
        """Return the evidence that people have not looked at and that may change something."""
        if self.ruling is None:
            return self.evidence
        fees = {_evidence_of(late) for _, late in self._fees(self.ruling)}
        news = self.evidence - self.ruling.over - fees
        return news if self.ruling.holds else news - {BUST}

    def true(self, ruling: Ruling, rows: list[LinkedFill]) -> list[LinkedFill]:
        """Return those of some contents that people said are true."""
        held = {id(one) for one in self.ruled(ruling)}
        return [row for row in rows if id(row.fill) in held]

    def since(self, ruling: Ruling, rows: list[LinkedFill]) -> list[LinkedFill]:
        """Return those of some contents that people have not looked at.

        An equal content of another execution, which they did not say is true, may be one of them.
        """
        news, held = self.news, self.ruled(ruling)
        equal = {one.content_hash for one in held}
        names = {id(one) for one in held}
        found = []
        for row in rows:
            hashed = row.fill.content_hash
            alike = not row.rank and hashed in equal and id(row.fill) not in names
            if _evidence_of(row) in news or (alike and self._told_under(hashed) > 1):
                found.append(row)
        return found

    def _told_under(self, content: bytes) -> int:
        """Return under how many ids a content was told."""
        return sum(hashed == content for _, hashed in self.contents)

    def told(self) -> list[LinkedFill]:
        """Return all contents, each with the execution that it is of (core/state/links)."""
        return links.told(self.contents, self.corrections)

    def reused(self, *more: OrderId) -> bool:
        """Return whether an id stands for several executions (or would, with more orders)."""
        if len({version.order_id for version in self.versions} | set(more)) > 1:
            return True
        return self.shares_ids

    @property
    def shares_ids(self) -> bool:
        """Return whether an id that corrections join is another execution's as well.

        What tells the same as a correction may then be an execution of its own.
        """
        if not self.corrections:
            return False
        firsts = {first for row in self.told() for first in row.firsts}
        return len(firsts) > 1 or links.is_shared(self.corrections)

    def corrected_to(self, report: CorrectReport) -> bool:
        """Return whether this correction is known, of this time or a later one.

        Times are told with less precision at times: of one correction the latest is kept.
        """
        return any(
            repeats(known, report.fill) and report.fill.venue_time_ns <= known.venue_time_ns
            for known in self.corrections_to(report)
        )

    def correct(self, rank: Precedence, fill: FillRecorded) -> None:
        """Take a correction; of one that was told with several times the latest is kept."""
        told = rank._replace(venue_time_ns=0)
        same = [one for one in self.corrections if one._replace(venue_time_ns=0) == told]
        if all(one.venue_time_ns < rank.venue_time_ns for one in same):
            for one in same:
                del self.corrections[one]
            self.corrections[rank] = fill

    def corrections_to(self, report: CorrectReport) -> tuple[FillRecorded, ...]:
        """Return the corrections with the version and both ids of a report."""
        named = report.version, report.fill.exec_id, report.refers_to
        return tuple(
            known
            for rank, known in self.corrections.items()
            if (rank.version, rank.exec_id, rank.refers_to) == named
        )

    def corrected_as(self, exec_id: ExecId) -> tuple[FillRecorded, ...]:
        """Return the corrections whose own id this is."""
        return tuple(c for rank, c in self.corrections.items() if rank.exec_id == exec_id)

    @property
    def candidates(self) -> tuple[FillRecorded, ...]:
        """Return the contents of which one holds, if all are of one execution."""
        rows = links.with_fees(self.told())
        ranks = [row.rank for row in rows if row.rank]
        if not ranks:
            return tuple(row.fill for row in rows)
        last = max(ranks)[:3]
        found = [row.fill for row in rows if row.rank and row.rank[:3] == last]
        return tuple({fill.content_hash: fill for fill in found}.values())

    @property
    def decided(self) -> bool:
        """Return whether the venue has said which content holds, or that none does."""
        said = self.busted or (bool(self.corrections) and len(self.candidates) == 1)
        return said and not self.reused()

    @property
    def disputed(self) -> bool:
        """Return whether contents contradict each other and nothing decides between them."""
        if self.ruling is not None:
            return bool(self.news) and not self._agreed(self.ruling)
        return self.reused() or (not self.decided and len(self.candidates) > 1)

    def held(self) -> tuple[FillRecorded, ...]:
        """Return the contents that are booked: by decision, or the one that the evidence gives."""
        return tuple(booked for _, booked in self.as_told())

    def as_told(self) -> list[tuple[FillRecorded, FillRecorded]]:
        """Return the contents that are booked: each as it was told, and as it is booked."""
        if self.ruling is None:
            booked = self.booked()
            return [] if booked is None else [(booked, booked)]
        return [(told, self.ruling.apply(told)) for told in self.ruled(self.ruling)]

    def settle(self) -> Settled:
        """Charge what is booked now, and return what that adds to what was charged before."""
        found = charges.settled(self.charges, self.told(), self.as_told())
        self.charges = found.charges
        return found

    def ruled(self, ruling: Ruling) -> tuple[FillRecorded, ...]:
        """Return the contents that people said are true, each with a fee that came since.

        Those of two executions may be equal.
        """
        by_hash: dict[bytes, list[FillRecorded]] = {}
        for version in self.versions:
            by_hash.setdefault(version.content_hash, []).append(version)
        fees = {id(early.fill): late.fill for early, late in self._fees(ruling)}
        true = [by_hash[one].pop() for one in ruling.holds]
        return tuple(fees.get(id(one), one) for one in true)

    def _fees(self, ruling: Ruling) -> list[tuple[LinkedFill, LinkedFill]]:
        """Return reports that people looked at, each with the one that tells its fee since."""
        rows = self.told()
        looked_at = [row for row in rows if _evidence_of(row) in ruling.over]
        found = []
        for early in looked_at:
            late = [row for row in rows if links.fee_of(early, row)]
            same = len({row.fill.content_hash for row in late}) == 1
            if same and all(_evidence_of(row) not in ruling.over for row in late):
                found.append((early, late[0]))
        return found

    def booked(self) -> FillRecorded | None:
        """Return the content that counts by the evidence alone."""
        versions = self.candidates
        if self.busted or not versions or self.reused():
            return None
        if len({(v.account, v.instrument, v.side) for v in versions}) > 1:
            return None
        return min(
            versions,
            key=lambda v: (v.quantity_lots, v.price_ticks, not v.fee_minor, v.content_hash),
        )

    def fee_priced(self, fact: FeePriced) -> None:
        """Let fees that it owes be part of its cost, at their rate."""
        self.charges = [charges.fee_priced(fact, charge) for charge in self.charges]
        for versions in (self.contents, self.corrections):
            for key, version in versions.items():
                versions[key] = unpriced.priced(fact, version)  # type: ignore[index]

    def _agreed(self, ruling: Ruling) -> bool:
        """Return whether the venue's last word is what people decided."""
        booked = self.booked()
        said = () if booked is None else (booked.content_hash,)
        true = tuple(one.content_hash for one in self.ruled(ruling))
        return self.decided and said == true


def repeats(known: FillRecorded, report: FillReport) -> bool:
    """Return whether a report says nothing new: the same, or the same before its fee was known."""
    early = not report.fee_minor and same_trade(known, report)
    return early or known.content_hash == content_hash(report)


def key_of(named: FillReport | BustReport | FillRecorded | ExecRef) -> FillKey:
    """Return the key of an execution."""
    return FillKey(named.venue, named.venue_account, named.scope, named.exec_id)


def rank_of(version: int, fill: FillRecorded, refers_to: ExecId) -> Precedence:
    """Place a correction among those of the same execution."""
    return Precedence(version, fill.venue_time_ns, fill.exec_id, fill.content_hash, refers_to)


def outlay(facts: Iterable[FillRecorded]) -> int:
    """Return the cash that executions take; what sales bring back counts against it."""
    return sum(sign(fact.side) * fact.cash_minor for fact in facts)


def ref_of(key: FillKey) -> ExecRef:
    """Write a key as a fact does."""
    return ExecRef(
        venue=key.venue, venue_account=key.venue_account, scope=key.scope, exec_id=key.exec_id
    )


def content_hash(report: FillReport | FillRecorded) -> bytes:
    """Hash what the venue says of an execution, its name and its presentation apart.

    The venue's time is presentation: streams and snapshots tell it to the second, millisecond,
    microsecond or nanosecond. A fee of 0 has no currency.
    """
    fee_currency = report.fee_currency if report.fee_minor else ""
    content = [
        *(report.order_id, report.instrument, report.side, report.quantity_lots),
        *(report.price_ticks, report.fee_minor, fee_currency),
    ]
    return hashlib.sha256(pack(content)).digest()


def _evidence_of(row: LinkedFill) -> bytes:
    content = row.fill.content_hash
    return _of_correction(row.rank) if row.rank and row.rank.content == content else content


def _of_correction(rank: Precedence) -> bytes:
    """Hash a correction as evidence; the venue's time is presentation."""
    told = ["correction", rank.version, rank.exec_id, rank.content]
    return hashlib.sha256(pack(told)).digest()
