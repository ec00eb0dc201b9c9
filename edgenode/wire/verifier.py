"""Verify a ledger's export, or a proof of one entry, with nothing of ours.

    python verifier.py EXPORT.jsonl [VKEY]      what `edgenode ledger export` printed
    python verifier.py PROOF.json VKEY          what `edgenode ledger prove SEQ --json` printed

It needs the standard library, cryptography and msgpack. Exit 0: verified, and the line says what;
1: not verified, and the line says where and by which check; 2: a wrong command line.

Of an export, entry by entry and in this order: the bytes are canonical, seq has no gap, prev is
the leaf before, leaf = SHA256(0x00 || bytes), the fields beside the bytes say the same; at the end
the root of the RFC 6962 tree and the Ed25519 signature of the C2SP checkpoint. The key is VKEY, or
the one that entry 1 names: then the export proves itself whole, and VKEY proves whose it is.

Of a proof: the bytes are canonical and of the entry it names, leaf = SHA256(0x00 || bytes), the
path leads from the leaf to the checkpoint's root (RFC 9162, 2.1.3.2), VKEY signed the checkpoint.
One entry does not name its ledger's key, so VKEY must be given, and come from elsewhere: `init`
and `ledger verify` print it, and the centre registered it.
"""

import base64
import hashlib
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TextIO

import msgpack
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_FIELDS = 12
_ED25519 = b"\x01"
_BODY = 10
_USAGE = "usage: python verifier.py EXPORT.jsonl [VKEY] | PROOF.json VKEY"
_HASH_BYTES = 32
_BIG_INT = 1  # the extension type of integers beyond int64
# What comes of reading anything at all as an export: not JSON, no such key, another type.
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError)


class NotVerifiedError(Exception):
    """The export or the proof does not hold: at which entry, by which check."""

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
        try:
            self._take(json.loads(line))
        except _UNREADABLE as error:
            raise NotVerifiedError(self.size + 1, "canonical", _unreadable(error)) from error

    def _take(self, row: dict[str, Any]) -> None:
        if "checkpoint" in row:
            self.note = str(row["checkpoint"])
            return
        seq = self.size + 1
        data = base64.b64decode(row["bytes"], validate=True)
        entry = _entry(seq, data)
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
        if not self.note:
            raise NotVerifiedError(self.size, "gap", "no checkpoint ends the export")
        name, key = _key_of(self.vkey) if self.vkey else (self.ledger[0], self._key)
        root, signer = _head(self.note, self.ledger, self.size, (name, key))
        if root != self._root():
            found = f"the entries lead to {self._root().hex()}"
            raise NotVerifiedError(self.size, "root", found)
        ledger = _name(self.ledger)
        return {"ledger": ledger, "size": self.size, "root": root.hex(), "signer": signer}

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


def verify(lines: Iterable[str], vkey: str = "") -> dict[str, Any]:
    """Verify an export; NotVerifiedError names the first thing that does not hold."""
    verifier = Verifier(vkey)
    for line in lines:
        if line.strip():
            verifier.take(line)
    return verifier.finish()


def verify_proof(text: str, vkey: str) -> dict[str, Any]:
    """Verify the JSON of `ledger prove`: that VKEY signed a head over a ledger with this entry.

    NotVerifiedError names the first thing that does not hold.
    """
    seq = 0
    try:
        said: dict[str, Any] = json.loads(text)
        seq = int(said["seq"])
        return _proof(seq, said, vkey)
    except _UNREADABLE as error:
        raise NotVerifiedError(seq, "canonical", _unreadable(error)) from error


def _proof(seq: int, said: dict[str, Any], vkey: str) -> dict[str, Any]:
    data = base64.b64decode(said["bytes"], validate=True)
    entry = _entry(seq, data)
    ledger = (entry[1], entry[2], entry[3])
    if entry[4] != seq or said["ledger"] != _name(ledger):
        raise NotVerifiedError(seq, "canonical", f"the bytes of {_name(ledger)}, entry {entry[4]}")
    leaf = hashlib.sha256(b"\x00" + data).digest()
    if said["leaf"] != leaf.hex():
        raise NotVerifiedError(seq, "leaf", f"its bytes hash to {leaf.hex()}")
    size = int(said["size"])
    root, signer = _head(str(said["checkpoint"]), ledger, size, _key_of(vkey))
    if said["root"] != root.hex():
        raise NotVerifiedError(seq, "root", f"the checkpoint signs {root.hex()}")
    made = _climbed(leaf, seq - 1, size, [bytes.fromhex(step) for step in said["proof"]])
    if made != root:
        found = f"the path leads to {made.hex()}" if made else "the path does not fit the size"
        raise NotVerifiedError(seq, "root", f"{found}; signed is {root.hex()}")
    proved = {"ledger": _name(ledger), "seq": seq, "kind": entry[6], "leaf": leaf.hex()}
    return {**proved, "size": size, "root": root.hex(), "signer": signer}


