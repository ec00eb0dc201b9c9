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
    a decision of people              the contents that it says are true, all of them; what is told
                                      later is disputed again, until another decision

An execution is known by (venue, account, scope, exec id). A correction has an id of its own and
names the original or an earlier correction; all ids that corrections join are one execution.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from edgenode.core.state import unpriced
from edgenode.core.state.unpriced import Owes
from edgenode.model.facts import ExecRef, FeePriced, FillRecorded
from edgenode.model.ids import (
    AccountId,
    ExecId,
    ExecScope,
    InstrumentId,
    OrderId,
    VenueAccount,
    VenueId,
)
from edgenode.model.orders import sign
from edgenode.model.venue import BustReport, FillReport
from edgenode.wire.canonical import pack

Rank = tuple[int, int, str, bytes]  # version, venue time, exec id, content: the greatest holds
BookedKey = tuple[AccountId, InstrumentId]
Span = tuple[int, int]


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
    over: set[bytes]
    busted: bool  # the venue's busts that they looked at
    account: AccountId | None = None  # whose they are, if not as the evidence says


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

    def reused(self, *more: OrderId) -> bool:
        """Return whether one id stands for executions of several orders (or would, with more)."""
        versions = (*self.contents.values(), *self.corrections.values())
        return len({version.order_id for version in versions} | set(more)) > 1

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
            taken_back = self.busted and not self.ruling.busted and bool(self.ruling.holds)
            return taken_back or bool(self._unruled())
        return self.reused() or (not self.decided and len(self.contents) > 1)

    def held(self) -> tuple[FillRecorded, ...]:
        """Return the contents that are booked: by decision, or the one that the evidence gives."""
        if self.ruling is None:
            booked = self.booked()
            return () if booked is None else (booked,)
        by_hash = {version.content_hash: version for version in self.versions}
        account = self.ruling.account
        return tuple(
            by_hash[one] if account is None else replace(by_hash[one], account=account)
            for one in self.ruling.holds
        )

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

    def spread(self) -> dict[BookedKey, Span]:
        """Return how far from the booked lots the truth may lie; empty if nothing is disputed.

        Contents of different orders or instruments may all be true, for the venue re-used an id:
        they add up, each from nothing to the most that is said of it.
        """
        if not self.disputed:
            return {}
        if self.ruling is not None:
            return (
                _sum_of_hulls(self._unruled()) if self._unruled() else _hull_of_none(self.held())
            )
        versions = self.versions
        whose = {(v.order_id, v.account, v.instrument) for v in versions}
        if len(whose) > 1:
            return _sum_of_hulls(versions)
        spans: dict[BookedKey, Span] = {}
        for version in self.contents.values():
            key = (version.account, version.instrument)
            lots = sign(version.side) * version.quantity_lots
            low, high = spans.get(key, (lots, lots))
            spans[key] = min(low, lots), max(high, lots)
        sure = self.booked()
        if sure is None:
            return spans
        lots = sign(sure.side) * sure.quantity_lots  # the nearest to zero of all
        return {
            key: (min(0, low - lots), max(0, high - lots)) for key, (low, high) in spans.items()
        }

    def _unruled(self) -> tuple[FillRecorded, ...]:
        """Return the contents that people have not looked at."""
        over = self.ruling.over if self.ruling else set()
        return tuple(version for version in self.versions if version.content_hash not in over)


def _hull_of_none(booked: Iterable[FillRecorded]) -> dict[BookedKey, Span]:
    """Return how far the truth lies from the booked lots, if none of them may have happened."""
    spans: dict[BookedKey, Span] = {}
    for version in booked:
        key = version.account, version.instrument
        lots = sign(version.side) * version.quantity_lots
        low, high = spans.get(key, (0, 0))
        spans[key] = low - max(0, lots), high - min(0, lots)
    return spans


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


def _sum_of_hulls(versions: Iterable[FillRecorded]) -> dict[BookedKey, Span]:
    """Add up, over orders, the least and the most that any version says, nothing included."""
    hulls: dict[tuple[OrderId, BookedKey], Span] = {}
    for version in versions:
        key = version.order_id, (version.account, version.instrument)
        lots = sign(version.side) * version.quantity_lots
        low, high = hulls.get(key, (0, 0))
        hulls[key] = min(low, lots), max(high, lots)
    spans: dict[BookedKey, Span] = {}
    for (_, held), (low, high) in hulls.items():
        sum_low, sum_high = spans.get(held, (0, 0))
        spans[held] = sum_low + low, sum_high + high
    return spans
