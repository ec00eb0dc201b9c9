"""Which keys and signatures are admitted, held against C2SP's CCTV vectors by their flags."""

import json
from collections import Counter

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edgenode.model.errors import RefusedError
from edgenode.wire import ed25519

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()


def admitted(public: bytes) -> bool:
    try:
        ed25519.check_key(public)
    except RefusedError:
        return False
    return True


def test_the_policy_on_every_published_edge_case(conformance_dir):
    cases = json.loads((conformance_dir / "ed25519" / "ed25519vectors.json").read_text())
    assert len(cases) == 914
    found = Counter()
    for case in cases:
        flags = set(case["flags"] or ())
        public, signature = bytes.fromhex(case["key"]), bytes.fromhex(case["sig"])
        if flags & {"low_order_A", "non_canonical_A"}:
            assert not admitted(public), case["number"]
            found["key refused"] += 1
            continue
        assert admitted(public), case["number"]
        # what holds without the cofactor and is canonical is accepted, all else refused
        expected = not flags & {"low_order_residue", "non_canonical_R"}
        assert ed25519.verify(public, signature, case["msg"].encode()) is expected, case
        found["accepted" if expected else "refused"] += 1
    assert sum(found.values()) == 914
    assert min(found.values()) > 0


def test_a_signature_of_ours_holds_and_any_change_breaks_it():
    signature = KEY.sign(b"text")
    assert ed25519.verify(PUBLIC, signature, b"text")
    assert not ed25519.verify(PUBLIC, signature, b"texT")
    for at in (0, 31, 32, 63):
        changed = bytearray(signature)
        changed[at] ^= 1
        assert not ed25519.verify(PUBLIC, bytes(changed), b"text")
    for length in (0, 63, 65):
        assert not ed25519.verify(PUBLIC, bytes(length), b"text")


@pytest.mark.parametrize("public", [b"", bytes(31), bytes(33), bytes(32), b"\xff" * 32])
def test_keys_that_are_not_to_be_registered(public):
    with pytest.raises(RefusedError) as caught:
        ed25519.check_key(public)
    assert caught.value.code == "EN405"
