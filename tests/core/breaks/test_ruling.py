"""What a decision moves, and in which words it is recorded."""

import pytest

from edgenode.core.breaks.executions import versions
from edgenode.core.breaks.ruling import ruling_on
from edgenode.core.observations import Difference, Reconciled, ResolveAsked
from edgenode.model.facts import ResolutionProposed
from tests.core.breaks.test_resolving import OVERLAY, held, resolve, two_orders
from tests.core.orders.sent import fill, say, sent
from tests.core.world import WETH


def ruled(world, break_id, decision, **more):
    asked = ResolveAsked(
        break_id=break_id, decision=decision, reason="r", person="ann", actor="person:ann", **more
    )
    return ruling_on(world.state, world.seen, asked, world.now)


def test_a_decision_counts_as_much_as_any_other_one_would_have_booked():
    world, ids, break_id = two_orders()
    first, second = sorted(
        versions(world.state, world.state.breaks.open[break_id]), key=lambda v: v.quantity_lots
    )
    both = ruled(world, break_id, "both")
    one = ruled(world, break_id, "version", version=first.content_hash.hex())
    none = ruled(world, break_id, "never_happened")
    worth = {v.order_id: v.quantity_lots * v.price_ticks * 100 for v in (first, second)}
    for ruled_ in (both, one, none):
        assert ruled_.amount_minor >= sum(worth.values()), "all that could have been booked"
    assert (none.holds, one.holds) == ((), (first.content_hash,))
    assert both.evidence == one.evidence == none.evidence
    assert {then.order_id for then in both.then if hasattr(then, "order_id")} == set(ids)


def test_the_effect_is_worded_as_executions():
    world, _, break_id = two_orders()
    assert ruled(world, break_id, "never_happened").effect == "booked: nothing"
    assert "buy 0.30 WETH in desk:overlay" in ruled(world, break_id, "both").effect


def difference(world, type_, asset):
    found = Difference(type=type_, subject=f"a/{asset}", venue_says="0.40", we_say="0")
    world.observe(Reconciled(venue="a", differences=(found,), lasting=(found,)))
    return f"{type_}:a/{asset}"


@pytest.mark.parametrize(
    ("type_", "asset", "price"),
    [("position_mismatch", WETH, 150_050), ("balance_mismatch", "USDC", None)],
)
def test_a_difference_to_other_books_is_another_one(type_, asset, price):
    """The missing execution came between two persons: the second one agrees to nothing."""
    world, order_id = sent()
    break_id = difference(world, type_, asset)
    what = {"account": OVERLAY, "amount": 40, "price_ticks": price}
    resolve(world, break_id, "carry_in", "ann", **what)
    say(world, fill(order_id, lots=40))
    books = dict(world.state.wallet.balances), held(world)
    (proposed,) = resolve(world, break_id, "carry_in", "bob", **what)
    assert isinstance(proposed, ResolutionProposed)
    assert (dict(world.state.wallet.balances), held(world)) == books
    assert books[1] == 40
    (_, resolved) = resolve(world, break_id, "carry_in", "ann", **what)
    assert resolved.persons == ("bob", "ann"), "on the same evidence they may"
    world.assert_refolds()
