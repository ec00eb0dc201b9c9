"""What must hold in every world, looked at after every happening that could break it.

name                  when looked at              what must hold
--------------------  --------------------------  -------------------------------------------
told_before_durable   an entry or answer is told  it is in the ledger on the disk
sent_before_durable   a venue hears an order      its `OrderSent` is in the ledger on a disk
grant_exceeded        every durable entry         spent + reserved <= grant, and no position grows
                                                  beyond its grants, unless the break
                                                  `grant_overdrawn` says that a venue did it
lots_lost             every durable entry         target - done = carried + planned + working of
                                                      each hedge programme, as positions and
                                                      orders have them
beyond_worst_case     every durable entry         what honest venues executed lies within what
                                                      the books hold possible
fill_counted_twice    every durable entry         one `FillRecorded` for each execution
clock_went_back       every durable entry         stamps of one ledger rise
double_hedge          a venue hears a hedge       |core + overlay| within the one bound, for a
                                                      node of which there is one copy; the core
                                                      stands still while the centre is down
merged_silently       the centre acknowledges     what it holds is a prefix of the sender's, or
                                                      ends as the courier's frame does
fork_not_found        a HELLO was answered        diverged copies stop, and push nothing more
cosigned_lost         the centre answers          it never holds less than it cosigned, or than
                                                      the image held that was put back since
written_after_end     a box stopped cleanly       its ledger ends with the digest of the stop
ended_strangely       a box ends                  by a documented code; by EN304 only where
                                                      both sides lost what was cosigned
-- once everything is healed and quiet --
clock_stuck           at the end                  a clock that is right again is no reason to deny
unknown_left          at the end                  no order is UNKNOWN, but one of which a disputed
                                                      execution tells
fill_lost             at the end                  the books show what each venue executed, within
                                                      what is disputed of it
balance_wrong         at the end                  the books hold of each currency what the venue
                                                      says, if nothing is disputed
books_differ          at the end                  node and centre fold to the same digest
"""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from edgenode.core.node import Recorded
from edgenode.core.restrictions.overdrawn import break_id
from edgenode.core.state.digest import digest
from edgenode.core.state.execution import key_of
from edgenode.daemon.control.facade import PlaceAnswer
from edgenode.daemon.paper import WETH_USDC
from edgenode.model.facts import FillRecorded, OrderSent, StateDigest
from edgenode.model.ids import DESK_OVERLAY, LOCAL_VENUE, NodeId, OrderId
from edgenode.model.ledgers import Sealed
from edgenode.model.orders import sign
from edgenode.sim.world import explained
from edgenode.sim.world.box import SimBox
from edgenode.sim.world.centre import SimCentre
from edgenode.sim.world.disk import Mirror
from edgenode.sim.world.exchange import Exchange
from edgenode.sim.world.trace import Trace
from edgenode.sim.world.watch import Watch, executions, limits, same_history
from edgenode.wire import checkpoint
from edgenode.wire.frame import Frame
from edgenode.wire.message import Hello, HelloAck, Message, Push, PushAck

LOST = "EN304"  # what was cosigned is held by neither side: a person must find a third copy
SLICE_LOTS, BAND_LOTS = 300, 100


class Violation(NamedTuple):
    """An invariant that does not hold: its name, and what was seen."""

    name: str
    found: str

    def __str__(self) -> str:
        return f"{self.name}: {self.found}"


