"""What the desk tells a node is judged first, by what the book holds of that node.

A fact that the node would adopt without effect is refused here, to whoever says it. Judged only
where the book holds all that the node has sent: else what is told later could be missed, and a
revocation would wait for a long fold.
"""

from collections.abc import Iterator, Sequence

from edgenode.central.centre import PAGE, CentreLedger, node_ledger
from edgenode.central.folder import OpenedCentre
from edgenode.central.registry import NodeRecord
from edgenode.core.centre import foresight
from edgenode.core.state.node_state import NodeState
from edgenode.model.errors import RefusedError
from edgenode.model.facts import Fact, GrantRevoked, Instrument
from edgenode.model.ids import GrantId, InstrumentId
from edgenode.wire import facts as wire_facts


def check(opened: OpenedCentre, record: NodeRecord, facts: Sequence[Fact]) -> bool:
    """Return whether the facts were judged; EN002 names the first that would have no effect."""
    ahead = _held(opened, record)
    if ahead is None:
        return False
    state, chain = ahead
    cursor = state.grants.cursors.get(chain.store.ledger.name)
    waiting = list(_told(chain, cursor.seq if cursor else 0))
    reasons = foresight.refused(state, waiting, facts, opened.centre.market.now_ns())
    for number, (fact, reason) in enumerate(zip(facts, reasons, strict=True), start=1):
        if reason:
            raise RefusedError(
                f"{type(fact).__name__}, fact {number} of {len(facts)}: {reason}",
                expected=f"facts that take effect at {record.node}",
                do="mend it and tell all of them again: nothing was told",
                code="EN002",
            )
    return True


def _held(opened: OpenedCentre, record: NodeRecord) -> tuple[NodeState, CentreLedger] | None:
    """Return what the node holds and its down-ledger; None where the book cannot know that.

    A node's first ledger begins with what the box itself brings; a later one with nothing.
    """
    chain = opened.centre.downs.get(record.node)
    if chain is None or opened.projector.progress(record.node).behind:
        return None
    ledger = node_ledger(record.node, record.incarnation)
    state = opened.centre.book.of(record.node, record.incarnation)
    if record.incarnation == 1 and (state is None or state.rules.policy is None):
        return None
    return state or NodeState.empty(ledger), chain


def instruments(opened: OpenedCentre, record: NodeRecord) -> set[InstrumentId] | None:
    """Return the instruments that a node knows, or will know; None if the book cannot know."""
    ahead = _held(opened, record)
    if ahead is None:
        return None
    state, chain = ahead
    told = {fact.id for fact in _told(chain, 0) if isinstance(fact, Instrument)}
    return set(state.rules.instruments) | told


def gone(opened: OpenedCentre, record: NodeRecord) -> set[GrantId]:
    """Return the grants that a node holds and that were revoked, or will be by what waits."""
    ahead = _held(opened, record)
    if ahead is None:
        return set()
    state, chain = ahead
    cursor, held = state.grants.cursors.get(chain.store.ledger.name), state.grants.accounts
    waiting = _told(chain, cursor.seq if cursor else 0)
    told = {f.id for f in waiting if isinstance(f, GrantRevoked) and f.id in held}
    return told | {id_ for id_, account in held.items() if account.revoked}


def _told(chain: CentreLedger, after: int) -> Iterator[Fact]:
    """Yield what was told since an entry of the down-ledger."""
    while page := chain.store.read(after, PAGE):
        for sealed in page:
            yield wire_facts.decode(sealed.entry.kind, sealed.entry.body)
        after = page[-1].entry.seq
