"""Facts to and from entry bodies: a canonical msgpack map, one key per field.

The shapes come from the dataclasses of model/facts; a body with a missing, unknown or wrongly
typed field is refused. Allowed field types: int, str, bool, bytes, None, a tuple of one type, and
another such dataclass.
"""

import re
import types
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any, Literal, NewType, Union, get_args, get_origin, get_type_hints

from edgenode.model.errors import RefusedError
from edgenode.model.facts import KINDS, Fact
from edgenode.wire.canonical import pack, reader, unpack

Convert = Callable[[Any], Any]
# Where an integer beyond int64 begins (wire/canonical); other bytes may look the same.
_perhaps_big = re.compile(rb"[\xd4-\xd8]\x01|\xc7.\x01", re.DOTALL).search
_INT64_MIN, _INT64_MAX = -(1 << 63), (1 << 63) - 1
# Fields that hold an amount in some currency's smallest unit, beside those that are called so.
MONEY = frozenset({
    *("amount", "limit", "reducing_reserve", "reserve", "cost_max", "approval_cost_max"),
    *("order_notional_max", "open_notional_max", "gross_notional_max", "event_spend_max"),
    *("event_gross_notional_max", "event_loss_max", "day_loss_max", "decide_alone_max"),
})  # fmt: skip


def encode(fact: Fact) -> bytes:
    """Return the canonical body of a fact; RefusedError EN002 if no reader would take it."""
    to_map, from_map = _codec(type(fact))
    body = pack(to_map(fact))
    if _perhaps_big(body):
        from_map(unpack(body))
    return body


def decode(kind: str, body: bytes) -> Fact:
    """Read a body back; RefusedError EN002 if the kind or the shape is not known."""
    cls = KINDS.get(kind)
    if cls is None:
        raise RefusedError(
            f"entry kind {kind[:40]!r} is not known",
            expected="a kind of this release",
            do="read it with the release that wrote it, or a later one",
            code="EN002",
        )
    fact = _READERS[kind](body)
    if fact is None:  # the slow way says what is wrong
        _, from_map = _codec(cls)
        fact = from_map(unpack(body))
        assert isinstance(fact, Fact)
    return fact


_READERS = {kind: reader(cls) for kind, cls in KINDS.items()}
_CODECS: dict[type[Any], tuple[Convert, Convert]] = {}


def _codec(cls: type[Any]) -> tuple[Convert, Convert]:
    """Return (writer, reader) of a class, made once."""
    if cls not in _CODECS:
        _CODECS[cls] = _make_codec(cls)
    return _CODECS[cls]


def _make_codec(cls: type[Any]) -> tuple[Convert, Convert]:
    hints = get_type_hints(cls)
    writers = [(f.name, *_field_codec(hints[f.name])) for f in fields(cls)]
    plain = [name for name, write, _ in writers if write is None]
    deep = [(name, write) for name, write, _ in writers if write is not None]
    readers = {name: read for name, _, read in writers}

    def to_map(fact: object) -> dict[str, Any]:
        body = {name: getattr(fact, name) for name in plain}
        for name, write in deep:
            body[name] = write(getattr(fact, name))
        return body

    def from_map(body: object) -> object:
        if not isinstance(body, dict) or body.keys() != readers.keys():
            found = sorted(body) if isinstance(body, dict) else type(body).__name__
            raise RefusedError(
                f"{cls.__name__} with fields {found}",
                expected=f"{sorted(readers)}",
                do="write exactly these fields; FORMAT.md lists them by kind",
                code="EN002",
            )
        values = {name: read(body[name]) for name, read in readers.items()}
        for name, value in values.items():
            _within(name, value)
        return cls(**values)

    return to_map, from_map


def _field_codec(hint: object) -> tuple[Convert | None, Convert]:
    """Return (writer, reader) of one field; no writer where the value goes out as it is."""
    while isinstance(hint, NewType):
        hint = hint.__supertype__
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return None, _one_of(args)
    if origin is tuple:
        write, read = _field_codec(args[0])
        return _each_out(write), _each_in(read)
    if origin in {Union, types.UnionType}:
        (inner,) = [arg for arg in args if arg is not type(None)]
        write, read = _field_codec(inner)
        return (None if write is None else _optional(write)), _optional(read)
    if is_dataclass(hint):
        assert isinstance(hint, type)
        return _codec(hint)
    return None, _exactly(hint)


def _within(name: str, value: object) -> None:
    """Refuse an integer beyond int64 in a field that holds no money: a time, a count, a price."""
    if type(value) is int and not _INT64_MIN <= value <= _INT64_MAX and not _is_money(name):
        raise RefusedError(
            f"{name} of {value.bit_length()} bits",
            expected="an integer in int64",
            do="write a number from -2^63 to 2^63 - 1",
            code="EN002",
        )


def _is_money(name: str) -> bool:
    return name.endswith(("_minor", "_minor_min")) or name in MONEY


def _exactly(kind: object) -> Convert:
    def read(value: object) -> object:
        if type(value) is not kind:
            raise RefusedError(
                f"a field holds {type(value).__name__}",
                expected=str(kind),
                do="write the type that FORMAT.md gives for this kind",
                code="EN002",
            )
        return value

    return read


def _one_of(allowed: tuple[object, ...]) -> Convert:
    def read(value: object) -> object:
        if value not in allowed:
            raise RefusedError(
                f"a field holds {value!r}",
                expected=str(allowed),
                do="write one of these",
                code="EN002",
            )
        return value

    return read


def _optional(convert: Convert) -> Convert:
    return lambda value: None if value is None else convert(value)


def _each_out(write: Convert | None) -> Convert:
    return list if write is None else lambda values: [write(value) for value in values]


def _each_in(read: Convert) -> Convert:
    def convert(values: object) -> object:
        if not isinstance(values, list):
            raise RefusedError(
                f"a field holds {type(values).__name__}",
                expected="a list",
                do="write the type that FORMAT.md gives for this kind",
                code="EN002",
            )
        return tuple(read(value) for value in values)

    return convert
