"""A hedge programme decides, in whole lots, what of a proposal is sent and what is carried.

    observation   the programme
    ------------  --------------------------------------------------------------------------
    Tick          once per slice of market time: takes the proposed target and pace, sends what
                  is due within the allowed interval and the slice's cap, carries the rest
    HedgeDue      after a child was denied or rejected, or a plan approved: sends what is carried
                  to venues that were not tried in this slice, and records why lots stay behind;
                  after a fill of the book, where risk aversion is set: looks at all of it anew

The allowed interval: 0 to the change nearest zero that reaches -(E + M) in the worst case of all
open, UNKNOWN and disputed lots. A decision that changes nothing and sends nothing is no fact.
"""

from dataclasses import replace
from typing import NamedTuple

from edgenode.core.gate.plans import is_approved
from edgenode.core.hedge.children import Children, Sender
from edgenode.core.hedge.look import look
from edgenode.core.hedge.overlay import AT_ONCE, Proposal, at_edge, is_idle, propose
from edgenode.core.observations import NOTHING, Act, Decision, HedgeDue, SliceDue
from edgenode.core.seen import Seen
from edgenode.core.state.exposure import Exposure, Interval
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.programmes import Programme
from edgenode.core.state.unwind import kept
from edgenode.model.facts import (
    Fact,
    FillRecorded,
    HedgeProgramme,
    Instrument,
    OrderDenied,
    OrderDone,
    PlanApproved,
    Policy,
)
from edgenode.model.ids import DESK_BOOK, DESK_OVERLAY, VenueId
from edgenode.model.orders import SIDES

SECOND_NS = 1_000_000_000
RULE = "rule:overlay"
NOT_TRIED: frozenset[VenueId] = frozenset()
# Facts that a programme may follow.
OUTCOMES = frozenset({FillRecorded, OrderDenied, OrderDone, PlanApproved})
NO_ROOM = "open orders leave no room in the worst case"


def due(state: NodeState, policy: Policy, instrument: Instrument, now_ns: int) -> bool:
    """Return whether a new slice of market time has begun since the newest decision.

    A decision of a time that has not come, because the clock was set back, is no reason to wait.
    """
    programme = state.programmes.of(instrument.id)
    newest = programme.newest
    if not policy.overlay_enabled:
        return newest is not None and programme.remaining != 0
    if newest is None or now_ns < newest.slice_ns - policy.slice_s * SECOND_NS:
        return True
    return _slices_since(newest, policy, now_ns) > 0


def sliced(
    state: NodeState, seen: Seen, policy: Policy, instrument: Instrument, now_ns: int
) -> Decision:
    """Decide on a new slice."""
    programme = state.programmes.of(instrument.id)
    if not policy.overlay_enabled:
        return _stood_down(programme, now_ns)
    exposure = state.exposure(instrument.id)
    given_up = lots_given_up(state, policy, instrument, now_ns)
    looked = look(state, seen, policy, instrument, now_ns)
    if looked is not None:
        overlay = given_up.left_of(exposure.overlay)
        proposal = at_edge(exposure, overlay, programme, given_up.signed, looked.edges)
        if is_waiting(state, exposure, proposal):
            proposal = replace(proposal, target_lots=programme.committed, due_lots=0)
        lots = proposal.due_lots  # of the outcome that needs least: no more room is needed
    elif is_idle(policy, exposure, programme, given_up.signed):
        return NOTHING
    else:
        newest = programme.newest
        slices = max(1, _slices_since(newest, policy, now_ns)) if newest else 1
        proposal = propose(policy, exposure, programme, given_up.signed, slices)
        lots = within(proposal.due_lots, given_up.allowed(exposure))
    unchanged = _is_unchanged(programme, proposal, given_up)
    if unchanged and not proposal.due_lots:
        return NOTHING
    sender = Sender(state, seen, policy, instrument, programme, now_ns)
    found = sender.children(_capped(lots, sender), NOT_TRIED, ask=True)
    if proposal.due_lots and not lots:
        found = found._replace(reason=NO_ROOM)
    kind = "schedule" if proposal.target_lots == programme.target else "band"
    reason = found.reason or kind
    if unchanged and not found.intents and reason == programme.reason:
        return NOTHING
    fact = HedgeProgramme(
        at_ns=now_ns,
        programme_id=programme.id,
        account=DESK_OVERLAY,
        instrument=instrument.id,
        event_id=state.limits.event_at(now_ns),
        slice_ns=now_ns,
        target_lots=proposal.target_lots,
        carried_lots=proposal.due_lots,
        slots=proposal.slots,
        given_up_lots=given_up.signed,
        share_ppm=proposal.share_ppm,
        band_lots=proposal.band_lots,
        hurdle_lots=proposal.hurdle_lots,
        counter=found.counter,
        reserve=kept(state, instrument.id).cost,
        reason=reason,
        proposed=proposal.proposed,
    )
    return _decision(fact, found)


def told(state: NodeState, seen: Seen, observation: HedgeDue, now_ns: int) -> Decision:
    """Decide after an outcome of a child, within the slice that runs."""
    policy = state.rules.policy
    instrument = state.rules.instruments.get(observation.instrument)
    if policy is None or instrument is None or not policy.overlay_enabled:
        return NOTHING
    programme = state.programmes.of(instrument.id)
    newest = programme.newest
    if observation.anew or (newest is not None and due(state, policy, instrument, now_ns)):
        return sliced(state, seen, policy, instrument, now_ns)
    if newest is None:
        return NOTHING
    sender = Sender(state, seen, policy, instrument, programme, now_ns)
    allowed = programme.carried
    if newest.proposed.policy != AT_ONCE:  # the excess counts all that works
        allowed = lots_given_up(state, policy, instrument, now_ns).allowed(
            state.exposure(instrument.id)
        )
    lots = _capped(within(programme.carried, allowed), sender, programme.sent)
    found = sender.children(lots, frozenset(programme.tried), ask=False)
    reason = found.reason if found.intents else _refused(programme)
    if not found.intents and reason == newest.reason:
        return NOTHING
    fact = replace(
        newest,
        at_ns=now_ns,
        event_id=state.limits.event_at(now_ns),
        carried_lots=programme.carried,
        counter=found.counter,
        reserve=kept(state, instrument.id).cost,
        reason=reason or "another venue",
    )
    return _decision(fact, found)


