"""The formats held against frozen vectors of our own, as FORMAT.md tells them."""

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edgenode.core import node
from edgenode.core.ledger.chain import Tip, check_head, extend
from edgenode.core.state.digest import digest
from edgenode.model.errors import RefusedError
from edgenode.model.ledgers import LedgerId
from edgenode.wire import checkpoint, entry, facts, request, verifier
from edgenode.wire import message as wire_message
from edgenode.wire.canonical import pack, unpack
from edgenode.wire.note import COSIGNATURE_V1, Signer, Vkey

VECTORS = Path(__file__).resolve().parent.parent / "vectors"
FORMATS = json.loads((VECTORS / "formats.json").read_text())
CANONICAL = json.loads((VECTORS / "canonical.json").read_text())
LINES = (VECTORS / "ledger.jsonl").read_text().splitlines()
ROWS = [json.loads(line) for line in LINES[:-1]]
LEDGER = LedgerId.parse(FORMATS["ledger"])


def key(name):
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(FORMATS[name]))


def wanted(row):
    return bytes.fromhex(row["bytes"]) if "bytes" in row else row["value"]


@pytest.mark.parametrize("row", CANONICAL["encoded"], ids=lambda row: row["hex"][:24])
def test_a_value_has_these_bytes(row):
    assert pack(wanted(row)).hex() == row["hex"]
    assert unpack(bytes.fromhex(row["hex"])) == wanted(row)


@pytest.mark.parametrize("row", CANONICAL["refused"], ids=lambda row: row["why"])
def test_other_bytes_are_refused(row):
    with pytest.raises(RefusedError) as caught:
        unpack(bytes.fromhex(row["hex"]))
    assert caught.value.code == "EN003"


def test_every_entry_is_sealed_to_the_same_bytes_again():
    prev = entry.FIRST_PREV
    for row in ROWS:
        data = base64.b64decode(row["bytes"])
        ledger, one, named = entry.parse(data)
        assert (ledger, one.seq, named) == (LEDGER, row["seq"], prev)
        sealed = entry.seal(ledger, one, prev)
        assert (entry.data_of(ledger, sealed), sealed.leaf.hex()) == (data, row["leaf"])
        fact = facts.decode(one.kind, one.body)
        assert facts.encode(fact) == one.body
        prev = sealed.leaf


def test_the_tree_the_checkpoint_and_the_cosignature():
    signer, cosigner = (
        Signer("edge-07", key("seed")),
        Signer("centre", key("cosigner_seed"), COSIGNATURE_V1),
    )
    assert signer.vkey.text == FORMATS["vkey"]
    assert cosigner.vkey.text == FORMATS["cosigner_vkey"]
    root = bytes.fromhex(FORMATS["root"])
    assert checkpoint.sign(LEDGER, FORMATS["size"], root, signer) == FORMATS["checkpoint"]
    cosigned = checkpoint.cosign(FORMATS["checkpoint"], cosigner, FORMATS["cosigned_at"])
    assert cosigned == FORMATS["cosigned"]
    tip = Tip(LEDGER)
    extend(tip, [_sealed(row) for row in ROWS])
    assert check_head(tip, FORMATS["checkpoint"], Vkey.parse(FORMATS["vkey"])).root == root


def test_the_state_that_these_entries_fold_to():
    state = node.fold(node.new_state(LEDGER), [_sealed(row).entry for row in ROWS])
    made = digest(state)
    assert made.digest.hex() == FORMATS["state"]["digest"]
    assert {name: part.hex() for name, part in made.parts.items()} == FORMATS["state"]["parts"]


def test_sync_messages_and_the_senders_signature():
    for name in ("hello", "push"):
        data = bytes.fromhex(FORMATS[name])
        message = wire_message.parse(data)
        if name == "hello":  # a push holds zstd, whose bytes its version may choose
            assert wire_message.encode(message) == data
    pushed = wire_message.parse(bytes.fromhex(FORMATS["push"])).frame
    assert [e.seq for e in pushed.entries] == [1, 2, 3]
    hello = bytes.fromhex(FORMATS["hello"])
    assert request.sign(LEDGER, hello, Signer("edge-07", key("seed"))) == FORMATS["sender"]
    request.verify(FORMATS["sender"], hello, Vkey.parse(FORMATS["vkey"]))


def test_the_lone_verifier_accepts_the_export_and_nothing_less():
    said = verifier.verify(LINES, FORMATS["vkey"])
    assert (said["size"], said["root"]) == (FORMATS["size"], FORMATS["root"])
    for damaged in (
        LINES[:-1],
        LINES[1:],
        LINES[:5] + LINES[6:],
        [LINES[0], *LINES],
        [line.replace("person:ops", "person:oqs") for line in LINES],
        [*LINES[:-1], LINES[-1].replace(f"\\n{said['size']}\\n", f"\\n{said['size'] - 1}\\n")],
    ):
        with pytest.raises((verifier.NotVerifiedError, ValueError)):
            verifier.verify(damaged, FORMATS["vkey"])
    with pytest.raises(verifier.NotVerifiedError):
        verifier.verify(LINES, FORMATS["cosigner_vkey"])


def _sealed(row):
    data = base64.b64decode(row["bytes"])
    _, one, prev = entry.parse(data)
    return entry.seal(LEDGER, one, prev)
