from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.hedge.children import Sender
from edgenode.core.observations import DigestDue, OrderAsked, Tick
from edgenode.core.seen import NUMBER_END, Seen, one_sided, strange
from edgenode.model.venue import BookView
from tests.core.gate.orders import hedge, names
from tests.core.world import CUSTOMER, SECOND, START, WETH, World, intent


def test_the_reference_is_the_named_venues_mid_with_its_age():
    world = World()
    world.publish("a", 145_000, late_s=3)
    world.publish("b", 999_999)
    found = world.seen.reference(world.state.rules.policy, WETH, world.now)
    assert found == (145_000, 3_000, "a")
    assert found.source == "venue:a"


def test_a_stale_book_is_no_reference_unless_policy_has_a_static_one():
    world = World()
    world.publish("a", 145_000, late_s=11)
    policy = world.state.rules.policy
    assert world.seen.reference(policy, WETH, world.now).source == "paper-static"
    world.policy(static_reference_ticks=None)
    assert world.seen.reference(world.state.rules.policy, WETH, world.now) is None


def test_the_age_limit_is_inclusive_and_a_book_from_a_second_ahead_counts_as_fresh():
    world = World()
    world.policy(static_reference_ticks=None)
    policy = world.state.rules.policy
    world.publish("a", 145_000, late_s=10)
    assert world.seen.reference(policy, WETH, world.now).age_ms == 10_000
    assert world.seen.reference(policy, WETH, world.now + 1_000_000) is None
    world.publish("a", 145_000)
    assert world.seen.reference(policy, WETH, START - SECOND).age_ms == 0


def test_a_book_dated_later_than_can_be_is_none_for_reference_gate_and_hedge():
    world = World()
    world.policy(static_reference_ticks=None)
    policy = world.state.rules.policy
    world.publish("a", 145_000, late_s=-7 * 24 * 3600)
    world.publish("b", 145_000)
    for later_s in (0, 1, 24 * 3600):
        assert world.seen.reference(policy, WETH, START + later_s * SECOND) is None
        assert world.seen.age_ms("a", WETH, START + later_s * SECOND) is None
    assert world.seen.reference(policy, WETH, START - SECOND - 1) is None
    assert names(world, hedge(1)) == ["reference", "market_data"]
    instrument, programme = world.state.rules.instruments[WETH], world.state.programmes.of(WETH)
    sender = Sender(world.state, world.seen, policy, instrument, programme, world.now)
    assert [book.venue for book in sender.books("buy")] == ["b"]


def test_a_price_of_nothing_is_no_reference():
    world = World()
    world.policy(static_reference_ticks=None)
    for mid in (0, -5):
        world.publish("a", mid)
        assert world.seen.reference(world.state.rules.policy, WETH, world.now) is None
        world.observe(Tick())


def test_books_are_kept_by_venue_and_instrument():
    world = World()
    world.publish("b", 145_000)
    assert isinstance(world.seen.book("b", WETH), BookView)
    assert world.seen.book("a", WETH) is None


@pytest.mark.parametrize("mid", [0, -5, NUMBER_END, 2**62, NUMBER_END - 1, 1])
def test_a_node_lives_on_beside_a_book_whose_price_is_none(mid):
    world = World()
    world.publish("a", 150_000)
    world.observe(Tick())
    world.observe(OrderAsked(intent(lots=100, price=151_000), CUSTOMER))
    world.now += 60 * SECOND
    book = replace(world.books["a", WETH], mid_ticks=mid, published_ns=world.now)
    world.books["a", WETH] = book
    for _ in range(3):
        world.observe(Tick())
        world.now += 86_400 * SECOND
        world.books["a", WETH] = replace(book, published_ns=world.now)
    world.observe(OrderAsked(intent("T2", price=mid), CUSTOMER))
    world.observe(OrderAsked(intent("T3", price=150_000), CUSTOMER))
    world.observe(DigestDue())
    assert (world.seen.book("a", WETH) is None) == (not 0 < mid < NUMBER_END)
    world.assert_refolds()


BOOK = BookView(
    venue="a", instrument=WETH, published_ns=START, mid_ticks=100,
    bids=((99, 5), (98, 5)), asks=((101, 5), (102, 5)),
)  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [{"mid_ticks": 0}, {"bids": ((0, 5),)}, {"asks": ((1, -5),)}, {"published_ns": 2**63},
     {"volume_lots": -1}, {"bids": ((102, 5),)}, {"mid_ticks": 1_000}, {"mid_ticks": 98},
     {"asks": ((102, 5), (101, 5))}, {"bids": ((98, 5), (99, 5))}, {"asks": ((101, 0),)},
     {"bids": (), "mid_ticks": 102}, {"asks": (), "mid_ticks": 98}],
    ids=str,
)  # fmt: skip
def test_what_of_a_book_cannot_be_is_named(changes):
    assert strange(BOOK) == ""
    assert strange(replace(BOOK, **changes))


prices = st.integers(-3, 12) | st.sampled_from([NUMBER_END - 1, NUMBER_END])
sides = st.lists(st.tuples(prices, st.integers(-1, 3)), max_size=3).map(tuple)


@given(st.builds(replace, st.just(BOOK), mid_ticks=prices, bids=sides, asks=sides))
def test_a_book_is_a_reference_only_if_its_mid_lies_between_its_own_bid_and_ask(book):
    policy = replace(World().state.rules.policy, static_reference_ticks=None)
    passed = {("a", WETH): book} if not strange(book) else {}
    found = Seen(passed).reference(policy, WETH, START)
    if found is not None:
        best_bid, best_ask = max(book.bids)[0], min(book.asks)[0]
        assert 0 < best_bid <= found.ticks == book.mid_ticks <= best_ask
        assert book.bids[0][0] == best_bid
        assert book.asks[0][0] == best_ask
        assert all(lots > 0 for _, lots in (*book.bids, *book.asks))
    elif passed:
        assert one_sided(book)


@pytest.mark.parametrize("lacking", [{"bids": ()}, {"asks": ()}, {"bids": (), "asks": ()}])
def test_a_book_without_a_side_is_no_reference_and_restricts_by_name(lacking):
    world = World()
    world.policy(static_reference_ticks=None)
    world.publish("a", 145_000)
    world.publish("b", 145_000)
    world.observe(Tick())
    assert ("node", "stale:a") not in world.restricted()
    world.books["a", WETH] = replace(world.books["a", WETH], **lacking)
    world.observe(Tick())
    assert world.seen.reference(world.state.rules.policy, WETH, world.now) is None
    assert ("node", "stale:a") in world.restricted()
    reason = next(row.reason for _, cause, row in world.state.restrictions.rows())
    assert "the books of a show no" in reason
