from dataclasses import replace

import pytest

from edgenode.core.sync.evidence import Evidence, parse
from edgenode.model.errors import RefusedError
from tests.core.sync.parties import SIGNER, Writer

ONE, TWO = Writer(8), Writer(12, twist=6)


def fork():
    return Evidence(
        vkey=SIGNER.vkey.text,
        shorter=ONE.head().note,
        longer=TWO.head().note,
        root=TWO.tree.root_at(8),
        proof=TWO.tree.proof(8, 12),
    )


def test_it_is_the_same_after_a_journey_as_bytes():
    assert parse(fork().encode()) == fork()
    assert parse(fork().encode()).proves_fork()


def test_a_prefix_is_no_fork():
    prefix = Evidence(
        vkey=SIGNER.vkey.text, shorter=ONE.head(3).note, longer=ONE.head().note,
        root=ONE.tree.root_at(3), proof=ONE.tree.proof(3, 8),
    )  # fmt: skip
    assert not prefix.proves_fork()


def test_two_heads_of_one_size_that_differ_are_a_fork():
    other = Writer(8, twist=2)
    same = Evidence(
        vkey=SIGNER.vkey.text, shorter=ONE.head().note, longer=other.head().note,
        root=other.head().root,
    )  # fmt: skip
    assert same.proves_fork()


@pytest.mark.parametrize(
    "change",
    [
        {"shorter": TWO.head().note, "longer": ONE.head().note},
        {"root": bytes(32)},
        {"proof": ()},
        {"longer": TWO.head().note.replace("\n12\n", "\n13\n")},
        {"vkey": "edge-07+00000000+AAAA"},
    ],
)
def test_evidence_that_does_not_hold_accuses_nobody(change):
    with pytest.raises(RefusedError):
        replace(fork(), **change).proves_fork()


def test_other_bytes_are_no_evidence():
    data = fork().encode()
    for wrong in (b"", b"\x80", data[:-1], data + b"\xc0"):
        with pytest.raises(RefusedError):
            parse(wrong)
