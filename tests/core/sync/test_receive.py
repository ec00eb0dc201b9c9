from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.sync.evidence import ForkError
from edgenode.core.sync.receive import OffsetError, compare, take
from edgenode.model.errors import RefusedError
from edgenode.model.ledgers import LedgerId
from edgenode.wire.note import Signer
from tests.core.sync.parties import LEDGER, SIGNER, Writer
from tests.examples import examples

KEY = SIGNER.vkey


@settings(max_examples=examples(60))
@given(st.integers(1, 40), st.lists(st.integers(0, 40), max_size=6))
def test_any_split_of_a_ledger_into_frames_leads_to_its_head(size, cuts):
    writer = Writer(size)
    held = writer.held(0)
    ends = [*sorted({c for c in cuts if 0 < c < size}), size]
    for end in ends:
        held = take(writer.frame(held.size + 1, end), held, KEY).after
    assert (held.size, held.root) == (size, writer.head().root)
    assert held.prev == writer.sealed[-1].leaf


def test_a_frame_may_end_before_its_head_where_the_taker_allows():
    writer = Writer(10)
    taken = take(writer.frame(1, 4, said=10), writer.held(0), KEY, whole=False)
    assert (taken.after.size, taken.said, taken.after.root) == (4, 10, writer.head(4).root)
    with pytest.raises(RefusedError):
        take(writer.frame(1, 4, said=10), writer.held(0), KEY)


@pytest.mark.parametrize("first", [1, 5, 7, 9])
def test_a_frame_starts_right_behind_what_is_held_or_is_told_where(first):
    writer = Writer(10)
    with pytest.raises(OffsetError) as caught:
        take(writer.frame(first), writer.held(5), KEY)
    assert (caught.value.code, caught.value.size) == ("EN306", 5)


def test_another_history_is_a_fork_with_evidence_that_anyone_can_check():
    honest, forked = Writer(8), Writer(12, twist=6)
    with pytest.raises(ForkError) as caught:
        take(forked.frame(9), honest.held(8), KEY)
    assert caught.value.code == "EN303"
    assert caught.value.evidence.proves_fork()


def test_a_history_that_differs_only_behind_what_is_held_goes_on():
    assert take(Writer(12, twist=9).frame(9), Writer(8).held(8), KEY).after.size == 12


def test_damage_on_the_way_is_no_fork_and_changes_nothing():
    writer = Writer(10)
    frame = writer.frame(6)
    entry = frame.entries[1]._replace(hlc=1)
    damaged = [
        replace(frame, entries=(frame.entries[0], entry, *frame.entries[2:])),
        replace(frame, entries=frame.entries[:-1]),
        replace(frame, entries=tuple(reversed(frame.entries))),
        replace(frame, from_root=bytes(32)),
        replace(frame, proof=frame.proof[:-1]),
        replace(frame, note=writer.head(9).note),
        replace(frame, ledger=LedgerId("edge-08", "main", 1)),
    ]
    for one in damaged:
        with pytest.raises(RefusedError) as caught:
            take(one, writer.held(5), KEY)
        assert not isinstance(caught.value, ForkError)
        assert caught.value.code in {"EN308", "EN306", "EN402"}


def test_a_head_that_another_key_signed_is_refused():
    writer = Writer(3)
    stranger = Signer("edge-07", Ed25519PrivateKey.from_private_bytes(bytes(32)))
    with pytest.raises(RefusedError, match="no signature"):
        take(writer.frame(1), writer.held(0), stranger.vkey)


def test_comparing_two_heads():
    one, two = Writer(8), Writer(12, twist=6)
    longer = one.head(8)
    assert compare(
        one.head(5).note, longer.note, one.tree.root_at(5), one.tree.proof(5, 8), KEY
    ) is None  # fmt: skip
    found = compare(longer.note, two.head().note, two.tree.root_at(8), two.tree.proof(8, 12), KEY)
    assert found.proves_fork()
    assert LEDGER.name == "edge-07/1"
