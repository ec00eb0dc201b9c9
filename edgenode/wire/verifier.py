"""Verify a ledger's export with nothing of ours: standard library, cryptography, msgpack.

    python verifier.py EXPORT.jsonl [VKEY]

What is checked, entry by entry and in this order: the bytes are canonical, seq has no gap, prev is
the leaf before, leaf = SHA256(0x00 || bytes), the fields beside the bytes say the same; at the end
the root of the RFC 6962 tree and the Ed25519 signature of the C2SP checkpoint. The key is VKEY, or
the one that entry 1 names: then the export proves itself whole, and VKEY proves whose it is.
"""

import base64
import hashlib
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgpack
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_FIELDS = 12
_ED25519 = b"\x01"
_BODY = 10


class NotVerifiedError(Exception):
    """The export does not hold: at which entry, by which check."""

    def __init__(self, seq: int, check: str, found: str) -> None:
        super().__init__(f"entry {seq}, check {check}: {found}")
        self.seq = seq
        self.check = check


@dataclass
class Verifier:
    """Takes an export line by line; `finish` says what was proved.

    >>> Verifier().finish()
    Traceback (most recent call last):
    ...
    edgenode.wire.verifier.NotVerifiedError: entry 0, check gap: no checkpoint ends the export
    """

    vkey: str = ""
    size: int = 0
    prev: bytes = bytes(32)
    ledger: tuple[str, str, int] = ("", "", 0)
    note: str = ""
    _nodes: list[bytes] = field(default_factory=list)
    _key: bytes = b""

    def take(self, line: str) -> None:
        """Check one line."""
        row: dict[str, Any] = json.loads(line)
        if "checkpoint" in row:
            self.note = str(row["checkpoint"])
            return
        seq = self.size + 1
        data = base64.b64decode(row["bytes"], validate=True)
        entry = self._entry(seq, data)
        leaf = hashlib.sha256(b"\x00" + data).digest()
        if entry[4] != seq or row["seq"] != seq:
            raise NotVerifiedError(seq, "gap", f"entry {entry[4]} follows entry {self.size}")
        if entry[11] != self.prev:
            raise NotVerifiedError(seq, "prev", f"it names {entry[11].hex()}")
        if row["leaf"] != leaf.hex():
            raise NotVerifiedError(seq, "leaf", f"its bytes hash to {leaf.hex()}")
        beside = {
            "kind": entry[6],
            "actor": entry[7],
            "prev": entry[11].hex(),
            "body": _plain(msgpack.unpackb(entry[_BODY])),
        }
        for name, value in beside.items():
            if row[name] != value:
                raise NotVerifiedError(seq, "canonical", f"{name} beside the bytes differs")
        if seq == 1:
            self.ledger = (entry[1], entry[2], entry[3])
            self._key = msgpack.unpackb(entry[_BODY])["ledger_key"]
        elif (entry[1], entry[2], entry[3]) != self.ledger:
            raise NotVerifiedError(seq, "canonical", "an entry of another ledger")
        self._grow(leaf)

    def finish(self) -> dict[str, Any]:
        """Check the checkpoint; give what is proved."""
        text, _, signatures = self.note.partition("\n\n")
        lines = text.split("\n")
        if not signatures or len(lines) != 3:  # noqa: PLR2004  origin, size, root
            raise NotVerifiedError(self.size, "gap", "no checkpoint ends the export")
        party, stream, incarnation = self.ledger
        stream = "" if stream == "main" else stream
        root = self._root()
        if lines[0] != f"edgenode/{party}{stream}/{incarnation}" or lines[1] != str(self.size):
            raise NotVerifiedError(self.size, "root", f"a head of {lines[0]} at {lines[1]}")
        if base64.b64decode(lines[2]) != root:
            raise NotVerifiedError(self.size, "root", f"the entries lead to {root.hex()}")
        name, key = self._signer(party)
        key_id = hashlib.sha256(f"{name}\n".encode() + _ED25519 + key).digest()[:4]
        if not _signed(f"{text}\n", signatures, name, key_id, key):
            raise NotVerifiedError(self.size, "signature", f"no valid signature by {name}")
        ledger = f"{party}{stream}/{incarnation}"
        signer = f"{name}+{key_id.hex()}"
        return {"ledger": ledger, "size": self.size, "root": root.hex(), "signer": signer}

    def _entry(self, seq: int, data: bytes) -> list[Any]:
        try:
            entry = msgpack.unpackb(data)
            body = msgpack.unpackb(entry[_BODY])
        except Exception as error:
            raise NotVerifiedError(
                seq, "canonical", f"bytes that do not decode: {error}"
            ) from error
        canonical = msgpack.packb(entry) == data and _canonical(body) == entry[_BODY]
        if len(entry) != _FIELDS or entry[0] != 1 or not canonical:
            raise NotVerifiedError(seq, "canonical", "bytes that are not the one encoding")
        return list(entry)

    def _grow(self, leaf: bytes) -> None:
        self._nodes.append(leaf)
        self.prev = leaf
        self.size += 1
        size = self.size
        while not size & 1:
            right = self._nodes.pop()
            self._nodes[-1] = hashlib.sha256(b"\x01" + self._nodes[-1] + right).digest()
            size >>= 1

    def _root(self) -> bytes:
        if not self._nodes:
            return hashlib.sha256(b"").digest()
        root = self._nodes[-1]
        for node in self._nodes[-2::-1]:
            root = hashlib.sha256(b"\x01" + node + root).digest()
        return root

    def _signer(self, party: str) -> tuple[str, bytes]:
        if not self.vkey:
            return party, self._key
        name, _, rest = self.vkey.partition("+")
        return name, base64.b64decode(rest.partition("+")[2])[1:]


def verify(lines: Iterable[str], vkey: str = "") -> dict[str, Any]:
    """Verify an export; NotVerifiedError names the first thing that does not hold."""
    verifier = Verifier(vkey)
    for line in lines:
        if line.strip():
            verifier.take(line)
    return verifier.finish()


def _signed(text: str, signatures: str, name: str, key_id: bytes, key: bytes) -> bool:
    for line in signatures.splitlines():
        dash, _, rest = line.partition(" ")
        who, _, encoded = rest.partition(" ")
        raw = base64.b64decode(encoded)
        if dash == "\N{EM DASH}" and who == name and raw[:4] == key_id:
            try:
                Ed25519PublicKey.from_public_bytes(key).verify(raw[4:], text.encode())
            except InvalidSignature:
                return False
            return True
    return False


def _canonical(value: object) -> bytes:
    return bytes(msgpack.packb(_sorted(value)))


def _sorted(value: object) -> object:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value, key=str.encode)}
    if isinstance(value, list):
        return [_sorted(inner) for inner in value]
    return value


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value


def main() -> int:
    """Verify the export that is named on the command line."""
    with open(sys.argv[1], encoding="utf-8") as file:  # noqa: PTH123  nothing but the standard way
        try:
            proved = verify(file, *sys.argv[2:3])
        except NotVerifiedError as error:
            print(f"NOT VERIFIED: {error}")  # noqa: T201
            return 1
    print(json.dumps(proved))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
