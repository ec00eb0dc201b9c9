"""A node's own life: its birth, its starts, its funds, the digests it writes."""

from typing import assert_never

from edgenode.core.breaks.opening import opened
from edgenode.core.observations import (
    Act,
    Born,
    ConfigRead,
    Decision,
    DigestDue,
    DiskFound,
    Funded,
    OfNode,
    Overdrawn,
    Requote,
    Started,
)
from edgenode.core.orders import sessions
from edgenode.core.restrictions import clock, disk, overdrawn, restore
from edgenode.core.restrictions.causes import OBSERVE, lift
from edgenode.core.state.digest import digest
from edgenode.core.state.node_state import STATE_VERSION, NodeState
from edgenode.core.state.programmes import RESTART
from edgenode.core.state.restrictions import NODE as SCOPE
from edgenode.model import facts as f
from edgenode.model.break_types import NOT_APPLIED
from edgenode.model.orders import OrderState

NODE = "rule:node"


def decide(  # noqa: PLR0911  routes: one return for each kind
    state: NodeState, observation: OfNode, now_ns: int
) -> Decision:
    """Decide on what happens to the node itself."""
    match observation:
        case Born():
            return _recorded(
                f.Genesis(
                    at_ns=now_ns,
                    ledger_key=observation.ledger_key,
                    previous_head=observation.previous_head,
                    approval=observation.approval,
                )
            )
        case Started():
            return _started(state, observation, now_ns)
        case DiskFound():
            return disk.decide(state, observation, now_ns)
        case Overdrawn():
            return overdrawn.decide(state, now_ns)
        case Funded():
            return _funded(state, observation, now_ns)
        case DigestDue():
            made = digest(state)
            return _recorded(
                f.StateDigest(
                    at_ns=now_ns, size=made.size, version=STATE_VERSION, digest=made.digest
                )
            )
        case ConfigRead():
            applied, waiting = ", ".join(observation.applied), ", ".join(observation.waiting)
            return _recorded(f.ConfigChanged(at_ns=now_ns, applied=applied, waiting=waiting))
        case _:
            assert_never(observation)


def _recorded(fact: f.Fact) -> Decision:
    return Decision((Act(fact, NODE),))


def _started(state: NodeState, observation: Started, now_ns: int) -> Decision:
    """Begin a boot: what was at venues is UNKNOWN, and no connection outlives a process.

    A quote that stands is looked at anew: prices of before count for nothing until venues publish.
    """
    boot = f.BootStarted(
        at_ns=now_ns,
        boot_tag=observation.boot_tag,
        version=observation.version,
        mode=observation.mode,
        time_anew=observation.time_anew and observation.mode == "paper",
    )
    unknown = [
        f.OrderUnknown(at_ns=now_ns, order_id=o.gated.order_id, evidence=RESTART)
        for o in state.orders.at_venues()
        if o.state is not OrderState.UNKNOWN
    ]
    acts = [Act(fact, NODE) for fact in (boot, *unknown)]
    if not boot.time_anew:
        acts += clock.behind(state, now_ns)
    acts += lift(state, SCOPE, OBSERVE, "it trades again", "run", now_ns, by=NODE)
    for account in sorted(state.orders.sessions):
        acts += sessions.closed(state, account, "the node started again", now_ns)
    quotes = tuple(map(Requote, state.orders.quotes))
    if observation.restored is None:
        return Decision(tuple(acts), quotes)
    caution = restore.decide(state, observation.restored, now_ns)
    return Decision((*acts, *caution.acts), (*quotes, *caution.then))


def closed(state: NodeState, now_ns: int) -> Decision:
    """Remove all orders that ended from the state, and all names that no open order has."""
    return Decision((Act(f.OrdersClosed(at_ns=now_ns, to_seq=state.size), NODE),))


def _funded(state: NodeState, observation: Funded, now_ns: int) -> Decision:
    """Book funds in a currency or instrument that was declared; of any other open a break."""
    rules, asset = state.rules, observation.currency or observation.instrument or ""
    if asset not in (rules.instruments if observation.currency is None else rules.currencies):
        subject = f"funds/{observation.account}/{observation.venue}/{asset}"
        detail = f"{observation.amount} of unknown {asset[:40]!r}: its declaration comes first"
        return Decision(opened(state, NOT_APPLIED, subject, detail, now_ns))
    fact = f.AccountFunded(
        at_ns=now_ns,
        account=observation.account,
        venue=observation.venue,
        currency=observation.currency,
        instrument=observation.instrument,
        amount=observation.amount,
        reference=observation.reference,
    )
    return Decision((Act(fact, "rule:funding"),))
