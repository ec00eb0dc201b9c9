"""Which Ed25519 keys we admit, once, where a key is registered.

`cryptography` (OpenSSL) verifies without the cofactor and accepts some keys and signatures on
which other libraries differ. The keys that make them differ are refused before they are trusted:

    refused at registration   a key of low order (8 points: anyone can sign for it), an encoding
                              that is not canonical (y >= p, or "-0")
    refused by OpenSSL        S >= L; an R that is not canonical; what holds only with the cofactor
    accepted                  R of low order; a key with a low-order part beside its own: only its
                              owner can make such a signature, and every verifier that multiplies
                              by the cofactor accepts what we accept

The C2SP CCTV vectors pin this policy: tests/wire/test_ed25519.py.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from edgenode.model.errors import RefusedError

KEY_BYTES = 32
SIGNATURE_BYTES = 64

_P = 2**255 - 19
# y of the eight points whose order divides 8: 1 (order 1), -1 (order 2), 0 (order 4), and the two
# of order 8 (the list that libsodium refuses). The sign bit of x does not matter.
_ORDER_8 = int.from_bytes(
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"
)
_LOW_ORDER_Y = frozenset({0, 1, _P - 1, _ORDER_8, _P - _ORDER_8})


def check_key(public: bytes) -> None:
    """Refuse (EN405) a public key that is not to be registered."""
    if len(public) != KEY_BYTES:
        raise _unfit(f"a public key of {len(public)} bytes")
    y = int.from_bytes(public, "little") & ((1 << 255) - 1)
    if y >= _P:
        raise _unfit("a public key that is not in canonical form")
    if y in _LOW_ORDER_Y:  # the two spellings of "-0" have y = 1 and y = -1: refused here as well
        raise _unfit("a public key of low order")


def verify(public: bytes, signature: bytes, message: bytes) -> bool:
    """Return whether the signature holds. `public` passed `check_key` when registered."""
    if len(signature) != SIGNATURE_BYTES:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _unfit(found: str) -> RefusedError:
    return RefusedError(
        found,
        expected="a canonical Ed25519 public key that is not of low order",
        do="make a new key with a well-kept library and register that",
        code="EN405",
    )
