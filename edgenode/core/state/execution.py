"""One execution and all evidence of it: what is booked, in whatever order the evidence came.

    evidence of one execution         booked
    --------------------------------  -----------------------------------------------------------
    a bust of any of its ids          nothing; also before the execution itself is known
    corrections                       the greatest by (version, venue time, exec id, content)
    one content                       that one
    one content, and then its fee     that one with the fee: an execution told before its fee was
                                      known is no other one
    several contents, no correction   what all agree on; the rest is disputed, an interval
    contents of several orders        nothing, whatever busts and corrections say: the venue gave
                                      one id to several executions, and nobody can tell which of
                                      them is meant; each may be true, an interval, until people
                                      decide
    a decision of people              the contents that it says are true, all of them. What is told
                                      later is disputed again, until another decision, or until
                                      the venue's last word is what people decided

How far the truth may lie from what is booked is told by core/state/outcomes. An execution is known
by (venue, account, scope, exec id). A correction has an id of its own and names the original or an
earlier correction; all ids that corrections join are one execution.
"""

import hashlib
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from edgenode.core.state import unpriced
from edgenode.core.state.unpriced import Owes
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
from edgenode.model.venue import BustReport, FillReport
from edgenode.wire.canonical import pack

Rank = tuple[int, int, str, bytes]  # version, venue time, exec id, content: the greatest holds
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
    corrections: dict[Rank, FillRecorded] = field(default_factory=dict)
    busted: bool = False
    recalled: bool = False  # some of it had left the state: what its cash did is not known
    charged_minor: int = 0  # cost is monotone: a better price never refills a grant
    owes: Owes = field(default_factory=dict)  # fees of it that no rate prices, and are no part
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
        news = self.evidence - self.ruling.over
        return news if self.ruling.holds else news - {BUST}

    def is_news(self, rank: Rank) -> bool:
        """Return whether people have not looked at a correction."""
        return _of_correction(rank) in self.news

    def reused(self, *more: OrderId) -> bool:
        """Return whether one id stands for executions of several orders (or would, with more)."""
        return len({version.order_id for version in self.versions} | set(more)) > 1

    def corrected_to(self, version: int, fill: FillReport) -> bool:
        """Return whether this correction is known, also with another precision of time."""
        told = version, fill.exec_id, content_hash(fill)
        return any((v, exec_id, content) == told for v, _, exec_id, content in self.corrections)

    @property
    def decided(self) -> bool:
        """Return whether the venue has said which content holds, or that none does."""
        return (self.busted or bool(self.corrections)) and not self.reused()

    @property
    def disputed(self) -> bool:
        """Return whether contents contradict each other and nothing decides between them."""
        if self.ruling is not None:
            return bool(self.news) and not self._agreed(self.ruling)
        return self.reused() or (not self.decided and len(self.contents) > 1)

    def held(self) -> tuple[FillRecorded, ...]:
        """Return the contents that are booked: by decision, or the one that the evidence gives."""
        if self.ruling is None:
            booked = self.booked()
            return () if booked is None else (booked,)
        by_hash = {version.content_hash: version for version in self.versions}
        return tuple(self.ruling.apply(by_hash[one]) for one in self.ruling.holds)

    def booked(self) -> FillRecorded | None:
        """Return the content that counts by the evidence alone."""
        if self.reused() or self.busted or not (self.contents or self.corrections):
            return None
        if self.corrections:
            return self.corrections[max(self.corrections)]
        versions = list(self.contents.values())
        if len({(v.account, v.instrument, v.side) for v in versions}) > 1:
            return None
        return min(
            versions,
            key=lambda v: (v.quantity_lots, v.price_ticks, not v.fee_minor, v.content_hash),
        )

    def fee_priced(self, fact: FeePriced) -> None:
        """Let fees that it owes be part of its cost, at their rate."""
        part = self.owes.pop((fact.event_id, fact.currency), None)
        if part is not None:
            self.charged_minor += unpriced.share(fact, part)
        for versions in (self.contents, self.corrections):
            for key, version in versions.items():
                versions[key] = unpriced.priced(fact, version)  # type: ignore[index]

    def _agreed(self, ruling: Ruling) -> bool:
        """Return whether the venue's last word is what people decided."""
        booked = self.booked()
        said = () if booked is None else (booked.content_hash,)
        return self.decided and said == ruling.holds


def key_of(named: FillReport | BustReport | FillRecorded | ExecRef) -> FillKey:
    """Return the key of an execution."""
    return FillKey(named.venue, named.venue_account, named.scope, named.exec_id)


def rank_of(version: int, fill: FillReport | FillRecorded) -> Rank:
    """Place a correction among those of the same execution."""
    content = fill.content_hash if isinstance(fill, FillRecorded) else content_hash(fill)
    return version, fill.venue_time_ns, fill.exec_id, content


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


def same_trade(known: FillRecorded, report: FillReport | FillRecorded) -> bool:
    """Return whether two reports under one id are of one trade, their fees apart."""
    return (
        *(known.order_id, known.instrument, known.side),
        *(known.quantity_lots, known.price_ticks),
    ) == (
        *(report.order_id, report.instrument, report.side),
        *(report.quantity_lots, report.price_ticks),
    )


def _of_correction(rank: Rank) -> bytes:
    """Hash a correction as evidence; the venue's time is presentation."""
    version, _, exec_id, content = rank
    return hashlib.sha256(pack(["correction", version, exec_id, content])).digest()
