r"""C2SP signed notes: a text and the signatures under it (c2sp.org/signed-note).

    text, UTF-8, ending in a newline
    (empty line)
    — NAME base64(key id || signature)       one or more, each ending in a newline

A key is named by (name, key id), key id = SHA256(name || 0x0A || type || public key)[:4], and told
to others as a vkey `NAME+hex(key id)+base64(type || public key)`. The type byte is in the vkey and
in the key id, so a further algorithm needs no new format:

    type  algorithm        signature                      over
    0x01  Ed25519          64 bytes                       the text
    0x04  cosignature/v1   8-byte Unix time || 64 bytes   "cosignature/v1\ntime T\n" || the text

Signatures by keys that are not asked for are ignored; one by a known key that does not hold
refuses the note.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edgenode.model.errors import RefusedError
from edgenode.wire import ed25519

ED25519 = 0x01
COSIGNATURE_V1 = 0x04
NOTE_BYTES_MAX = 16_384
SIGNATURES_MAX = 32

_KEY_ID_BYTES = 4
_FINGERPRINT_DIGITS = 32
_TIME_BYTES = 8
_SIGNED_AT_END = 1 << 63
_DASH = "\N{EM DASH} "
# Control characters but for the newline, and lone surrogates, which UTF-8 does not have.
_no_text = re.compile("[\x00-\x09\x0b-\x1f\ud800-\udfff]").search


@dataclass(frozen=True, slots=True)
class Vkey:
    """A public key with its name and algorithm, as others are told of it."""

    name: str
    type: int
    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.type not in {ED25519, COSIGNATURE_V1}:
            raise _bad_key(f"a key of type {self.type:#04x}")
        ed25519.check_key(self.public)

    @property
    def key_id(self) -> bytes:
        """Return the four bytes that name this key in a note."""
        named = self.name.encode() + b"\n" + bytes([self.type]) + self.public
        return hashlib.sha256(named).digest()[:_KEY_ID_BYTES]

    @property
    def short(self) -> str:
        """Return `NAME+hex(key id)`, enough to tell keys apart."""
        return f"{self.name}+{self.key_id.hex()}"

    @property
    def fingerprint(self) -> str:
        """Return what people compare: the first 128 bits of SHA-256 over `text`, in hex groups.

        The key id is too short for it: another key with the same four bytes is found in hours.
        """
        digest = hashlib.sha256(self.text.encode()).hexdigest()
        return "-".join(digest[at : at + 4] for at in range(0, _FINGERPRINT_DIGITS, 4))

    def is_meant_by(self, words: str) -> bool:
        """Return whether a person named this key: by its fingerprint, however spaced, or whole."""
        typed = re.sub(r"[\s:-]", "", words).lower()
        return words.strip() == self.text or typed == self.fingerprint.replace("-", "")

    @property
    def text(self) -> str:
        """Return the whole vkey."""
        return f"{self.short}+{_base64(bytes([self.type]) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a vkey; EN405 if it is malformed, of an unknown type, or not to be trusted."""
        name, _, rest = text.partition("+")
        key_id, _, encoded = rest.partition("+")
        raw = _unbase64(encoded)
        if raw is None or len(raw) < 1:
            raise _bad_key(f"{text[:120]!r}")
        key = cls(name, raw[0], raw[1:])
        if key.key_id.hex() != key_id:
            raise _bad_key(f"a key id {key_id[:40]!r} in a vkey whose key has {key.key_id.hex()}")
        return key


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with its name; one role (ledger or cosigner), one key."""

    name: str
    key: Ed25519PrivateKey = field(repr=False)
    type: int = ED25519
    vkey: Vkey = field(init=False)  # what others verify with

    def __post_init__(self) -> None:
        public = self.key.public_key().public_bytes_raw()
        object.__setattr__(self, "vkey", Vkey(self.name, self.type, public))

    @property
    def public(self) -> bytes:
        """Return the raw public key."""
        return self.vkey.public

    def line(self, text: str, *, at_s: int | None = None) -> str:
        """Return the signature line under `text`; a cosignature names its time, Unix seconds."""
        if self.type == COSIGNATURE_V1:
            if at_s is None or not 0 <= at_s < _SIGNED_AT_END:
                raise ValueError(f"a cosignature at {at_s}")
            signed = at_s.to_bytes(_TIME_BYTES, "big") + self.key.sign(_cosigned(text, at_s))
        else:
            signed = self.key.sign(text.encode())
        return f"{_DASH}{self.name} {_base64(self.vkey.key_id + signed)}\n"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: which key it claims, and what was signed."""

    name: str
    key_id: bytes
    signed: bytes

    @property
    def line(self) -> str:
        """Return the line as it stands in a note."""
        return f"{_DASH}{self.name} {_base64(self.key_id + self.signed)}\n"


