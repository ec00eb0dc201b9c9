"""The fills part of the state: every execution by its ids, and what is booked of it (execution).

Executions on which there is nothing but one content leave the maps with their orders; the rest
stays, for evidence of them may still come.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from edgenode.core.state import charges, outcomes
from edgenode.core.state.charges import Due
from edgenode.core.state.doubts import SumKey, measured
from edgenode.core.state.execution import (
    BookedKey,
    Execution,
    FillKey,
    Ruling,
    Span,
    key_of,
    outlay,
    rank_of,
)
from edgenode.core.state.links import LinkedFill
from edgenode.core.state.outcomes import Base
from edgenode.core.state.unpriced import Owes, priced
from edgenode.model.facts import (
    BreakResolved,
    Fact,
    FeePriced,
    FeeRecorded,
    FillBusted,
    FillCorrected,
    FillDisputed,
    FillRecorded,
    RecalledFill,
    Reserved,
)
from edgenode.model.ids import DESK_SUSPENSE, AccountId, ExecId, InstrumentId, OrderId
from edgenode.wire.canonical import pack

Key = TypeVar("Key")
NO_DEBT: Owes = {}
_FIRST = frozenset({ExecId("")})  # of an execution that no correction names


class Change(NamedTuple):
    """What to take out of the books and what to put in.

    `dues` is what each of `into` is charged newly, beside what the same fill was charged before;
    fees that no rate prices are owed, and `unowed` are owed no more. The execution was first told
    at `since_ns`, 0 where it had left the state. The grants of an older ledger hold `elsewhere` of
    the cash of `into`, signed as an outlay.
    """

    out: tuple[FillRecorded, ...] = ()
    into: tuple[FillRecorded, ...] = ()
    dues: tuple[Due, ...] = ()
    unowed: Owes = NO_DEBT
    since_ns: int = 0
    elsewhere: int = 0

    @property
    def cost_minor(self) -> int:
        """Return what is newly charged, without fees that no rate prices."""
        return sum(due.cost_minor for due in self.dues)


UNHELD = Execution(recalled=True)


@dataclass(slots=True)
class Fills:
    """The fills part of the state: a running hash of all evidence, and what is disputed."""

    booked: int = 0
    chain: bytes = bytes(32)
    disputed: dict[BookedKey, Span] = field(default_factory=dict)
    sums: dict[SumKey, Span] = field(default_factory=dict)  # others that limits are held against
    # derived from the chain's members: looked up, never part of the digest
    _plain: dict[FillKey, FillRecorded] = field(default_factory=dict)
    _seqs: dict[FillKey, int] = field(default_factory=dict)
    _executions: dict[FillKey, Execution] = field(default_factory=dict)
    _disputed: set[FillKey] = field(default_factory=set)  # the first id of each
    _cash: dict[FillKey, tuple[Reserved, ...]] = field(default_factory=dict)
    _priced: dict[str, int] = field(default_factory=dict)  # fees by currency: how often
    _bases: dict[InstrumentId, Base] = field(default_factory=dict)
    _recalled: set[FillKey] = field(default_factory=set)  # within one entry: what its cash did

    def declared(self, instrument: InstrumentId, base: Base) -> None:
        """Take what an instrument is a quantity of; its first declaration holds."""
        self._bases.setdefault(instrument, base)

    def recorded(self, fact: FillRecorded, seq: int) -> Change:
        """Take the first content under an exec id."""
        key = key_of(fact)
        self.booked += 1
        self._hash(fact, key, fact.content_hash)
        if key in self._executions:
            return self._evidence((key,), (), _content(fact))
        assert key not in self._plain, f"fill {key} was booked twice"
        self._plain[key] = fact
        self._seqs[key] = seq
        return Change((), (fact,), (charges.due_of(fact),))

    def contradicted(self, fact: FillDisputed) -> Change:
        """Take another content under a known exec id."""
        key = key_of(fact.refers_to)
        self._hash(fact, key, fact.fill.content_hash)
        return self._evidence((key,), _some(fact.recalled), _content(fact.fill))

    def fee_recorded(self, fact: FeeRecorded, seq: int) -> Change:
        """Take the fee of an execution that was told before its fee was known."""
        key = key_of(fact.refers_to)
        self._hash(fact, key, fact.fill.content_hash)
        recalled, elsewhere = fact.recalled, 0
        before = self._plain.get(key) or (recalled.fill if recalled else None)
        assert before is not None, f"the fee of {key}, which is not known"
        if recalled is not None and recalled.carried:
            elsewhere = outlay((before,))
        elif key not in self._plain:
            self._recalled.add(key)
        self._plain[key] = fact.fill
        self._seqs.setdefault(key, seq)
        charged, told = [charges.charge_of(before)], [LinkedFill(fact.fill, None, _FIRST)]
        found = charges.settled(charged, told, [(fact.fill, fact.fill)])
        into = (fact.fill,)
        return Change((before,), into, found.dues, found.unowed, before.at_ns, elsewhere)

    def corrected(self, fact: FillCorrected) -> Change:
        """Take a correction; it joins its own id to the one that it names."""
        key, own = key_of(fact.refers_to), key_of(fact.fill)
        rank = rank_of(fact.version, fact.fill, fact.refers_to.exec_id)
        self._hash(fact, key, pack(list(rank)))

        def add(execution: Execution) -> None:
            execution.correct(rank, fact.fill)

        return self._evidence((key, own), fact.recalled, add)

    def busted(self, fact: FillBusted) -> Change:
        """Take a bust, of an execution that may not have been heard of yet."""
        key = key_of(fact.refers_to)
        self._hash(fact, key, b"")

        def add(execution: Execution) -> None:
            execution.busted = True

        return self._evidence((key,), _some(fact.recalled), add)

    def ruled(self, fact: BreakResolved) -> Change:
        """Take what people decided of an execution."""
        assert fact.refers_to is not None
        key = key_of(fact.refers_to)
        self._hash(fact, key, pack([fact.decision, *fact.holds, *fact.evidence]))

        def add(execution: Execution) -> None:
            execution.ruling = Ruling(fact.holds, set(fact.evidence), fact.account)

        return self._evidence((key,), (), add)

    def fee_priced(self, fact: FeePriced) -> None:
        """Take the rate of fees: what executions owed of them is part of their cost now."""
        self._priced[fact.currency] = fact.number + 1
        for key, plain in self._plain.items():
            if plain.event_id == fact.event_id:
                self._plain[key] = priced(fact, plain)
        for execution in {id(e): e for e in self._executions.values()}.values():
            self._spread([execution], -1)
            execution.fee_priced(fact)
            self._spread([execution], 1)

    def carried(self, part: Execution) -> None:
        """Take what an older ledger knew of an execution; its books hold it already."""
        ids = sorted(part.ids)
        holds = sorted(version.content_hash for version in part.versions)
        row = pack(["carried", *map(list, ids), part.busted, *holds])
        self.chain = hashlib.sha256(self.chain + row).digest()
        known = self._take(tuple(ids), ())
        self._spread(known, -1)
        whole = _whole(ids, [*known, part])
        whole.elsewhere = outlay(whole.held())
        for key in whole.ids:
            self._executions[key] = whole
        self._spread([whole], 1)

    def closed(self, to_seq: int, held: Callable[[OrderId], bool]) -> None:
        """Let plain executions up to `to_seq` leave, unless their order is held."""
        for key in [k for k, seq in self._seqs.items() if seq <= to_seq]:
            plain = self._plain[key]
            if not held(plain.order_id) and plain.account != DESK_SUSPENSE:
                del self._plain[key], self._seqs[key]
                self._cash.pop(key, None)

    def settled(self, fact: FillRecorded, rows: tuple[Reserved, ...]) -> None:
        """Keep which grants a booked execution's cash was charged to, or (negative) restored."""
        if rows:
            key = key_of(fact)
            self._cash[key] = (*self._cash.get(key, ()), *rows)

    def unsettled(self, fact: FillRecorded) -> tuple[Reserved, ...] | None:
        """Return that back, once; None if it is not known any more."""
        key = key_of(fact)
        if key in self._recalled:
            self._recalled.discard(key)
            return None
        known = key in self._plain or not self._executions.get(key, UNHELD).recalled
        return self._cash.pop(key, () if known else None)

    def contents_of(self, key: FillKey) -> tuple[FillRecorded, ...]:
        """Return the contents recorded under this id; none if it is not in the maps."""
        plain = self._plain.get(key)
        if plain is not None:
            return (plain,)
        execution = self._executions.get(key)
        found = execution.contents.items() if execution else ()
        return tuple(fact for (exec_id, _), fact in found if exec_id == key.exec_id)

    def corrections_of(self, key: FillKey) -> tuple[FillRecorded, ...]:
        """Return the corrections recorded with this id for their own."""
        execution = self._executions.get(key)
        return execution.corrected_as(key.exec_id) if execution else ()

    def content_of(self, key: FillKey) -> FillRecorded | None:
        """Return a content recorded under this id, None if none is in the maps."""
        return next(iter(self.contents_of(key)), None)

    def execution(self, key: FillKey) -> Execution | None:
        """Return what is known of an execution on which there is more than one content."""
        return self._executions.get(key)

    def changed(self, order_id: OrderId) -> bool:
        """Return whether an execution of an order was busted, corrected or is disputed."""
        return any(
            version.order_id == order_id
            for execution in self._executions.values()
            for version in (*execution.contents.values(), *execution.corrections.values())
        )

    def ruled_on(self) -> list[FillKey]:
        """Return the ids of the executions that people decided."""
        return sorted(key for key, one in self._executions.items() if one.ruling is not None)

    def evidence(self, key: FillKey) -> frozenset[bytes]:
        """Return a hash of each piece of evidence under a key."""
        execution = self._executions.get(key)
        if execution is not None:
            return execution.evidence
        plain = self._plain.get(key)
        return frozenset() if plain is None else frozenset({plain.content_hash})

    def versions(self, key: FillKey) -> tuple[FillRecorded, ...]:
        """Return all contents told under a key."""
        execution = self._executions.get(key)
        if execution is not None:
            return execution.versions
        plain = self._plain.get(key)
        return () if plain is None else (plain,)

    def executions(self) -> dict[FillKey, Execution]:
        """Return the executions with more than one content, by every id of them."""
        return self._executions

    def plain(self) -> dict[FillKey, FillRecorded]:
        """Return the executions in the maps that have one content and no more."""
        return self._plain

    def times_priced(self, currency: str) -> int:
        """Return how often fees in a currency were priced."""
        return self._priced.get(currency, 0)

    def holds(self, key: FillKey) -> bool:
        """Return whether anything under this id is in the maps."""
        return key in self._plain or key in self._executions

    def tells_of(self, instrument: InstrumentId) -> bool:
        """Return whether any content in the maps is of an instrument, booked or not."""
        held = (version for one in self._executions.values() for version in one.versions)
        return any(fill.instrument == instrument for fill in (*self._plain.values(), *held))

    def span(self, account: AccountId, instrument: InstrumentId) -> Span:
        """Return how far the truth of disputed executions may lie from the booked lots."""
        return self.disputed.get((account, instrument), (0, 0))

    def canonical(self) -> object:
        """Return the part's content for the digest."""
        return [
            self.booked,
            self.chain,
            [[*key, *span] for key, span in sorted(self.disputed.items())],
            [[*key, *span] for key, span in sorted(self.sums.items())],
        ]

    def _evidence(
        self,
        keys: tuple[FillKey, ...],
        recalled: tuple[RecalledFill, ...],
        add: Callable[[Execution], None],
    ) -> Change:
        """Join what is known under these ids, add the new evidence, and tell what changes."""
        known = self._take(keys, recalled)
        before = tuple(held for e in known for held in e.held())
        self._spread(known, -1)
        whole = _whole(keys, known)
        add(whole)
        for key in whole.ids:
            self._executions[key] = whole
        self._spread([whole], 1)
        after = whole.held()
        if before == after:
            return Change()
        found = whole.settle()
        left = whole.recalled or whole.carried
        since_ns = 0 if left else min(version.at_ns for version in whole.versions)
        return Change(before, after, found.dues, found.unowed, since_ns, whole.elsewhere)

    def _take(
        self, keys: tuple[FillKey, ...], recalled: tuple[RecalledFill, ...]
    ) -> list[Execution]:
        """Return what is known under these ids; a plain execution becomes one with evidence."""
        known: dict[int, Execution] = {}
        earlier = {key_of(one.fill): one.fill for one in recalled}
        carried = {key_of(one.fill) for one in recalled if one.carried}
        for key in dict.fromkeys(keys):  # a correction may keep the id of what it corrects
            held = self._plain.pop(key, None)
            if held is not None:
                del self._seqs[key]
            plain = held or earlier.get(key)
            if plain is not None:
                made = Execution(
                    ids={key},
                    recalled=held is None and key not in carried,
                    carried=held is None and key in carried,
                    elsewhere=outlay((plain,)) if held is None and key in carried else 0,
                    charges=[charges.charge_of(plain)],
                )
                _content(plain)(made)
                known[id(made)] = made
            elif key in self._executions:
                known[id(self._executions[key])] = self._executions[key]
        return list(known.values())

    def in_doubt(self) -> Iterator[Execution]:
        """Yield the executions that are disputed."""
        return (self._executions[key] for key in sorted(self._disputed))

    def _spread(self, executions: Iterable[Execution], times: int) -> None:
        for execution in executions:
            if times > 0 and execution.disputed:
                self._disputed.add(min(execution.ids))
            else:
                self._disputed.discard(min(execution.ids))
            for key, span in outcomes.holdings(execution, self._bases).items():
                _widen(self.disputed, key, span, times)
            for sum_key, span in outcomes.spread(execution, measured).items():
                _widen(self.sums, sum_key, span, times)

    def _hash(self, fact: Fact, key: FillKey, content: bytes) -> None:
        row = pack([type(fact).__name__, *key, content])
        self.chain = hashlib.sha256(self.chain + row).digest()


