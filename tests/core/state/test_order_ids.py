from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.state.order_ids import ALPHABET, COUNTER_BITS, TAG_BITS, order_id

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