@dataclass(frozen=True, slots=True)
class Verified:
    """A signature that holds; `at_s` is a cosignature's time in Unix seconds, None otherwise."""

    vkey: Vkey
    at_s: int | None


@dataclass(frozen=True, slots=True)
class Note:
    """A note taken apart. Nothing is verified yet."""

    text: str
    signatures: tuple[Signature, ...]

    def verify(self, vkeys: Iterable[Vkey]) -> tuple[Verified, ...]:
        """Return the signatures by these keys; EN402 if one of them does not hold.

        An empty answer means that none of these keys signed: the caller decides how many it needs.
        """
        known = {(key.name, key.key_id): key for key in vkeys}
        found: dict[Vkey, Verified] = {}
        for signature in self.signatures:
            key = known.get((signature.name, signature.key_id))
            if key is not None and key not in found:
                found[key] = _verify(key, signature.signed, self.text)
        return tuple(found.values())


def sign(text: str, *lines: Callable[[str], str]) -> str:
    """Return the note of `text` with a signature line from each of `lines`."""
    _check_text(text)
    return text + "\n" + "".join(line(text) for line in lines)


def parse(note: str) -> Note:
    """Take a note apart; EN004 if it is too large, EN002 if it is no note."""
    if len(note) > NOTE_BYTES_MAX or len(note.encode(errors="replace")) > NOTE_BYTES_MAX:
        raise RefusedError(
            "a note that is too long",
            expected=f"at most {NOTE_BYTES_MAX} bytes",
            do="take the note again from who signed it",
            code="EN004",
        )
    text, gap, below = note.rpartition("\n\n")
    text += "\n"
    _check_text(text)
    lines = below.split("\n")
    if not gap or lines.pop() or not 0 < len(lines) <= SIGNATURES_MAX:
        raise _malformed("no signature lines that end in a newline under an empty line")
    return Note(text, tuple(_signature(line) for line in lines))


def check_name(name: str) -> None:
    """Refuse (EN405) a key name that a note cannot carry: empty, with blanks or plus signs."""
    if not name or "+" in name or not name.isprintable() or any(c.isspace() for c in name):
        raise _bad_key(f"a key name {name[:80]!r}")


def _verify(key: Vkey, signed: bytes, text: str) -> Verified:
    at_s = None
    message = text.encode()
    if key.type == COSIGNATURE_V1:
        at_s = int.from_bytes(signed[:_TIME_BYTES], "big")
        message, signed = _cosigned(text, at_s), signed[_TIME_BYTES:]
    if not ed25519.verify(key.public, signed, message):
        raise RefusedError(
            f"a signature in the name of {key.short} that does not hold",
            expected="a signature over this text",
            do="ask for the note again; if it comes again, keep it as evidence",
            code="EN402",
        )
    return Verified(key, at_s)


def _cosigned(text: str, at_s: int) -> bytes:
    return f"cosignature/v1\ntime {at_s}\n{text}".encode()


def _signature(line: str) -> Signature:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    raw = _unbase64(encoded)
    if not line.startswith(_DASH) or raw is None or len(raw) <= _KEY_ID_BYTES:
        raise _malformed(f"a signature line {line[:80]!r}")
    check_name(name)
    return Signature(name, raw[:_KEY_ID_BYTES], raw[_KEY_ID_BYTES:])


def _check_text(text: str) -> None:
    if not text.endswith("\n") or _no_text(text):
        raise _malformed("a text that is not UTF-8 lines")


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _unbase64(text: str) -> bytes | None:
    """Read canonical base64: one spelling only."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if _base64(raw) == text else None


def _bad_key(found: str) -> RefusedError:
    return RefusedError(
        found,
        expected="a vkey NAME+KEYID+BASE64, Ed25519",
        do="copy the key again, whole, from who owns it",
        code="EN405",
    )


def _malformed(found: str) -> RefusedError:
    return RefusedError(
        found,
        expected="a C2SP signed note",
        do="take the note again, whole, from who signed it",
        code="EN002",
    )
