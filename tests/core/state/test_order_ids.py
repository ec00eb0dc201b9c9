from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.observations import OrderAsked
from edgenode.core.state.digest import digest
from edgenode.core.state.order_ids import ALPHABET, COUNTER_BITS, TAG_BITS, after, order_id
from edgenode.core.state.snapshot import dump, load
from edgenode.daemon.paper import PaperWorld
from tests.core.world import CUSTOMER, LEDGER, World, intent

LAST = (1 << COUNTER_BITS) - 1

tags = st.integers(0, (1 << TAG_BITS) - 1)
counters = st.integers(0, (1 << COUNTER_BITS) - 1)


@given(tags, counters)
def test_an_id_is_twenty_characters_of_crockford_base32(tag, counter):
    made = order_id("edge-07", tag, counter)
    assert len(made) == 20
    assert set(made) <= set(ALPHABET)


@given(tags, counters, tags, counters)
def test_two_places_never_share_an_id(tag, counter, other_tag, other_counter):
    same = (tag, counter) == (other_tag, other_counter)
    assert (order_id("n", tag, counter) == order_id("n", other_tag, other_counter)) is same


def test_ids_of_one_start_sort_by_counter_and_nodes_differ():
    ids = [order_id("edge-07", 5, n) for n in range(100)]
    assert ids == sorted(ids)
    assert order_id("edge-08", 5, 0) != ids[0]


@given(tags, counters)
def test_the_next_order_has_the_next_number_or_begins_under_a_new_tag(tag, counter):
    assert after(tag, counter) == (tag, counter + 1) or counter == LAST
    new, zero = after(tag, LAST)
    assert zero == 0
    assert 0 <= new < 1 << TAG_BITS
    assert new != tag
    assert after(tag, LAST) == (new, zero)  # the same wherever the ledger is folded


def test_a_start_that_used_up_its_counter_goes_on():
    world = World(PaperWorld(venues=("a",)))
    world.publish("a", 150_000)
    world.state.orders.counter = LAST - 1
    ids = [
        world.facts(OrderAsked(intent(f"T{n}", price=140_000, lots=1), CUSTOMER))[0].order_id
        for n in range(4)
    ]
    assert len(set(ids)) == 4
    assert (world.state.orders.boot_tag, world.state.orders.counter) == (after(1, LAST)[0], 2)
    assert digest(load(LEDGER, dump(world.state))) == digest(world.state)