def follows(state: NodeState, fact: Fact) -> tuple[HedgeDue, ...]:
    """Return what a programme must look at once one of the `OUTCOMES` has taken effect."""
    match fact:
        case FillRecorded(account=account, instrument=instrument):
            policy = state.rules.policy
            at_once = policy is not None and policy.overlay_enabled and policy.risk_aversion_ppm
            return (HedgeDue(instrument, anew=True),) if at_once and account == DESK_BOOK else ()
        case OrderDenied(account=account, instrument=instrument) if account == DESK_OVERLAY:
            return (HedgeDue(instrument),)
        case OrderDone(order_id=order_id, reason="rejected"):
            gated = state.orders.orders[order_id].gated
            return (HedgeDue(gated.instrument),) if gated.account == DESK_OVERLAY else ()
        case PlanApproved(plan_id=plan_id):
            plan, policy = state.limits.approvals.plans.get(plan_id), state.rules.policy
            if plan is not None and policy is not None and is_approved(plan, policy):
                return (HedgeDue(plan.proposed.instrument),)
            return ()
        case _:
            return ()


def is_waiting(state: NodeState, exposure: Exposure, proposal: Proposal) -> bool:
    """Return whether a trade back waits: it raises |net| for core to take, and may not now."""
    raises = proposal.due_lots * exposure.net_agreed > 0 or exposure.net_agreed == 0
    return raises and state.restrictions.level("node") != "active"


def _slices_since(newest: HedgeProgramme, policy: Policy, now_ns: int) -> int:
    """Return how many slices of market time have begun since a decision."""
    slice_ns = policy.slice_s * SECOND_NS
    return now_ns // slice_ns - newest.slice_ns // slice_ns


def within(wanted: int, allowed: int) -> int:
    """Cut a wanted change to the allowed one; a change the other way is not wanted now."""
    if wanted > 0:
        return max(0, min(wanted, allowed))
    return min(0, max(wanted, allowed))


class GivenUp(NamedTuple):
    """Lots of long UNKNOWN orders that may be hedged elsewhere."""

    buys: int
    sells: int

    @property
    def signed(self) -> int:
        """Return the position that they would have made."""
        return self.buys - self.sells

    def left_of(self, overlay: Interval) -> Interval:
        """Return the overlay over all outcomes, in which these lots are not executed."""
        return Interval(overlay.low + self.sells, overlay.high - self.buys)

    def allowed(self, exposure: Exposure) -> int:
        """Return the change that the worst case of all that is open leaves."""
        return exposure.allowed_change(given_up_buys=self.buys, given_up_sells=self.sells)


def lots_given_up(
    state: NodeState, policy: Policy, instrument: Instrument, now_ns: int
) -> GivenUp:
    """Return the lots of UNKNOWN orders that policy lets a programme hedge elsewhere now."""
    if not policy.over_hedge_lots:
        return GivenUp(0, 0)
    before_ns = now_ns - policy.over_hedge_after_s * SECOND_NS
    lots = dict.fromkeys(SIDES, 0)
    for order in state.orders.at_venues():
        gated, unknown_ns = order.gated, order.unknown_ns
        mine = (gated.account, gated.instrument) == (DESK_OVERLAY, instrument.id)
        if mine and 0 < unknown_ns <= before_ns:
            lots[gated.side] += order.remaining_lots
    buys, sells = lots["buy"], lots["sell"]
    return GivenUp(min(buys, policy.over_hedge_lots), min(sells, policy.over_hedge_lots))


def _capped(lots: int, sender: Sender, sent: int = 0) -> int:
    """Cut lots to what the slice's cap leaves; the cap lets at least one smallest order pass."""
    cap = max(0, max(sender.policy.slice_lots_max, sender.lots_min(sender.limit("sell"))) - sent)
    return max(-cap, min(cap, lots))


def _stood_down(programme: Programme, now_ns: int) -> Decision:
    """Give up what no venue has: policy has no overlay any more. What is held stays."""
    newest = programme.newest
    assert newest is not None, "a programme that never decided has nothing to give up"
    fact = replace(
        newest,
        at_ns=now_ns,
        target_lots=programme.committed,
        carried_lots=0,
        slots=(),
        counter=programme.counter,
        reason="no overlay by policy",
    )
    return Decision((Act(fact, RULE),))


def _refused(programme: Programme) -> str:
    """Return why children were refused, newest programme state."""
    causes = [cause for cause, _ in programme.refusals]
    return f"denied: {', '.join(causes)}" if causes else programme.reason


def _is_unchanged(programme: Programme, proposal: Proposal, given_up: GivenUp) -> bool:
    """Return whether a proposal is what the programme holds already."""
    before = (programme.target, programme.carried, programme.slots, programme.given_up)
    after = (proposal.target_lots, proposal.due_lots, proposal.slots, given_up.signed)
    return before == after


def _decision(fact: HedgeProgramme, found: Children) -> Decision:
    return Decision((Act(fact, RULE),), tuple(SliceDue(intent) for intent in found.intents))
