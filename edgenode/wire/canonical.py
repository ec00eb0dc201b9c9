"""Canonical msgpack: one value, one encoding.

    value            encoding
    ---------------  ----------------------------------------------------------
    None, bool       nil, true, false
    int in int64     the shortest form
    other int        extension type 1: two's complement, big-endian, as short as it can be,
                     32 bytes at most (an amount of a currency with 18 decimals needs it)
    str              UTF-8, the shortest str form; no lone surrogates
    bytes            bin, the shortest form
    list, tuple      array; read back as a list
    dict, str keys   map, keys in order of their UTF-8 bytes, none twice

No floats (so no NaN), no other extension types, no timestamps. A reader encodes again and
compares, so another form is refused: equal values have equal bytes and equal hashes.
The rules in prose: FORMAT.md.

msgspec's encoder writes every value in its shortest form and every map in order, and its decoder
allocates for no item before it came, so a length that lies costs nothing. What both let pass and
the table does not is refused here.
"""

import re
from collections.abc import Callable, Iterable
from typing import Annotated, TypeVar

import msgspec

from edgenode.model.errors import RefusedError

T = TypeVar("T")
BYTES_MAX = 65_535
DEPTH_MAX = 16  # levels of containers
_INT64_MIN, _INT64_MAX = -(1 << 63), (1 << 63) - 1
Natural = Annotated[int, msgspec.Meta(ge=0, le=_INT64_MAX)]
_LEAVES = frozenset({str, int, bytes, bool, type(None)})
_ARRAYS, _CONTAINERS = (list, tuple), (dict, list, tuple)
_ENUMS = (int, str, bytes)
_UNREADABLE = (msgspec.MsgspecError, ValueError, TypeError, OverflowError, RecursionError)
_encode = msgspec.msgpack.Encoder(order="sorted").encode
_BIG_INT, _BIG_BYTES_MAX = 1, 32
# Every integer beyond int64 that msgpack can write begins so; other bytes may look the same.
_perhaps_beyond = re.compile(rb"\xcf[\x80-\xff]").search


def pack(value: object) -> bytes:
    """Encode; RefusedError EN003 if the value has no canonical form."""
    _check(value, 0)
    try:
        return _canonical(value)
    except (UnicodeEncodeError, OverflowError, TypeError) as error:
        raise _no_form(f"{type(error).__name__}: {error}") from error


def pack_unchecked(value: object) -> bytes:
    """Encode what is known to consist of the table's values; nothing of it is judged.

    TypeError, ValueError, OverflowError where it has no encoding at all.
    """
    data: bytes = _encode(value)
    return data


def unpack(data: bytes, *, bytes_max: int = BYTES_MAX) -> object:
    """Decode; RefusedError EN004 if it is too large, EN003 if it is not canonical."""
    if len(data) > bytes_max:
        raise RefusedError(
            f"{len(data)} bytes",
            expected=f"at most {bytes_max}",
            do="send it in smaller pieces",
            code="EN004",
        )
    try:
        value: object = _decode(data)
        _check(value, 0)
        again = _canonical(value)
    except _UNREADABLE as error:
        raise RefusedError(
            f"bytes that do not decode: {type(error).__name__}: {error}",
            expected="canonical msgpack",
            do="send it again; if it comes back, the bytes were damaged on the way or at rest",
            code="EN003",
        ) from error
    if again != data:  # a longer form than needed, keys out of order, a key that came twice
        raise RefusedError(
            "non-canonical msgpack",
            expected="the one canonical form: shortest lengths, sorted keys, each key once",
            do="encode it as FORMAT.md describes",
            code="EN003",
        )
    return value


def reader(
    cls: type[T], *, bytes_max: int = BYTES_MAX, bounded: bool = False
) -> Callable[[bytes], T | None]:
    """Make what reads a value straight into a class, whose fields are all of the table's types.

    `bounded`: each integer in it is a `Natural`, so that none need be looked for beyond int64.

    What it reads back encodes to the very bytes it was given, so they are canonical. None: they
    are not of this class, or perhaps not canonical; `unpack` says what they are.
    """
    decode = msgspec.msgpack.Decoder(cls).decode

    def read(data: bytes) -> T | None:
        if len(data) > bytes_max:
            return None
        try:
            value = decode(data)
            if _encode(value) != data:
                return None
            if not bounded and _perhaps_beyond(data) and _canonical(_decode(data)) != data:
                return None
        except (RefusedError, *_UNREADABLE):
            return None
        return value

    return read


def _check(value: object, depth: int) -> None:
    """Refuse what the encoder takes and the table does not name; big integers apart."""
    items: Iterable[object]
    if isinstance(value, dict):
        items = value.values()
    elif isinstance(value, _ARRAYS):
        items = value
    elif type(value) in _LEAVES or isinstance(value, _ENUMS):
        return
    else:
        raise _no_form(f"a {type(value).__name__}")
    if depth >= DEPTH_MAX:
        raise _no_form(f"more than {DEPTH_MAX} levels")
    if set(map(type, items)) <= _LEAVES:
        return
    for item in items:
        if type(item) not in _LEAVES:
            _check(item, depth + 1)


def _canonical(value: object) -> bytes:
    """Encode a value; only one that holds an integer beyond int64 is looked through."""
    try:
        data = _encode(value)
    except OverflowError:  # beyond what msgpack itself can write
        return _encode(_extended(value))
    return _encode(_extended(value)) if _perhaps_beyond(data) else data


def _extended(value: object) -> object:
    """Return the value with each integer beyond int64 as an extension."""
    if isinstance(value, dict):
        return {key: _extended(item) for key, item in value.items()}
    if isinstance(value, _ARRAYS):
        return [_extended(item) for item in value]
    if isinstance(value, int) and not _INT64_MIN <= value <= _INT64_MAX:
        size = (value if value >= 0 else ~value).bit_length() // 8 + 1
        if size > _BIG_BYTES_MAX:
            raise _no_form(f"an integer of {size} bytes")
        return msgspec.msgpack.Ext(_BIG_INT, value.to_bytes(size, "big", signed=True))
    return value


def _big_int(code: int, data: memoryview) -> int:
    """Read an extension; any but a big integer has no canonical form."""
    if code != _BIG_INT or len(data) > _BIG_BYTES_MAX:
        raise ValueError(f"extension type {code} of {len(data)} bytes")
    return int.from_bytes(data, "big", signed=True)


_decode = msgspec.msgpack.Decoder(ext_hook=_big_int).decode


def _no_form(found: str) -> RefusedError:
    return RefusedError(
        found,
        expected=f"None, bool, int, str, bytes, list, map; {DEPTH_MAX} levels at most",
        do="send only these, as FORMAT.md describes",
        code="EN003",
    )
