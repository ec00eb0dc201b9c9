import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from edgenode.model.errors import RefusedError
from edgenode.model.ledgers import LedgerId
from edgenode.wire import checkpoint, note, request
from edgenode.wire.note import COSIGNATURE_V1, Signer, Vkey

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SIGNER = Signer("edge-07", KEY)
COSIGNER = Signer("centre", Ed25519PrivateKey.from_private_bytes(bytes(32)), COSIGNATURE_V1)
LEDGER = LedgerId("edge-07", "main", 1)
ROOT = bytes(range(32))
SIGNED = checkpoint.sign(LEDGER, 813, ROOT, SIGNER)


def test_the_note_is_the_documented_text():
    text, _, line = SIGNED.partition("\n\n")
    assert text == f"edgenode/edge-07/1\n813\n{base64.b64encode(ROOT).decode()}"
    dash, name, encoded = line.removesuffix("\n").split(" ")
    assert (dash, name) == ("—", "edge-07")
    raw = base64.b64decode(encoded)
    assert raw[:4] == SIGNER.vkey.key_id
    KEY.public_key().verify(raw[4:], (text + "\n").encode())


def test_a_cosignature_covers_its_time():
    both = checkpoint.cosign(SIGNED, COSIGNER, 1_700_000_000)
    found = note.parse(both).verify([SIGNER.vkey, COSIGNER.vkey])
    assert {v.vkey.name: v.at_s for v in found} == {"edge-07": None, "centre": 1_700_000_000}
    assert checkpoint.verify(both, SIGNER.vkey) == checkpoint.Checkpoint(LEDGER, 813, ROOT)


def test_unknown_keys_are_ignored_and_a_known_one_that_does_not_hold_refuses():
    assert note.parse(SIGNED).verify([COSIGNER.vkey]) == ()
    with pytest.raises(RefusedError, match="no signature"):
        checkpoint.verify(SIGNED, COSIGNER.vkey)
    forged = SIGNED.replace("\n813\n", "\n814\n")
    with pytest.raises(RefusedError) as caught:
        checkpoint.verify(forged, SIGNER.vkey)
    assert caught.value.code == "EN402"


def test_a_vkey_reads_back_and_names_its_key():
    assert Vkey.parse(SIGNER.vkey.text) == SIGNER.vkey
    assert SIGNER.vkey.text.startswith("edge-07+")
    other_type = Vkey("edge-07", COSIGNATURE_V1, SIGNER.public)
    assert other_type.key_id != SIGNER.vkey.key_id


def altered():
    name, key_id, encoded = SIGNER.vkey.text.split("+", 2)
    yield f"{name}+00000000+{encoded}"
    yield f"other+{key_id}+{encoded}"
    yield f"{name}+{key_id}"
    yield f"{name}+{key_id}+{encoded[:-4]}"
    yield f"na me+{key_id}+{encoded}"
    yield ""


@pytest.mark.parametrize("text", list(altered()))
def test_another_vkey_is_refused(text):
    with pytest.raises(RefusedError) as caught:
        Vkey.parse(text)
    assert caught.value.code == "EN405"


@given(st.text(st.characters()))
def test_a_text_of_lines_in_utf_8_is_signed_and_no_other(text):
    text += "\n"
    if all(c == "\n" or (c >= " " and not "\ud800" <= c <= "\udfff") for c in text):
        assert note.sign(text, lambda _: "").encode().decode() == text + "\n"
    else:
        with pytest.raises(RefusedError):
            note.sign(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "text\n", "text\n\n", "text\n\nno dash\n", "text\n\n— name !!!\n",
        SIGNED.removesuffix("\n"), SIGNED + "\n", SIGNED.replace("\n\n", "\n"),
        "a\x00b\n\n" + SIGNED.partition("\n\n")[2], "x" * 20_000 + SIGNED,
    ],
)  # fmt: skip
def test_what_is_no_note_is_refused(text):
    with pytest.raises(RefusedError) as caught:
        note.parse(text)
    assert caught.value.code in {"EN002", "EN004", "EN405"}


@pytest.mark.parametrize(
    "body",
    [
        "edgenode/edge-07/1\n813\n", "edgenode/edge-07/1\n0813\n{root}\n",
        "edgenode/edge-07/1\n-1\n{root}\n", "edgenode/edge-07/01\n813\n{root}\n",
        "elsewhere/edge-07/1\n813\n{root}\n", "edgenode/edge-07/1\n813\n{root}\nmore\n",
        "edgenode/edge-07/1\n813\nAAAA\n", "edgenode/edge-07/1\n9223372036854775808\n{root}\n",
    ],
)  # fmt: skip
def test_a_signed_text_that_is_no_head_is_refused(body):
    text = body.replace("{root}", base64.b64encode(ROOT).decode())
    with pytest.raises(RefusedError) as caught:
        checkpoint.verify(note.sign(text, SIGNER.line), SIGNER.vkey)
    assert caught.value.code == "EN002"


@given(st.text(max_size=80))
def test_any_text_gives_a_head_or_a_refusal(text):
    with pytest.raises(RefusedError):
        checkpoint.parse(text)


def test_a_request_is_signed_over_its_sender_and_bytes():
    header = request.sign(LEDGER, b"body", SIGNER)
    assert request.sender(header) == LEDGER
    request.verify(header, b"body", SIGNER.vkey)
    for wrong, body in (
        (header, b"bodY"),
        (header.replace("edge-07/1", "edge-07/2"), b"body"),
        (header.partition(" ")[0], b"body"),
        (header + "=", b"body"),
        ("nobody", b"body"),
    ):
        with pytest.raises(RefusedError) as caught:
            request.verify(wrong, body, SIGNER.vkey)
        assert caught.value.code == "EN307"


def test_a_request_signature_is_no_checkpoints():
    header = request.sign(LEDGER, b"body", SIGNER)
    signature = base64.b64decode(header.partition(" ")[2])
    raw = base64.b64encode(SIGNER.vkey.key_id + signature).decode()
    text = SIGNED.partition("\n\n")[0]
    with pytest.raises(RefusedError):
        checkpoint.verify(f"{text}\n\n— edge-07 {raw}\n", SIGNER.vkey)