def _climbed(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """Return the root that an inclusion path leads to; b"" where its length cannot be right."""
    if not 0 <= index < size or any(len(step) != _HASH_BYTES for step in path):
        return b""
    node, last, made = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return b""
        if node & 1 or node == last:
            made = hashlib.sha256(b"\x01" + sibling + made).digest()
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            made = hashlib.sha256(b"\x01" + made + sibling).digest()
        node, last = node >> 1, last >> 1
    return made if last == 0 else b""


def _head(
    note: str, ledger: tuple[str, str, int], size: int, by: tuple[str, bytes]
) -> tuple[bytes, str]:
    """Check a checkpoint to be this ledger's at this size, and signed: (its root, the signer)."""
    text, _, signatures = note.partition("\n\n")
    lines = text.split("\n")
    if not signatures or len(lines) != 3:  # noqa: PLR2004  origin, size, root
        raise NotVerifiedError(size, "signature", "a checkpoint that is no signed note")
    if lines[0] != f"edgenode/{_name(ledger)}" or lines[1] != str(size):
        raise NotVerifiedError(size, "root", f"a head of {lines[0]} at {lines[1]}")
    name, key = by
    key_id = hashlib.sha256(f"{name}\n".encode() + _ED25519 + key).digest()[:4]
    if not _signed(f"{text}\n", signatures, name, key_id, key):
        raise NotVerifiedError(size, "signature", f"no valid signature by {name}+{key_id.hex()}")
    try:
        return base64.b64decode(lines[2], validate=True), f"{name}+{key_id.hex()}"
    except ValueError as error:
        raise NotVerifiedError(size, "root", f"a root {lines[2][:80]!r}") from error


def _entry(seq: int, data: bytes) -> list[Any]:
    try:
        entry = msgpack.unpackb(data)
        body = msgpack.unpackb(entry[_BODY])
        canonical = msgpack.packb(entry) == data and _canonical(body) == entry[_BODY]
    except Exception as error:
        found = f"bytes that do not decode: {error}"
        raise NotVerifiedError(seq, "canonical", found) from error
    if len(entry) != _FIELDS or entry[0] != 1 or not canonical:
        raise NotVerifiedError(seq, "canonical", "bytes that are not the one encoding")
    return list(entry)


def _name(ledger: tuple[str, str, int]) -> str:
    party, stream, incarnation = ledger
    return f"{party}{'' if stream == 'main' else stream}/{incarnation}"


def _key_of(vkey: str) -> tuple[str, bytes]:
    """Read NAME+ID+KEY; ValueError if it is not one."""
    name, _, rest = vkey.partition("+")
    typed = base64.b64decode(rest.partition("+")[2], validate=True)
    if not name or len(typed) != 1 + _HASH_BYTES:
        raise ValueError(f"{vkey[:120]!r} is no VKEY: NAME+ID+KEY")
    return name, typed[1:]


def _signed(text: str, signatures: str, name: str, key_id: bytes, key: bytes) -> bool:
    for line in signatures.splitlines():
        dash, _, rest = line.partition(" ")
        who, _, encoded = rest.partition(" ")
        if dash != "\N{EM DASH}" or who != name:
            continue
        try:
            raw = base64.b64decode(encoded, validate=True)
            if raw[:4] == key_id:
                Ed25519PublicKey.from_public_bytes(key).verify(raw[4:], text.encode())
                return True
        except (InvalidSignature, ValueError):
            return False
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
    if isinstance(value, msgpack.ExtType) and value.code == _BIG_INT:
        return int.from_bytes(value.data, "big", signed=True)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value


def _unreadable(error: BaseException) -> str:
    if isinstance(error, json.JSONDecodeError):
        return "no whole line of JSON: cut off, or no export"
    if isinstance(error, KeyError):
        return f"it has no {error}"
    return f"not of the documented shape: {error}"


def main() -> int:
    """Verify the export or the proof that is named on the command line."""
    path, vkey, *more = [*sys.argv[1:], "", ""]
    if not path or any(more) or not _is_vkey(vkey):
        print(_USAGE, file=sys.stderr)  # noqa: T201
        return 2
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123  nothing but the standard way
            proved = _verified(file, vkey)
    except NotVerifiedError as error:
        print(f"NOT VERIFIED: {error}")  # noqa: T201
        return 1
    except (OSError, UnicodeDecodeError) as error:
        print(f"NOT VERIFIED: {path} cannot be read: {error}")  # noqa: T201
        return 1
    print(json.dumps(proved))  # noqa: T201
    return 0


def _verified(file: TextIO, vkey: str) -> dict[str, Any]:
    """Verify a file as what its beginning shows it to be."""
    first = file.readline()
    if first.strip() == "{":  # one object over many lines
        first += file.read()
    if not _is_proof(first):
        return verify(chain([first], file), vkey)
    if not vkey:
        found = "a proof does not name its ledger's key: give VKEY, as `ledger verify` prints it"
        raise NotVerifiedError(0, "signature", found)
    return verify_proof(first, vkey)


def _is_proof(text: str) -> bool:
    try:
        said = json.loads(text)
    except _UNREADABLE:
        return False
    return isinstance(said, dict) and "proof" in said


def _is_vkey(text: str) -> bool:
    try:
        return not text or bool(_key_of(text))
    except ValueError:
        return False


if __name__ == "__main__":
    sys.exit(main())
