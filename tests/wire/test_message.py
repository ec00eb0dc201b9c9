from dataclasses import replace
from typing import Any

import msgpack
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.model.errors import RefusedError
from edgenode.model.ledgers import Entry, LedgerId
from edgenode.wire import frame
from edgenode.wire.canonical import pack
from edgenode.wire.canonical import unpack as _unpack
from edgenode.wire.frame import Frame
from edgenode.wire.message import (
    HeadAnswer,
    HeadClaim,
    Hello,
    HelloAck,
    Pull,
    PullReply,
    Push,
    PushAck,
    SyncRefusal,
    encode,
    parse,
)
from tests.examples import examples

UP = LedgerId("edge-07", "main", 1)
DOWN = LedgerId("centre", ">edge-07", 1)
ROOT = bytes(range(32))

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
roots = st.binary(min_size=32, max_size=32)
paths = st.lists(roots, max_size=6).map(tuple)
ledgers = st.builds(
    LedgerId, st.just("edge-07"), st.sampled_from(["main", ">n1"]), st.integers(1, 1 << 40)
)
claims = st.builds(HeadClaim, ledger=ledgers, note=texts, cosigned=texts)
answers = st.builds(HeadAnswer, ledger=ledgers, note=texts, at_root=roots, proof=paths)


@st.composite
def frames(draw):
    first = draw(st.integers(1, 1 << 40))
    rows = draw(
        st.lists(
            st.tuples(
                st.integers(0, 1 << 62),
                texts,
                texts,
                st.booleans(),
                st.binary(min_size=16, max_size=16),
                st.binary(max_size=90),
            ),
            max_size=8,
        )
    )
    return Frame(
        ledger=draw(ledgers),
        first=first,
        entries=tuple(Entry(first + at, *row) for at, row in enumerate(rows)),
        note=draw(texts),
        from_root=draw(roots),
        proof=draw(paths),
        rest=draw(paths),
    )


messages = st.one_of(
    st.builds(Hello, fresh=st.booleans(), heads=st.lists(claims, max_size=3).map(tuple)),
    st.builds(HelloAck, standing=texts.map(lambda t: t[:8]), heads=st.tuples(answers)),
    frames().map(Push),
    frames().map(PullReply),
    st.builds(PushAck, ledger=ledgers, note=texts),
    st.builds(Pull, ledger=ledgers, after=st.integers(0, 1 << 40), wait_ms=st.integers(0, 20_000)),
    st.builds(
        SyncRefusal,
        code=st.just("EN306"),
        found=texts,
        expected=texts,
        do=texts,
        size=st.integers(-1, 1 << 40),
        evidence=st.binary(max_size=60),
    ),
)


def unpack(data):
    value = _unpack(data, bytes_max=1 << 20)
    assert isinstance(value, dict)
    return value


def entry(seq=1, body=b"\x80"):
    return Entry(seq, 5 << 16, "Genesis", "node:edge-07", True, seq.to_bytes(16, "big"), body)


def push(**more: Any):
    fields: dict[str, Any] = {"ledger": UP, "first": 1, "entries": (entry(),), "note": "n"}
    return Push(Frame(**{**fields, "from_root": ROOT, **more}))


def refused(data):
    with pytest.raises(RefusedError) as caught:
        parse(data)
    return caught.value.code


@given(messages)
def test_a_message_comes_back_as_it_was_and_has_one_spelling(message):
    data = encode(message)
    again = parse(data)
    assert again == message
    assert encode(again) == data