class Invariants:
    """Judges the world; the first violation is kept, and ends it."""

    def __init__(self, centre: SimCentre, trace: Trace) -> None:
        self.first: Violation | None = None
        self.checks = 0
        self._centre = centre
        centre.answered = self._answered
        self.trace = trace
        self.honest: Mapping[NodeId, Sequence[Exchange]] = {}  # venues that take nothing back
        self._watches: dict[str, Watch] = {}
        self._sent: set[str] = set()
        self._cosigned: dict[str, int] = {}  # the most that ever was
        self._kept: dict[str, int] = {}  # what the centre must hold

    def watch(self, box: SimBox) -> None:
        """Look at one start of a box."""
        assert box.live is not None
        assert box.peer is not None
        chain = box.disk.files.chains[box.ledger.name].sealed
        watch = self._watches[box.name] = Watch()
        watch.last_hlc = chain[-1].entry.hlc if chain else 0
        watch.executions = set(executions(chain))
        state = box.live.recorder.state
        watch.use, watch.limits = explained.use(state, WETH_USDC), limits(box)
        box.live.recorder.tell(lambda recorded: self._durable(box, watch, recorded))
        box.peer.heard = lambda asked, answer: self._heard(box, watch, asked, answer)

    # -- as things happen ----------------------------------------------------------------------

    def _durable(self, box: SimBox, watch: Watch, recorded: Recorded) -> None:
        entry, fact = recorded.entry, recorded.fact
        self.trace.say(box.name, entry.kind, seq=entry.seq)
        chain = box.disk.files.chains[box.ledger.name].sealed
        self.hold(
            "told_before_durable",
            len(chain) >= entry.seq and chain[entry.seq - 1].entry == entry,
            f"{box.name} tells entry {entry.seq}, {len(chain)} are durable",
        )
        self.hold("clock_went_back", entry.hlc > watch.last_hlc, f"{box.name} at {entry.seq}")
        watch.last_hlc = entry.hlc
        assert box.live is not None
        state = box.live.recorder.state
        for grant_id, account in state.grants.accounts.items():
            self.hold(
                "grant_exceeded",
                account.spent + account.reserved <= account.grant.limit
                or break_id(grant_id) in state.breaks.open,
                f"{box.name}: {account}",
            )
        self._hold_positions(box, watch)
        lost = explained.lost_lots(state)
        self.hold("lots_lost", not lost, f"{box.name}: {lost}")
        self._hold_worst_case(box)
        watch.exposures.append(abs(state.exposure(WETH_USDC).agreed))
        match fact:
            case OrderSent(order_id=order_id):
                self._sent.add(order_id)
            case FillRecorded() if fact.venue != LOCAL_VENUE:
                key = key_of(fact)
                fresh = key not in watch.executions
                self.hold("fill_counted_twice", fresh, f"{box.name} books {key} again")
                watch.executions.add(key)
            case _:
                pass

    def _hold_worst_case(self, box: SimBox) -> None:
        """Judge the books against what honest venues have executed until now."""
        assert box.live is not None
        for exchange in self.honest.get(box.node, ()):
            venue = exchange.engine.name.partition("/")[0]
            low, high = explained.worst_case(box.live.recorder.state, venue, WETH_USDC)
            true = sum(holding.net_lots for holding in exchange.engine.accounts.values())
            found = f"{box.name} holds {low} to {high} lots possible at {venue}, true are {true}"
            self.hold("beyond_worst_case", low <= true <= high, found)

    def _hold_positions(self, box: SimBox, watch: Watch) -> None:
        """Judge what grew since the last look by what was granted then or is now."""
        assert box.live is not None
        state, granted = box.live.recorder.state, limits(box)
        use = explained.use(state, WETH_USDC)
        for (account, side), lots in use.items():
            limit = max(granted[side], watch.limits[side])
            subject = f"{account}/{WETH_USDC}/{side}"
            self.hold(
                "grant_exceeded",
                lots <= max(0, watch.use[account, side], limit)
                or break_id(subject) in state.breaks.open,
                f"{box.name}: {subject} uses {lots} of {limit}, {watch.use[account, side]} before",
            )
        watch.use, watch.limits = use, granted

    def answered(self, box: SimBox, order: dict[str, object], answer: PlaceAnswer) -> None:
        """Judge what a customer was told."""
        seq = int(answer.body.get("ledger_seq") or 0)
        held = len(box.disk.files.chains[box.ledger.name].sealed)
        found = f"{box.name} answers {answer.status} to {order['client_order_id']}, seq {seq}"
        self.hold("told_before_durable", seq <= held, f"{found}: {held} are durable")

    def submitted(
        self, boxes: Sequence[SimBox], venues: Sequence[Exchange], order_id: OrderId
    ) -> None:
        """Judge an order that a venue hears."""
        found = f"a venue hears {order_id}, of which no ledger knows"
        self.hold("sent_before_durable", order_id in self._sent, found)
        if len(boxes) > 1:
            return  # copies hedge by themselves: their loss is bounded by grants alone
        for box in boxes:
            live = box.live
            order = live.recorder.state.orders.orders.get(order_id) if live else None
            if live is None or order is None or order.gated.account != DESK_OVERLAY:
                continue
            state, lots = live.recorder.state, sign(order.gated.side) * order.gated.quantity_lots
            overlay = sum(v.engine.accounts["desk"].net_lots for v in venues if v.engine.accounts)
            core_lots = self._centre.core_lots(box.node)
            exposed = max([abs(state.exposure(WETH_USDC).agreed), *self._seen(box)])
            exposed += abs(state.mandates.lots(WETH_USDC) - core_lots)
            limit = max(abs(core_lots + overlay), exposed + BAND_LOTS + SLICE_LOTS)
            after = abs(core_lots + overlay + lots)
            self.hold(
                "double_hedge", after <= limit, f"{box.name} {order_id}: {after} lots over {limit}"
            )

    def _seen(self, box: SimBox) -> deque[int]:
        watch = self._watches.get(box.name)
        return watch.exposures if watch else deque()

    def _heard(self, box: SimBox, watch: Watch, asked: Message, answer: Message) -> None:
        name = box.ledger.name
        own = box.disk.files.chains[name].sealed
        mirror = self._centre.disk.files.mirrors.get(name)
        held: list[Sealed] = mirror.sealed if mirror else []
        same = same_history(own, held)
        match asked, answer:
            case Hello(), HelloAck():
                self.hold("fork_not_found", not watch.diverged, f"{box.name} says HELLO again")
                watch.diverged = not same
            case Push(), PushAck():
                said = checkpoint.parse(answer.note).size
                # An answer may be old: the centre may meanwhile hold a copy's entries behind it.
                merged = f"{box.name} of {len(own)}: {said} cosigned, {len(held)} held"
                ours = same_history(own[:said], held[:said])
                self.hold("merged_silently", ours, merged)
                self.hold("fork_not_found", not watch.diverged, f"{box.name} pushes on")
            case _:
                pass

    def carried(self, box: SimBox, pushed: Frame, leaf: bytes, answer: Message) -> None:
        """Judge what the centre did with a frame from a courier that ends at `leaf`."""
        if not isinstance(answer, PushAck):
            return
        name, said = box.ledger.name, checkpoint.parse(answer.note).size
        held = self._centre.disk.files.mirrors[name].sealed
        ours = said == pushed.end <= len(held) and held[said - 1].leaf == leaf
        ours = ours and held[-1].entry.seq == len(held)
        found = f"a courier of {box.name} brings up to {pushed.end}: {said} cosigned"
        self.hold("merged_silently", ours, found)

    def _answered(self, answer: Message) -> None:
        """Judge what the centre holds as an answer of it leaves."""
        match answer:
            case PushAck(ledger=ledger, note=note):
                name, said = ledger.name, checkpoint.parse(note).size
                self._cosigned[name] = max(said, self._cosigned.get(name, 0))
                self._kept[name] = max(said, self._kept.get(name, 0))
                self._hold_kept(name)
            case HelloAck(heads=heads):
                for head in heads:
                    self._hold_kept(head.ledger.name)
            case _:
                pass

    def _hold_kept(self, name: str) -> None:
        mirror = self._centre.disk.files.mirrors.get(name)
        held, kept = len(mirror.sealed) if mirror else 0, self._kept.get(name, 0)
        self.hold("cosigned_lost", held >= kept, f"{held} of {name} held, {kept} were cosigned")

    def centre_put_back(self, image: Mapping[str, Mirror]) -> None:
        """Note that the centre rightly holds no more than an image of its disk."""
        self._kept = {name: len(mirror.sealed) for name, mirror in image.items()}

    def stopped(self, box: SimBox) -> None:
        """Judge a box that was asked to stop and did: what follows the digest nobody waits for."""
        last = box.disk.files.chains[box.ledger.name].sealed[-1].entry
        clean = last.kind == StateDigest.__name__
        self.hold("written_after_end", clean, f"{box.name} ends with {last.kind} at {last.seq}")

    def unexpected(self, box: SimBox, error: BaseException) -> None:
        """Judge a box that ended by an error that nobody documented."""
        if getattr(error, "code", "") == LOST and self._lost(box):
            box.stopped_for_good = LOST
            return
        self.hold("ended_strangely", False, f"{box.name}: {type(error).__name__} {error}")  # noqa: FBT003

    def _lost(self, box: SimBox) -> bool:
        """Return whether entries that were cosigned are held by neither the box nor the centre."""
        name = box.ledger.name
        mirror = self._centre.disk.files.mirrors.get(name)
        held = len(mirror.sealed) if mirror else 0
        own = len(box.disk.files.chains[name].sealed)
        return self._cosigned.get(name, 0) > max(own, held)

    # -- at the end ----------------------------------------------------------------------------

    def at_rest(self, box: SimBox, venues: Sequence[Exchange]) -> None:
        """Judge a box once everything is healed and nothing moves."""
        self.hold("ended_strangely", box.live is not None, f"{box.name} does not run")
        if box.live is None:
            return
        state = box.live.recorder.state
        behind = state.limits.is_behind(box.clock.now_ns())
        self.hold("clock_stuck", not behind, f"{box.name} at {box.clock.now_ns()}")
        unknown = explained.unknown(state)
        self.hold("unknown_left", not unknown, f"{box.name}: {unknown}")
        for exchange in venues:
            engine = exchange.engine
            venue = engine.name.partition("/")[0]
            true = sum(holding.net_lots for holding in engine.accounts.values())
            booked = explained.booked(state, venue, WETH_USDC)
            low, high = explained.span(state, venue, WETH_USDC)
            self.hold(
                "fill_lost",
                low <= true - booked <= high,
                f"{box.name} books {booked} lots at {venue}, which executed {true}; "
                f"{low} to {high} are disputed",
            )
            self._balances_agree(box, exchange)
        keys = list(executions(box.disk.files.chains[box.ledger.name].sealed))
        twice = len(keys) - len(set(keys))
        self.hold("fill_counted_twice", not twice, f"{box.name} booked {twice} again")
        self._books_agree(box)

    def _balances_agree(self, box: SimBox, exchange: Exchange) -> None:
        """Judge what the books hold at a venue, in the smallest unit of each currency."""
        assert box.live is not None
        state, engine = box.live.recorder.state, exchange.engine
        if state.fills.disputed:
            return
        venue = engine.name.partition("/")[0]
        booked: dict[str, int] = {}
        for key, amount in state.wallet.balances.items():
            if key.venue == venue and key.asset != WETH_USDC:
                booked[key.asset] = booked.get(key.asset, 0) + amount
        for holding in engine.accounts.values():
            true = {"USDC": holding.cash, **holding.others}
            wrong = {a: (booked.get(a, 0), true.get(a, 0)) for a in {**booked, **true}}
            wrong = {asset: pair for asset, pair in wrong.items() if pair[0] != pair[1]}
            self.hold("balance_wrong", not wrong, f"{box.name} at {venue}: {wrong}")

    def _books_agree(self, box: SimBox) -> None:
        opened = self._centre.opened
        assert opened is not None
        assert box.live is not None
        mine = digest(box.live.recorder.state)
        theirs = opened.centre.book.states.get(NodeId(box.node))
        assert theirs is not None
        size = len(box.disk.files.chains[box.ledger.name].sealed)
        if theirs.size == size == mine.size:
            self.hold("books_differ", digest(theirs) == mine, f"{box.name} at {size}")
        else:
            self.hold(
                "books_differ",
                False,  # noqa: FBT003
                f"{box.name} has {mine.size}, {size} on disk, the centre {theirs.size}",
            )

    def hold(self, name: str, holds: bool, found: str) -> None:  # noqa: FBT001  it is the point
        """Count a check; the first that does not hold is kept."""
        self.checks += 1
        if not holds and self.first is None:
            self.first = Violation(name, found)
            self.trace.say("!", name, found=found)
