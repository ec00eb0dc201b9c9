import sys
import tracemalloc

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.model.errors import RefusedError
from edgenode.wire.canonical import BYTES_MAX, DEPTH_MAX, pack, unpack

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(1 << 63), (1 << 63) - 1),
    st.integers(-(1 << 255), (1 << 255) - 1),
    texts,
    st.binary(max_size=20),
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


def in_order(value):
    if isinstance(value, dict):
        return {key: in_order(value[key]) for key in sorted(value, key=str.encode)}
    return [in_order(item) for item in value] if isinstance(value, list) else extended(value)


def extended(value):
    """Return a value with its big integers as another library's extensions."""
    if isinstance(value, dict):
        return {key: extended(item) for key, item in value.items()}
    if type(value) is int and not -(1 << 63) <= value < 1 << 63:
        size = (value if value >= 0 else ~value).bit_length() // 8 + 1
        return msgpack.ExtType(1, value.to_bytes(size, "big", signed=True))
    return [extended(item) for item in value] if isinstance(value, list) else value


@given(values)
def test_another_library_writes_the_same_bytes(value):
    assert pack(value) == msgpack.packb(in_order(value), use_bin_type=True)


def judged(value, level=0):
    """Refuse (ValueError) what FORMAT.md does not name, in what another library decoded."""
    if isinstance(value, dict | list):
        items = value.values() if isinstance(value, dict) else value
        if level >= DEPTH_MAX or (isinstance(value, dict) and set(map(type, value)) - {str}):
            raise ValueError
        found = [judged(item, level + 1) for item in items]
        return dict(zip(value, found, strict=True)) if isinstance(value, dict) else found
    if type(value) is msgpack.ExtType and value.code == 1 and len(value.data) <= 32:
        number = int.from_bytes(value.data, "big", signed=True)
        shortest = (number if number >= 0 else ~number).bit_length() // 8 + 1
        if -(1 << 63) <= number < 1 << 63 or len(value.data) != shortest:
            raise ValueError
        return number
    if type(value) not in {int, str, bytes, bool, type(None)}:
        raise ValueError
    if type(value) is int and value >= 1 << 63:
        raise ValueError
    return value


foreign = st.recursive(
    st.one_of(
        leaves, st.floats(), st.integers(1 << 63, (1 << 64) - 1),
        st.builds(msgpack.ExtType, st.integers(0, 127), st.binary(max_size=9)),
        st.builds(msgpack.ExtType, st.just(1), st.binary(min_size=8, max_size=34)),
        st.builds(msgpack.Timestamp, st.integers(0, 1 << 40)),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4),
        st.dictionaries(st.one_of(texts, st.integers(), st.binary(max_size=3)), inner, max_size=4)
        .filter(lambda found: all(type(key) is not int or abs(key) < 1 << 63 for key in found)),
    ),
    max_leaves=12,
)  # fmt: skip


@given(foreign, st.data())
def test_another_library_takes_and_refuses_the_same_bytes(value, data):
    """Whole values, good and foreign, with up to two bytes changed."""
    packed = bytearray(msgpack.packb(extended(value), use_bin_type=True))
    for _ in range(data.draw(st.integers(0, 2))):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    given_bytes = bytes(packed)
    try:
        expected = msgpack.unpackb(given_bytes, strict_map_key=False)
        expected = judged(expected)
        taken = msgpack.packb(in_order(expected), use_bin_type=True) == given_bytes
    except (ValueError, TypeError, OverflowError, msgpack.UnpackException):
        taken = False
    if taken:
        assert unpack(given_bytes) == expected
    else:
        with pytest.raises(RefusedError) as caught:
            unpack(given_bytes)
        assert caught.value.code == "EN003"


def test_a_length_that_lies_costs_no_memory():
    tracemalloc.start()
    try:
        for lie in (b"\xdd\xff\xff\xff\xff", b"\xdc\xff\xff", b"\xdf\xff\xff\xff\xff"):
            levels = BYTES_MAX // len(lie)
            tracemalloc.reset_peak()
            with pytest.raises(RefusedError):
                unpack(lie * levels)
            # one that is begun costs what a short list does; some Pythons let fewer begin
            assert tracemalloc.get_traced_memory()[1] < levels * sys.getsizeof([None] * 16)
    finally:
        tracemalloc.stop()


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
        b"\xd7\x01\x7f" + bytes(7),  # a big integer within int64
        b"\xd8\x01" + bytes(15) + b"\x01",  # a big integer with needless bytes
        b"\xc7\x21\x01\x01" + bytes(32),  # a big integer of 33 bytes
        b"\xd7\x02\x7f" + bytes(7),  # another extension
        b"\xa1\xff",  # not UTF-8
        b"\x81\xa1a\xcf\x80" + bytes(7),  # the same in a map
        b"\x81\x90\x02",  # a key that is an array
        b"\xdd\xff\xff\xff\xff",  # a length that lies
        b"",
    ],
)
def test_second_spellings_and_foreign_types_are_refused(data):
    with pytest.raises(RefusedError) as caught:
        unpack(data)
    assert caught.value.code == "EN003"


@pytest.mark.parametrize("value", [1 << 63, -(1 << 63) - 1, 10**24, -(1 << 255), (1 << 255) - 1])
def test_integers_beyond_int64_have_one_form(value):
    data = pack({"a": [value]})
    assert unpack(data) == {"a": [value]}
    assert judged(msgpack.unpackb(data)["a"][0]) == value


@pytest.mark.parametrize(
    "value", [1.5, float("nan"), {1: 2}, {1, 2}, "\ud800", 1 << 255, object()]
)
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
