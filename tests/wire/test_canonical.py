import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.model.errors import RefusedError
from edgenode.wire.canonical import BYTES_MAX, DEPTH_MAX, pack, unpack

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-(1 << 63), (1 << 63) - 1), texts, st.binary(max_size=20)
)
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5), st.dictionaries(texts, inner, max_size=5)
    ),
    max_leaves=20,
)


@given(values)
def test_what_is_packed_reads_back_and_packs_to_the_same_bytes(value):
    data = pack(value)
    assert unpack(data) == value
    assert pack(unpack(data)) == data


@given(st.dictionaries(texts, leaves, min_size=2, max_size=6))
def test_equal_maps_have_equal_bytes_whatever_their_order(value):
    assert pack(dict(reversed(value.items()))) == pack(value)


@given(values, st.data())
def test_every_changed_bit_gives_another_value_or_a_refusal(value, data):
    packed = bytearray(pack(value))
    packed[data.draw(st.integers(0, len(packed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    try:
        found = pack(unpack(bytes(packed)))
    except RefusedError as refused:
        found = refused.code
    assert found in {bytes(packed), "EN003"}


@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_a_refusal(data):
    try:
        value = unpack(data)
    except RefusedError as refused:
        codes = {refused.code}
    else:
        codes = {"EN003"}
        assert pack(value) == data
    assert codes == {"EN003"}


@pytest.mark.parametrize(
    "data",
    [
        b"\xcc\x01",  # 1 in two bytes
        b"\xd9\x01a",  # a short text in the long form
        b"\xc4\x00\xc0",  # something behind the value
        b"\x82\xa1b\x01\xa1a\x02",  # keys out of order
        b"\x82\xa1a\x01\xa1a\x02",  # a key twice
        b"\x81\x01\x02",  # a key that is no text
        b"\xcb" + bytes(8),  # a float
        b"\xcf" + b"\xff" * 8,  # beyond int64
        b"\xd6\xff" + bytes(4),  # a timestamp
        b"\xa1\xff",  # not UTF-8
        b"\xdd\xff\xff\xff\xff",  # a length that lies
        b"",
    ],
)
def test_second_spellings_and_foreign_types_are_refused(data):
    with pytest.raises(RefusedError) as caught:
        unpack(data)
    assert caught.value.code == "EN003"


@pytest.mark.parametrize("value", [1.5, float("nan"), {1: 2}, {1, 2}, "\ud800", 1 << 63, object()])
def test_values_without_a_form_are_refused(value):
    with pytest.raises(RefusedError) as caught:
        pack(value)
    assert caught.value.code == "EN003"


def test_sizes_and_depth_are_bounded():
    with pytest.raises(RefusedError) as caught:
        unpack(msgpack.packb(bytes(BYTES_MAX)))
    assert caught.value.code == "EN004"
    deep: object = 1
    for _ in range(DEPTH_MAX):
        deep = [deep]
    assert unpack(pack(deep)) == deep
    with pytest.raises(RefusedError):
        pack([deep])
    with pytest.raises(RefusedError):
        unpack(msgpack.packb([deep]))
