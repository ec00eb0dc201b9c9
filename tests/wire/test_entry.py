import hashlib

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.model.errors import RefusedError
from edgenode.model.ledgers import Entry, LedgerId
from edgenode.wire.canonical import BYTES_MAX, pack
from edgenode.wire.entry import FIRST_PREV, data_of, leaf_hash, parse, seal

LEDGER = LedgerId("edge-07", "main", 1)
DOWN = LedgerId("centre", ">edge-07", 2)
ENTRY = Entry(7, 5 << 16, "SessionClosed", "person:ops", False, bytes(range(16)), pack({"a": 1}))
PREV = bytes(range(32))


def test_the_documented_row():
    sealed = seal(LEDGER, ENTRY, PREV)
    row = [1, "edge-07", "main", 1, 7, 5 << 16, "SessionClosed", "person:ops", False,
           bytes(range(16)), pack({"a": 1}), PREV]  # fmt: skip
    data = data_of(LEDGER, sealed)
    assert data == msgpack.packb(row, use_bin_type=True)
    assert sealed.leaf == hashlib.sha256(b"\x00" + data).digest() == leaf_hash(data)


@given(
    st.sampled_from([LEDGER, DOWN]), st.integers(1, (1 << 63) - 1), st.integers(0, (1 << 63) - 1),
    st.binary(min_size=16, max_size=16), st.dictionaries(st.text("abc"), st.integers(0, 9)),
    st.booleans(),
)  # fmt: skip
def test_what_is_sealed_reads_back(ledger, seq, hlc, idem, body, automatic):
    entry = Entry(seq, hlc, "K", "a b", automatic, idem, pack(body))
    prev = FIRST_PREV if seq == 1 else PREV
    assert parse(data_of(ledger, seal(ledger, entry, prev))) == (ledger, entry, prev)


@pytest.mark.parametrize(
    "change",
    [
        {"seq": 0}, {"seq": -1}, {"seq": 1 << 63}, {"hlc": -1}, {"kind": ""}, {"kind": "a b"},
        {"kind": "K" * 65}, {"actor": ""}, {"actor": "a\nb"}, {"actor": "a" * 201},
        {"automatic": 1}, {"idem": bytes(15)}, {"idem": "x" * 16}, {"body": b"\xc0"},
        {"body": b"\x81\xa1a"}, {"seq": True},
    ],
)  # fmt: skip
def test_other_fields_are_refused(change):
    try:
        data = data_of(LEDGER, seal(LEDGER, ENTRY._replace(**change), PREV))
    except (RefusedError, OverflowError):
        return
    with pytest.raises(RefusedError) as caught:
        parse(data)
    assert caught.value.code in {"EN002", "EN003"}


@pytest.mark.parametrize(
    "ledger",
    [
        LedgerId("", "main", 1), LedgerId("a/b", "main", 1), LedgerId("a", "other", 1),
        LedgerId("a", ">", 1), LedgerId("a", "main", 0), LedgerId("a" * 65, "main", 1),
        LedgerId("a\n", "main", 1),
    ],
)  # fmt: skip
def test_ambiguous_ledgers_are_refused(ledger):
    with pytest.raises(RefusedError):
        seal(ledger, ENTRY, PREV)


def test_only_the_first_entry_has_no_predecessor():
    for seq, prev in ((1, PREV), (2, FIRST_PREV)):
        with pytest.raises(RefusedError):
            parse(data_of(LEDGER, seal(LEDGER, ENTRY._replace(seq=seq), prev)))


def test_an_entry_that_no_reader_accepts_is_not_written():
    with pytest.raises(RefusedError) as caught:
        seal(LEDGER, ENTRY._replace(body=bytes(BYTES_MAX)), PREV)
    assert caught.value.code == "EN004"


@given(st.binary(max_size=120))
def test_any_bytes_give_an_entry_or_a_refusal(data):
    with pytest.raises(RefusedError):
        parse(data)
