import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from edgenode.adapters.sqlite_files import to_row
from edgenode.core.ledger.chain import (
    BrokenChainError,
    Tip,
    check_head,
    extend,
    extend_rows,
    seal_run,
    verify_run,
)
from edgenode.model.ledgers import Entry, LedgerId, Sealed
from edgenode.wire import checkpoint
from edgenode.wire.canonical import pack
from edgenode.wire.entry import Sealer, from_row
from edgenode.wire.note import Signer

LEDGER = LedgerId("edge-07", "main", 1)
SIGNER = Signer("edge-07", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
OTHER = Signer("edge-07", Ed25519PrivateKey.from_private_bytes(bytes(32)))


def entries(count, first=1):
    return [
        Entry(n, n << 16, "SessionClosed", "rule:x", True, n.to_bytes(16, "big"), pack({"n": n}))
        for n in range(first, first + count)
    ]


def sealed(count):
    return seal_run(Tip(LEDGER), entries(count))


def note(run, signer=SIGNER, ledger=LEDGER):
    tip = Tip(LEDGER)
    extend(tip, run)
    return checkpoint.sign(ledger, tip.size, tip.frontier.root, signer)


def broken(call, *args):
    with pytest.raises(BrokenChainError) as caught:
        call(*args)
    return caught.value.check, caught.value.seq


def test_a_run_that_holds_gives_its_new_tip_and_leaves_the_old_one():
    run = sealed(5)
    tip = Tip(LEDGER)
    grown = verify_run(tip, run, note(run), SIGNER.vkey)
    assert (grown.size, grown.prev, tip.size) == (5, run[-1].leaf, 0)


@given(st.integers(1, 8), st.integers(0, 8))
def test_a_run_may_be_checked_in_any_pieces(count, cut):
    run = sealed(count)
    whole, pieces = Tip(LEDGER), Tip(LEDGER)
    extend(whole, run)
    extend(pieces, run[:cut])
    extend(pieces, run[cut:])
    assert (whole.prev, whole.frontier.root) == (pieces.prev, pieces.frontier.root)


def changed(row, **fields):
    return row._replace(entry=row.entry._replace(**fields))


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        (lambda row: changed(row, body=b"\xc0"), "canonical"),
        (lambda row: changed(row, actor=""), "canonical"),
        (lambda row: changed(row, body=pack({"n": 99})), "leaf"),
        (lambda row: row._replace(leaf=bytes(32)), "leaf"),
    ],
)
def test_the_first_check_that_fails_is_named_with_its_entry(damage, check):
    run = sealed(5)
    run[2] = damage(run[2])
    assert broken(extend, Tip(LEDGER), run) == (check, 3)


def test_a_missing_a_repeated_and_a_foreign_entry():
    run = sealed(5)
    assert broken(extend, Tip(LEDGER), run[:2] + run[3:]) == ("gap", 3)
    assert broken(extend, Tip(LEDGER), run[:2] + run[1:]) == ("gap", 3)
    other = seal_run(Tip(LEDGER), [e._replace(hlc=1) for e in entries(5)])
    assert broken(extend, Tip(LEDGER), run[:2] + other[2:]) == ("prev", 3)


def test_a_head_must_have_the_root_the_size_the_ledger_and_the_key():
    run = sealed(3)
    tip = Tip(LEDGER)
    extend(tip, run)
    assert check_head(tip, note(run), SIGNER.vkey).size == 3
    assert broken(check_head, tip, note(run[:2]), SIGNER.vkey) == ("root", 3)
    assert broken(check_head, tip, note(run, OTHER), SIGNER.vkey) == ("signature", 3)
    foreign = note(run, ledger=LedgerId("edge-08", "main", 1))
    assert broken(check_head, tip, foreign, SIGNER.vkey) == ("signature", 3)
    assert broken(check_head, tip, "nonsense", SIGNER.vkey) == ("signature", 3)
    forged = note(run).replace("\n3\n", "\n4\n")
    assert broken(check_head, tip, forged, SIGNER.vkey)[0] in {"root", "signature"}


def test_sealing_refuses_gaps_and_entries_without_a_form():
    assert broken(seal_run, Tip(LEDGER), entries(2, first=2)) == ("gap", 1)
    wrong = [entries(1)[0]._replace(idem=b"short")]
    assert broken(seal_run, Tip(LEDGER), wrong) == ("canonical", 1)


FIELDS = ("seq", "hlc", "kind", "actor", "automatic", "idem", "body", "prev", "leaf")


@given(st.integers(0, 2), st.sampled_from(FIELDS), st.integers(0, 10_000), st.integers(1, 255))
def test_no_changed_bit_of_an_entry_passes_unseen(index, name, at, flip):
    run = sealed(3)
    row = run[index]
    value = getattr(row if name in {"prev", "leaf"} else row.entry, name)
    if isinstance(value, bytes):
        data = bytearray(value)
        data[at % len(data)] ^= flip
        value = bytes(data)
    else:
        value = f"{value}x" if isinstance(value, str) else type(value)(value ^ 1)
    if name in {"prev", "leaf"}:
        run[index] = row._replace(**{name: value})
    else:
        run[index] = changed(row, **{name: value})
    with pytest.raises(BrokenChainError):
        extend(Tip(LEDGER), run)


def outcome(tip, check, run, bodies):
    try:
        check(tip, run, bodies=bodies)
    except BrokenChainError as error:
        return error.check, error.seq, str(error)
    return tip.size, tip.prev, tip.frontier.to_bytes()


# What a column of each type can hold: the stores' tables are STRICT.
NUMBERS = st.one_of(st.integers(-1, 9), st.just((1 << 63) - 1))
TEXTS = st.text(max_size=3)
RAW = st.one_of(*(st.binary(min_size=n, max_size=n) for n in (0, 3, 16, 32)))
OF_TYPE = {int: NUMBERS, str: TEXTS, bool: NUMBERS, bytes: RAW}


@given(st.integers(1, 8), st.integers(0, 7), st.integers(0, 8), st.data(), st.booleans())
def test_stored_rows_are_judged_as_the_entries_they_hold(count, index, field, data, bodies):
    rows = [to_row(one) for one in sealed(count)]
    row = list(rows[index % count])
    row[field] = data.draw(OF_TYPE[type(row[field])])
    rows[index % count] = tuple(row)
    run = [from_row(one) for one in rows]
    by_rows = outcome(Tip(LEDGER), extend_rows, rows, bodies)
    assert by_rows == outcome(Tip(LEDGER), extend, run, bodies)


@given(st.integers(1, 8), st.integers(0, 7), st.booleans())
def test_a_row_whose_signed_form_was_never_canonical_is_named_with_bodies_alone(count, at, bodies):
    made = entries(count)
    at %= count
    made[at] = made[at]._replace(body=b"\x81\xa1n\xcc\x01")  # 1 in two bytes
    tip, rows = Tip(LEDGER), []
    sealer = Sealer(LEDGER)
    for one in made:
        data = sealer.data(one, tip.prev)
        leaf = hashlib.sha256(b"\x00" + data).digest()
        rows.append(to_row(Sealed(one, tip.prev, leaf)))
        tip.prev = leaf
    found = outcome(Tip(LEDGER), extend_rows, rows, bodies)
    assert found[:2] == (("canonical", at + 1) if bodies else (count, tip.prev))
