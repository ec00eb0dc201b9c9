"""A node keyed anew: its books go on in a new ledger, by the decision of two persons.

    NodeRekeyed     one person; what is stored of the older ledgers is final from here on
    NodeClaimed     a box with a new key used the code; nothing counts differently yet
    down-ledger     currencies, instruments, rates, carried facts, mandate, policy, venue limits
    BooksCarried    a second person compared the key; core lots and cash go on in the new ledger
    NodeApproved    sync is open to the new key

The book counts the older ledger until the node has adopted what was carried, and the newer one
from that entry on. Core trades nothing for the node between the claim and that entry.
"""

import asyncio

from edgenode.central.centre import down_ledger, node_ledger
from edgenode.central.desk import asked
from edgenode.central.desk.asked import Json
from edgenode.central.folder import OpenedCentre
from edgenode.central.registry import NodeRecord
from edgenode.core.breaks import books, history
from edgenode.core.state.node_state import NodeState
from edgenode.model.errors import RefusedError
from edgenode.model.facts import BooksCarried, Genesis, NodeClaimed, NodeRekeyed
from edgenode.model.hlc import ms_of
from edgenode.wire import facts as wire_facts

PAGE = 500  # entries read at once
LISTED_MAX = 20  # undecided items that an error or a fact names


async def begin(opened: OpenedCentre, record: NodeRecord, args: Json) -> Json:
    """Record that a node is keyed anew; EN307 if it cannot be, EN408 if something is undecided.

    The same again replaces what was begun, until a second person has approved it: the next ledger
    stays the same one, and the answer says so.
    """
    state = _counted(opened, record)
    open_items = books.undecided(state)
    if open_items and not args.get("as_booked"):
        raise _undecided(record, state, open_items)
    before = record.rekeyed
    into = before.into_incarnation if before else record.incarnation + 1
    fact = NodeRekeyed(
        at_ns=opened.centre.wall.now_ns(),
        node=record.node,
        from_incarnation=state.ledger.incarnation,
        from_size=state.size,
        into_incarnation=into,
        digest=books.digest(state),
        open_items=tuple(open_items),
        person=asked.actor(args),
        reason=str(args.get("reason") or ""),
    )
    await opened.centre.record(fact, fact.person)
    # Power lost here: it has begun; the same command again replaces it.
    opened.centre.wake(record.node)
    return {
        "note": f"begun before by {before.person}; of its codes the newest opens it"
        if before
        else None,
        "from_ledger": state.ledger.name,
        "from_size": state.size,
        "ledger": node_ledger(record.node, into).name,
        "carried": len(books.carried(state)),
        "digest": fact.digest.hex(),
        "open_items": open_items,
    }


def _undecided(record: NodeRecord, state: NodeState, open_items: list[str]) -> RefusedError:
    """Word what is undecided; in a ledger that is final already nobody can decide it any more."""
    carries = "--as-booked carries what is booked and records each item"
    do = f"decide it (edgenode breaks ls at the box, edgecentral breaks ls --node {record.node})"
    do += f" and let the box sync; if it cannot, {carries}"
    if record.rekeyed is not None:
        do = f"what is stored of it is final: {carries}; decide then what its next ledger shows"
        do += f" (edgecentral breaks ls --node {record.node})"
    return RefusedError(
        f"undecided in {state.ledger.name}: {'; '.join(open_items[:LISTED_MAX])}",
        expected="no order at a venue, no disputed lots, no break that people decide",
        do=do,
        code="EN408",
    )


def check_claim(record: NodeRecord, claimed: NodeClaimed, held: int) -> None:
    """Check that a claim is of the ledger that is due; `held` entries of it are stored here.

    EN307 if another ledger is due, or if those entries are of another key; EN405 if the key is
    that of the older ledger.
    """
    due = record.rekeyed.into_incarnation if record.rekeyed else record.incarnation
    if due and claimed.incarnation != due:
        raise RefusedError(
            f"ledger {record.node}/{claimed.incarnation}",
            expected=f"ledger {record.node}/{due}",
            do="a box begins its next ledger with `edgenode rekey`, and the centre admits it with"
            " `edgecentral node rekey`",
            code="EN307",
        )
    if held and claimed.ledger_key != record.ledger_key:
        raise RefusedError(
            f"another key for {record.node}/{claimed.incarnation}, which has {held} entries here",
            expected="the key that signed them",
            do="if the box was set up anew or its key is lost, `edgecentral node rekey` admits its"
            " next ledger, with its books; if the node still runs, find out whose box this is",
            code="EN307",
        )
    if record.rekeyed and claimed.ledger_key == record.retired_key:
        raise RefusedError(
            "the key of the older ledger",
            expected="a new key",
            do="edgenode rekey makes one",
            code="EN405",
        )


