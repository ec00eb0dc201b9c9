"""The lone verifier as an examiner runs it: one file, a command line, a verdict."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

from edgenode.core.ledger import merkle
from edgenode.wire import verifier
from tests.patience import PATIENCE_S
from tests.wire.test_vectors import FORMATS, LINES, ROWS

PROGRAM = Path(verifier.__file__)
LEAVES = [bytes.fromhex(row["leaf"]) for row in ROWS]
VKEY = FORMATS["vkey"]
OTHER = FORMATS["cosigner_vkey"]


def ran(*args):
    done = subprocess.run(
        [sys.executable, "-I", str(PROGRAM), *map(str, args)],
        capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


def proof(seq):
    row, size = ROWS[seq - 1], len(LEAVES)
    path = merkle.inclusion_proof(lambda start, end: LEAVES[start:end], seq - 1, size)
    return {
        "message_type": "summary", "schema": "edgenode.ledger.prove/1", "ledger": row["ledger"],
        "seq": seq, "bytes": row["bytes"], "leaf": row["leaf"], "size": size,
        "root": FORMATS["root"], "proof": [step.hex() for step in path],
        "checkpoint": FORMATS["checkpoint"],
    }  # fmt: skip


def test_an_export_and_each_proof_are_verified(tmp_path):
    file = tmp_path / "export.jsonl"
    file.write_text("\n".join(LINES) + "\n")
    code, said = ran(file)
    assert (code, json.loads(said)["size"]) == (0, len(ROWS))
    for seq in range(1, len(ROWS) + 1):
        found = verifier.verify_proof(json.dumps(proof(seq)), VKEY)
        assert (found["seq"], found["root"]) == (seq, FORMATS["root"])
    for text in (json.dumps(proof(5)), json.dumps(proof(5), indent=1)):
        file.write_text(text)
        code, said = ran(file, VKEY)
        assert (code, json.loads(said)["leaf"]) == (0, ROWS[4]["leaf"])


def flipped(text):
    data = bytearray(base64.b64decode(text))
    data[-40] ^= 1
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"bytes": flipped(ROWS[4]["bytes"])}, ""),
        ({"bytes": ROWS[5]["bytes"]}, "canonical"),
        ({"seq": 6}, "canonical"),
        ({"seq": "x"}, "canonical"),
        ({"ledger": "edge-08/1"}, "canonical"),
        ({"leaf": ROWS[5]["leaf"]}, "leaf"),
        ({"size": len(ROWS) - 1}, "root"),
        ({"root": "00" * 32}, "root"),
        ({"proof": []}, "root"),
        ({"proof": proof(5)["proof"][:-1]}, "root"),
        ({"proof": [*proof(5)["proof"], "00" * 32]}, "root"),
        ({"proof": ["00" * 31, *proof(5)["proof"][1:]]}, "root"),
        ({"proof": proof(6)["proof"]}, "root"),
        ({"checkpoint": FORMATS["checkpoint"].replace("edge-07/1", "edge-08/1")}, "root"),
        ({"checkpoint": FORMATS["checkpoint"].split("\n\n")[0]}, "signature"),
        ({"checkpoint": None}, "signature"),
        ({"checkpoint": FORMATS["checkpoint"].replace("= ", "A ")[:-9] + "AAAA=\n"}, "signature"),
    ],
)
def test_a_proof_with_anything_changed_is_not_verified(change, check):
    with pytest.raises(verifier.NotVerifiedError) as caught:
        verifier.verify_proof(json.dumps(proof(5) | change), VKEY)
    assert check in caught.value.check


def test_a_proof_without_a_field_is_not_verified():
    for name in ("seq", "bytes", "leaf", "size", "root", "proof", "checkpoint", "ledger"):
        said = {key: value for key, value in proof(5).items() if key != name}
        with pytest.raises(verifier.NotVerifiedError, match=name):
            verifier.verify_proof(json.dumps(said), VKEY)


def test_whose_proof_it_is_must_be_said_and_be_so(tmp_path):
    file = tmp_path / "proof.json"
    file.write_text(json.dumps(proof(5)))
    code, said = ran(file)
    assert (code, "give VKEY" in said) == (1, True)
    code, said = ran(file, OTHER)
    assert (code, said.startswith("NOT VERIFIED: ")) == (1, True)


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(LINES)[:-30],
        "\n".join(LINES[:3]) + '\n{"ledger": ',
        "\n".join(LINES[:-1]),
        "what is this\n",
        "",
        "{\n",
        "[]\n",
        "7\n",
        "null\n",
        '{"bytes": 7}\n',
        '{"bytes": "kA=="}\n',
        '{"checkpoint": null}\n',
        '{"checkpoint": "a\\n\\nb"}\n',
        "[" * 100_000,
        '{"proof": 1}\n',
    ],
)
def test_what_is_no_whole_export_is_not_verified_in_words(tmp_path, text):
    file = tmp_path / "export.jsonl"
    file.write_text(text)
    code, said = ran(file)
    assert (code, said.startswith("NOT VERIFIED: ")) == (1, True), said


def test_a_file_that_is_no_text_or_not_there_is_not_verified(tmp_path):
    file = tmp_path / "ledger.sqlite"
    file.write_bytes(b"SQLite format 3\x00\xff\xfe\xff")
    for path in (file, tmp_path / "missing", tmp_path):
        code, said = ran(path)
        assert (code, said.startswith(f"NOT VERIFIED: {path} cannot be read")) == (1, True), said


@pytest.mark.parametrize("args", [(), ("a", "b"), ("a", VKEY, "c"), ("a", "x+y+z")])
def test_a_wrong_command_line_is_2_with_how_it_is_used(args):
    code, said = ran(*args)
    assert (code, said.startswith("usage: ")) == (2, True)
