"""A state as bytes, and back: so that a start need not fold the whole ledger.

The shape comes from the dataclasses themselves, fields that are looked up and never digested
included. Nothing here is trusted for being here: a snapshot is signed with the ledger's key over
its size, root and bytes, and its digest is recomputed when it is read (adapters/ledger/start).
"""

import types
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Literal, NamedTuple, NewType, Union, get_args, get_origin, get_type_hints

from edgenode.core.market.book import OrderBook
from edgenode.core.state.digest import digest
from edgenode.core.state.execution import Execution
from edgenode.core.state.node_state import PARTS, NodeState
from edgenode.model.errors import RefusedError
from edgenode.model.ledgers import LedgerId
from edgenode.wire.canonical import pack, unpack

VERSION = 34
BYTES_MAX = 64 * 1024 * 1024
DOMAIN = b"edgenode/snapshot/1\n"

Convert = Callable[[Any], Any]
_CODECS: dict[Any, tuple[Convert, Convert]] = {}


def dump(state: NodeState) -> bytes:
    """Write a state; O(open orders and accounts)."""
    return pack([VERSION, state.size, [_codec(type(part))[0](part) for part in _parts(state)]])


class Snapshot(NamedTuple):
    """A state as bytes, with its digest."""

    digest: bytes
    parts: bytes


def taken(state: NodeState) -> Snapshot:
    """Take a snapshot of a state as it is now."""
    return Snapshot(digest(state).digest, dump(state))


def load(ledger: LedgerId, data: bytes) -> NodeState:
    """Read a state back; RefusedError EN402 if it is not of this release's shape."""
    try:
        version, size, rows = unpack(data, bytes_max=BYTES_MAX)  # type: ignore[misc]
        if version != VERSION or len(rows) != len(PARTS):  # type: ignore[has-type]
            raise _strange(f"snapshot version {version}")  # type: ignore[has-type]
        state = NodeState.empty(ledger)
        state.size = state.ruled_seq = size  # type: ignore[has-type]
        for name, row in zip(PARTS, rows, strict=True):  # type: ignore[has-type]
            part = _codec(type(getattr(state, name)))[1](row)
            setattr(state, name, part)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError) as error:
        raise _strange(f"{type(error).__name__}: {error}") from error
    _join(state)
    return state


def signed(size: int, root: bytes, blob_hash: bytes) -> bytes:
    """Return what the ledger's key signs of a snapshot."""
    return DOMAIN + size.to_bytes(8, "big") + root + blob_hash


def _parts(state: NodeState) -> list[Any]:
    return [getattr(state, name) for name in PARTS]


def _join(state: NodeState) -> None:
    """Let ids of one execution name one object again."""
    known: dict[frozenset[Any], Execution] = {}
    held = state.fills.executions()
    for key, execution in list(held.items()):
        held[key] = known.setdefault(frozenset(execution.ids), execution)


def _codec(hint: Any) -> tuple[Convert, Convert]:
    if hint not in _CODECS:
        _CODECS[hint] = _make(hint)
    return _CODECS[hint]


def _make(hint: Any) -> tuple[Convert, Convert]:  # noqa: PLR0911  one shape, one return
    while isinstance(hint, NewType):
        hint = hint.__supertype__
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal or hint in {int, str, bytes, bool}:
        return _same, _same
    if hint is OrderBook:
        return _book_out, _book_in
    if origin in {Union, types.UnionType}:
        return _optional(*(_codec(arg) for arg in args if arg is not type(None)))
    if origin in {list, set} or (origin is tuple and args[1:] == (...,)):
        return _many(origin, *_codec(args[0]))
    if origin is tuple:
        return _row(tuple, [_codec(arg) for arg in args])
    if origin is dict:
        return _map(_codec(args[0]), _codec(args[1]))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return (lambda value: value.value), hint
    return _record(hint)


def _record(hint: Any) -> tuple[Convert, Convert]:
    """A dataclass or a NamedTuple: its fields in order."""
    hints = get_type_hints(hint)
    if is_dataclass(hint):
        names = [f.name for f in fields(hint)]
        codecs = [_codec(hints[name]) for name in names]

        def write(value: Any) -> list[Any]:
            return [w(getattr(value, n)) for n, (w, _) in zip(names, codecs, strict=True)]

        def read(row: list[Any]) -> Any:
            values = [r(v) for v, (_, r) in zip(row, codecs, strict=True)]
            made: Any = hint
            return made(**dict(zip(names, values, strict=True)))

        return write, read
    assert issubclass(hint, tuple), f"{hint} has no place in a snapshot"
    codecs = [_codec(hints[name]) for name in hint._fields]
    return _row(lambda values: hint(*values), codecs)


def _row(make: Convert, codecs: list[tuple[Convert, Convert]]) -> tuple[Convert, Convert]:
    return (
        lambda value: [w(v) for v, (w, _) in zip(value, codecs, strict=True)],
        lambda row: make(tuple(r(v) for v, (_, r) in zip(row, codecs, strict=True))),
    )


def _many(origin: Any, write: Convert, read: Convert) -> tuple[Convert, Convert]:
    ordered = sorted if origin is set else list
    return (
        lambda values: [write(value) for value in ordered(values)],
        lambda row: origin(read(value) for value in row),
    )


def _map(key: tuple[Convert, Convert], value: tuple[Convert, Convert]) -> tuple[Convert, Convert]:
    return (
        lambda held: [[key[0](k), value[0](v)] for k, v in held.items()],
        lambda row: {key[1](k): value[1](v) for k, v in row},
    )


def _optional(*inner: tuple[Convert, Convert]) -> tuple[Convert, Convert]:
    ((write, read),) = inner
    return (
        lambda value: None if value is None else write(value),
        lambda row: None if row is None else read(row),
    )


def _book_out(book: OrderBook) -> list[Any]:
    return [list(resting) for resting in book.orders()]


def _book_in(rows: list[Any]) -> OrderBook:
    book = OrderBook()
    for order_id, account, side, price_ticks, lots in rows:  # in priority order
        book.add(order_id, account, side, price_ticks, lots)
    return book


def _same(value: Any) -> Any:
    return value


def _strange(found: str) -> RefusedError:
    return RefusedError(
        f"a snapshot that cannot be read: {found}",
        expected="a snapshot of this release",
        do="nothing: the ledger is folded from its beginning instead",
        code="EN402",
    )