@settings(max_examples=examples(400))
@given(st.data())
def test_mutated_bytes_are_refused_with_our_codes_or_are_another_message(data):
    raw = bytearray(encode(data.draw(messages)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        match data.draw(st.integers(0, 3)):
            case 0:
                raw[at] ^= data.draw(st.integers(1, 255))
            case 1:
                del raw[at:]
            case 2:
                raw[at:at] = data.draw(st.binary(min_size=1, max_size=4))
            case _:
                raw = raw[:at] + raw[at + 1 :]
        if not raw:
            break
    _parse_or_refuse(bytes(raw))


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_with_our_codes(data):
    _parse_or_refuse(data)


def _parse_or_refuse(data):
    try:
        message = parse(data)
    except RefusedError as error:
        assert error.code in {"EN003", "EN004", "EN308"}  # noqa: PT017
    else:
        assert parse(encode(message)) == message


def test_unknown_version_type_or_field_is_refused():
    good = unpack(encode(Pull(ledger=UP, after=3)))
    for change in ({"v": 2}, {"type": "gossip"}, {"more": 1}, {"after": -1}, {"wait_ms": 20_001}):
        assert refused(pack({**good, **change})) == "EN308"
    assert refused(pack([1])) == "EN308"
    assert refused(pack({k: v for k, v in good.items() if k != "after"})) == "EN308"


@pytest.mark.parametrize("name", ["edge-07/01", "edge-07", "edge-07/0", "a>b/-1", "/1"])
def test_a_ledger_has_one_name(name):
    good = unpack(encode(Pull(ledger=UP, after=3)))
    assert refused(pack({**good, "ledger": name})) == "EN308"


def test_what_would_inflate_beyond_the_limit_is_refused_before_it_is_inflated():
    good = unpack(encode(push()))
    bomb = zstandard.ZstdCompressor().compress(bytes(50_000_000))
    assert len(bomb) < 10_000
    assert refused(pack({**good, "entries": bomb})) == "EN004"


def test_entries_without_their_size_twice_or_with_a_tail_are_refused():
    good = unpack(encode(push()))
    raw = pack([])
    nameless = zstandard.ZstdCompressor(write_content_size=False).compress(raw)
    whole = zstandard.ZstdCompressor().compress(raw)
    assert refused(pack({**good, "entries": nameless})) == "EN004"
    for entries in (whole + b"x", whole + whole, whole[:-1], b"", raw):
        assert refused(pack({**good, "entries": entries})) == "EN308"
    spelled = zstandard.ZstdCompressor().compress(msgpack.packb([], use_bin_type=True) + b"\x90")
    assert refused(pack({**good, "entries": spelled})) in {"EN003", "EN308"}


def test_an_entry_of_another_shape_is_refused():
    good = unpack(encode(push()))
    row = [5, "k", "a", True, bytes(16), b""]
    for at, wrong in ((0, -1), (0, True), (1, b"k"), (3, 1), (4, bytes(15)), (5, "")):
        rows = [[*row[:at], wrong, *row[at + 1 :]]]
        entries = zstandard.ZstdCompressor().compress(pack(rows))
        assert refused(pack({**good, "entries": entries})) == "EN308"


def test_a_frame_takes_what_fits_and_no_more():
    small = [entry(seq) for seq in range(1, 1_200)]
    assert frame.fit(small) == frame.ENTRIES_MAX
    big = [entry(seq, bytes(60_000)) for seq in range(1, 8)]
    count = frame.fit(big)
    assert count == 4
    assert parse(encode(push(entries=tuple(big[:count])))) == push(entries=tuple(big[:count]))
    with pytest.raises(RefusedError, match="bytes"):
        encode(push(entries=tuple(big)))


@given(st.lists(st.integers(0, 65_000), min_size=1, max_size=30))
def test_what_fits_by_count_always_encodes(sizes):
    entries = [entry(seq, bytes(size)) for seq, size in enumerate(sizes, start=1)]
    count = frame.fit(entries)
    assert count >= 1
    encode(push(entries=tuple(entries[:count])))


def test_a_message_beyond_the_limit_is_refused_unread():
    assert refused(bytes(frame.MESSAGE_BYTES_MAX + 1)) == "EN004"


def test_the_end_of_a_frame_is_its_last_seq():
    one = push(first=7, entries=(entry(7), entry(8))).frame
    assert one.end == 8
    assert replace(one, entries=()).end == 6