def _widen(spans: dict[Key, Span], key: Key, span: Span, times: int) -> None:
    """Add how far an execution may lie from the books, or take it out again."""
    low, high = spans.get(key, (0, 0))
    new = low + times * span[0], high + times * span[1]
    if new == (0, 0):
        spans.pop(key, None)
    else:
        spans[key] = new


def _whole(keys: Iterable[FillKey], parts: Iterable[Execution]) -> Execution:
    """Join what is known of one execution."""
    whole = Execution(ids=set(keys))
    for part in parts:
        whole.ids |= part.ids
        whole.contents |= part.contents
        for rank, fill in part.corrections.items():
            whole.correct(rank, fill)
        whole.busted |= part.busted
        whole.recalled |= part.recalled
        whole.charges += part.charges
        whole.carried |= part.carried
        whole.elsewhere += part.elsewhere
        whole.ruling = _joined(whole.ruling, part.ruling)
    return whole


def _joined(one: Ruling | None, other: Ruling | None) -> Ruling | None:
    """Join the decisions on two executions that turned out to be one."""
    if one is None or other is None or one == other:  # a carried one is told with each part
        return one or other
    return Ruling(
        (*one.holds, *other.holds),
        one.over | other.over,
        one.account or other.account,
    )


def _some(recalled: RecalledFill | None) -> tuple[RecalledFill, ...]:
    return () if recalled is None else (recalled,)


def _content(fact: FillRecorded) -> Callable[[Execution], None]:
    def add(execution: Execution) -> None:
        execution.contents[fact.exec_id, fact.content_hash] = fact

    return add
