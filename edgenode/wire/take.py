"""Takes typed, bounded fields out of a decoded map, one by one; whatever is left is refused.

Every refusal is RefusedError EN308. What these fields mean is judged by whoever takes them.
"""

from collections.abc import Callable
from typing import Any

from edgenode.model.errors import RefusedError
from edgenode.model.ledgers import LedgerId
from edgenode.wire.entry import HASH_BYTES, check_ledger

PROOF_HASHES_MAX = 128  # two paths of a tree of 2^63 leaves
MAPS_MAX = 16
TEXT_BYTES_MAX = 1_024
LEDGER_BYTES_MAX = 256
SEQ_MAX = (1 << 63) - 1


class Take:
    """Takes typed fields out of a map, and refuses what is left over."""

    __slots__ = ("_left", "_what")

    def __init__(self, value: object, what: str) -> None:
        if not isinstance(value, dict):
            raise refused(f"a {type(value).__name__} for a {what}", "a map")
        self._left, self._what = dict(value), what

    def field(self, name: str) -> object:
        """Take a field of any type."""
        try:
            return self._left.pop(name)
        except KeyError:
            raise refused(f"a {self._what} without {name!r}", "all of its fields") from None

    def number(self, name: str, low: int = 0, high: int = SEQ_MAX) -> int:
        """Take an integer from `low` to `high`."""
        value = self.field(name)
        if type(value) is not int or not low <= value <= high:
            raise self._wrong(name, f"an integer from {low} to {high}")
        return value

    def flag(self, name: str) -> bool:
        """Take a bool."""
        value = self.field(name)
        if type(value) is not bool:
            raise self._wrong(name, "a bool")
        return value

    def text(self, name: str, bytes_max: int = TEXT_BYTES_MAX) -> str:
        """Take a text of at most `bytes_max` bytes."""
        value = self.field(name)
        if type(value) is not str or len(value.encode()) > bytes_max:
            raise self._wrong(name, f"a text of at most {bytes_max} bytes")
        return value

    def raw(self, name: str, bytes_max: int) -> bytes:
        """Take at most `bytes_max` bytes."""
        value = self.field(name)
        if type(value) is not bytes or len(value) > bytes_max:
            raise self._wrong(name, f"at most {bytes_max} bytes")
        return value

    def root(self, name: str, *, optional: bool = False) -> bytes:
        """Take a hash; an empty one only where `optional`."""
        value = self.raw(name, HASH_BYTES)
        if len(value) != HASH_BYTES and not (optional and not value):
            raise self._wrong(name, f"{HASH_BYTES} bytes")
        return value

    def path(self, name: str) -> tuple[bytes, ...]:
        """Take a list of hashes."""
        value = self.field(name)
        if (
            not isinstance(value, list)
            or len(value) > PROOF_HASHES_MAX
            or any(type(one) is not bytes or len(one) != HASH_BYTES for one in value)
        ):
            raise self._wrong(name, f"at most {PROOF_HASHES_MAX} hashes of {HASH_BYTES} bytes")
        return tuple(value)

    def ledger(self, name: str) -> LedgerId:
        """Take a ledger's name, in its one spelling."""
        text = self.text(name, LEDGER_BYTES_MAX)
        try:
            ledger = LedgerId.parse(text)
            check_ledger(ledger)
        except (ValueError, RefusedError) as error:
            raise self._wrong(name, "PARTY/INCARNATION or PARTY>NODE/INCARNATION") from error
        if ledger.name != text:  # "01" for 1
            raise self._wrong(name, "the ledger's one name")
        return ledger

    def each(self, name: str, read: Callable[["Take"], Any]) -> tuple[Any, ...]:
        """Take a list of maps, each read by `read`."""
        value = self.field(name)
        if not isinstance(value, list) or len(value) > MAPS_MAX:
            raise self._wrong(name, f"at most {MAPS_MAX} maps")
        return tuple(read(Take(one, name)) for one in value)

    def end(self) -> None:
        """Refuse what nobody took."""
        if self._left:
            raise refused(f"unknown fields {sorted(self._left)[:8]}", "none")

    def _wrong(self, name: str, expected: str) -> RefusedError:
        return refused(f"{name!r} of a {self._what} is something else", expected)


def refused(found: str, expected: str) -> RefusedError:
    """Return the refusal of a message with another shape."""
    return RefusedError(
        found,
        expected=expected,
        do="send what PROTOCOL.md describes for this message",
        code="EN308",
    )
