"""Canonical msgpack: one value, one encoding.

    value            encoding
    ---------------  ----------------------------------------------------------
    None, bool       nil, true, false
    int in int64     the shortest form
    str              UTF-8, the shortest str form; no lone surrogates
    bytes            bin, the shortest form
    list, tuple      array; read back as a list
    dict, str keys   map, keys in order of their UTF-8 bytes, none twice

No floats (so no NaN), no extension types, no timestamps. A reader encodes again and compares, so
a second spelling of a value is refused: equal values have equal bytes and equal hashes everywhere.
The rules in prose: FORMAT.md.
"""

from collections.abc import Iterable

import msgpack

from edgenode.model.errors import RefusedError

BYTES_MAX = 65_535
DEPTH_MAX = 16  # levels of containers
_INT64_MIN, _INT64_MAX = -(1 << 63), (1 << 63) - 1
_SMALL = 1_024  # bytes within which a lying length cannot cost much memory
_LEAVES = frozenset({str, bytes, bool, type(None)})
_TEXT = {str}

# Making a Packer costs more than a small value's packing. A free one is owned by whoever popped
# it, so two threads never share one (list.pop and list.append are atomic).
_free_packers: list[msgpack.Packer] = []


def pack(value: object) -> bytes:
    """Encode; RefusedError EN003 where the value has no canonical form."""
    return _encode(_ordered(value, 0))


def unpack(data: bytes, *, bytes_max: int = BYTES_MAX) -> object:
    """Decode; RefusedError EN004 where it is too large, EN003 where it is not canonical."""
    if len(data) > bytes_max:
        raise RefusedError(f"{len(data)} bytes", expected=f"at most {bytes_max}", code="EN004")
    try:
        value = _decode(data)
        _check(value, 0)
        again = _encode(value)
    except RefusedError:
        raise
    except (
        ValueError,
        TypeError,
        OverflowError,
        RecursionError,
        msgpack.UnpackException,
    ) as error:
        raise RefusedError(
            f"bytes that do not decode: {type(error).__name__}: {error}",
            expected="canonical msgpack",
            code="EN003",
        ) from error
    if again != data:  # a longer form than needed, or a key that came twice
        raise RefusedError("a second spelling", expected="canonical msgpack", code="EN003")
    return value


def _decode(data: bytes) -> object:
    size = len(data)
    if size > _SMALL:
        # Nested arrays that claim more items than there are bytes would each be allocated in
        # full (8 bytes an item, 1,024 levels); walking over them first allocates nothing.
        walker = msgpack.Unpacker(max_buffer_size=size)
        walker.feed(data)
        walker.skip()
    value: object = msgpack.unpackb(
        data,
        raw=False,
        use_list=True,
        strict_map_key=True,
        max_str_len=size,
        max_bin_len=size,
        max_array_len=size,
        max_map_len=size // 2,
        max_ext_len=0,
    )
    return value


def _encode(value: object) -> bytes:
    try:
        packer = _free_packers.pop()
    except IndexError:
        packer = msgpack.Packer(use_bin_type=True)
    try:
        data: bytes = packer.pack(value)
    except (UnicodeEncodeError, OverflowError) as error:  # drop the packer: it holds half a value
        raise _no_form("a text with a lone surrogate, or an integer beyond 64 bits") from error
    _free_packers.append(packer)
    return data


def _check(value: object, depth: int) -> None:
    """Refuse what was decoded but has no place in the canonical form."""
    kind = type(value)
    items: Iterable[object]
    if kind is dict:
        _check_keys(value)  # type: ignore[arg-type]
        items = value.values()  # type: ignore[attr-defined]
    elif kind is list:
        items = value  # type: ignore[assignment]
    else:
        _check_leaf(value, kind)
        return
    if depth >= DEPTH_MAX:
        raise _no_form(f"more than {DEPTH_MAX} levels")
    for item in items:
        inner = type(item)
        if inner is str:  # most are: spare them the call
            continue
        if inner is dict or inner is list:
            _check(item, depth + 1)
        else:
            _check_leaf(item, inner)


def _check_leaf(value: object, kind: type) -> None:
    if kind is int:
        if value > _INT64_MAX:  # type: ignore[operator]  # below int64 nothing decodes
            raise _no_form("an integer beyond int64")
    elif kind not in _LEAVES:
        raise _no_form(f"a {kind.__name__}")


def _check_keys(found: dict[object, object]) -> None:
    keys = list(found)
    if found and set(map(type, keys)) != _TEXT:
        raise _no_form("a key that is no text")
    # The order of code points is the order of UTF-8 bytes.
    if keys != sorted(keys):  # type: ignore[type-var]
        raise _no_form("a map whose keys are not in order")


def _ordered(value: object, depth: int) -> object:
    """Give the value with its maps in order; refuse what has no canonical form."""
    kind = type(value)
    if kind in _LEAVES:
        return value
    if kind is int:
        return _in_range(value)  # type: ignore[arg-type]
    if isinstance(value, dict | list | tuple):
        if depth >= DEPTH_MAX:
            raise _no_form(f"more than {DEPTH_MAX} levels")
        if isinstance(value, dict):
            return _ordered_map(value, depth + 1)
        return [_ordered(item, depth + 1) for item in value]
    if isinstance(value, int):  # an IntEnum
        return _in_range(int(value))
    if isinstance(value, str | bytes):  # a StrEnum
        return value
    raise _no_form(f"a {kind.__name__}")


def _ordered_map(value: dict[object, object], depth: int) -> dict[object, object]:
    if value and set(map(type, value)) != _TEXT:
        raise _no_form("a key that is no text")
    ordered = {}
    for key in sorted(value):  # type: ignore[type-var]
        item = value[key]
        ordered[key] = item if type(item) is str else _ordered(item, depth)
    return ordered


def _in_range(value: int) -> int:
    if not _INT64_MIN <= value <= _INT64_MAX:
        raise _no_form("an integer beyond int64")
    return value


def _no_form(found: str) -> RefusedError:
    return RefusedError(
        found,
        expected=f"None, bool, int64, str, bytes, list, map; {DEPTH_MAX} levels at most",
        code="EN003",
    )