async def carry(opened: OpenedCentre, record: NodeRecord, args: Json) -> None:
    """Tell the new ledger the older one's books, then record that they go on there.

    EN503 if the approver is who began it, EN307 if core is not at rest or the books have changed.
    """
    begun = record.rekeyed
    assert begun is not None
    persons = (begun.person, asked.second_person(args, begun.person))
    await opened.projector.caught_up(record.node)
    state = _frozen(opened, begun)
    waiting = [
        sent for sent in opened.centre.registry.unfilled.values() if sent.node == begun.node
    ]
    if record.incarnation != begun.into_incarnation or waiting:
        found = "a core order waits for its execution" if waiting else "no box has a new key"
        raise RefusedError(
            f"{begun.node}: {found}",
            expected=f"a claim of {begun.node}/{begun.into_incarnation}, and core at rest",
            do="let the box use its code, or the centre find a price; then approve again",
            code="EN307",
        )
    size = await _tell(opened, record, state, persons)
    # Power lost here: the older ledger still counts; the same approval tells nothing twice.
    carried = BooksCarried(
        at_ns=opened.centre.wall.now_ns(),
        node=begun.node,
        from_incarnation=begun.from_incarnation,
        from_size=begun.from_size,
        into_incarnation=begun.into_incarnation,
        digest=begun.digest,
        down_size=size,
        persons=persons,
    )
    await opened.centre.record(carried, persons[-1])
    # Power lost here: the new key waits; the same approval lets it sync.


async def _tell(
    opened: OpenedCentre, record: NodeRecord, state: NodeState, persons: tuple[str, ...]
) -> int:
    """Append what is missing of the carried books; return the size with all of them."""
    centre, registry = opened.centre, opened.centre.registry
    core = {name: registry.core_of(state.ledger, name).lots for name in state.rules.instruments}
    past = await _past(opened, state)
    wanted = books.facts(state, core, persons, centre.market.now_ns(), past)
    told = [
        fact
        for sealed in centre.downs[record.node].store.read(0, len(wanted) + 2)
        if not isinstance(fact := wire_facts.decode(sealed.entry.kind, sealed.entry.body), Genesis)
    ]
    if not books.same(told, wanted[: len(told)]):
        raise RefusedError(
            f"{down_ledger(record.node, record.incarnation).name} says something else already",
            expected="a down-ledger that nothing was told in, or these books",
            do="edgecentral node rekey again, with a new box: its ledger is spoilt",
            code="EN307",
        )
    # Power lost in here: a part is told, in order; the same approval tells what is missing.
    await centre.tell(record.node, wanted[len(told) :], persons[-1])
    return len(wanted) + 1


async def _past(opened: OpenedCentre, state: NodeState) -> history.History:
    """Read what an older ledger recorded of venues lately: most of it has left its state."""
    past, after = history.History(), 0
    last = await opened.mirrors.entries(state.ledger, state.size - 1, 1)
    since_ms = ms_of(last[0].entry.hlc) - history.KEPT_NS // 1_000_000 if last else 0
    while page := await opened.mirrors.entries(state.ledger, after, PAGE):
        for entry in (sealed.entry for sealed in page):
            if entry.kind in history.KINDS and ms_of(entry.hlc) >= since_ms:
                past.take(wire_facts.decode(entry.kind, entry.body))
        after = page[-1].entry.seq
        await asyncio.sleep(0)
    return past


def _counted(opened: OpenedCentre, record: NodeRecord) -> NodeState:
    """Return the newest state of a node that counts; EN307 if it cannot be keyed anew."""
    if record.revoked:
        raise RefusedError(
            f"{record.node} was revoked",
            expected="a node that may come back",
            do="enrol a box under another node id: a revocation is never undone; core keeps what"
            " it holds for these books",
            code="EN307",
        )
    counted = opened.centre.book.incarnations(record.node)
    if not counted:
        raise RefusedError(
            f"no entry of {record.node} is held",
            expected="a node with books",
            do="edgecentral node enroll begins a node without any",
            code="EN307",
        )
    return counted[-1]


def _frozen(opened: OpenedCentre, begun: NodeRekeyed) -> NodeState:
    """Return the state that is carried; EN307 if it is not what was begun with."""
    state = opened.centre.book.of(begun.node, begun.from_incarnation)
    if state is None or (state.size, books.digest(state)) != (begun.from_size, begun.digest):
        raise RefusedError(
            f"{begun.node}/{begun.from_incarnation} has entries that came after the decision",
            expected=f"its books at entry {begun.from_size}",
            do="edgecentral node rekey again, then approve",
            code="EN307",
        )
    return state
