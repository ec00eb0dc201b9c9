"""Canonical msgpack: one value, one encoding.

Maps have string keys sorted by their UTF-8 bytes; integers fit int64; bytes are bin; forms are the
shortest. No floats, extension types or timestamps. A reader re-encodes and compares, so a second
spelling of the same value is refused.
"""

import msgpack

from edgenode.model.errors import RefusedError

BYTES_MAX = 65_535
DEPTH_MAX = 16
_INT64 = 1 << 63


def pack(value: object) -> bytes:
    """Encode a value of None, bool, int, str, bytes, list, tuple and str-keyed dict."""
    data: bytes = msgpack.packb(_ordered(value, 0), use_bin_type=True)
    return data


def unpack(data: bytes, *, bytes_max: int = BYTES_MAX) -> object:
    """Decode; RefusedError EN004 where it is too large, EN003 where it is not canonical."""
    if len(data) > bytes_max:
        raise RefusedError(f"{len(data)} bytes", expected=f"at most {bytes_max}", code="EN004")
    try:
        value: object = msgpack.unpackb(
            data, raw=False, strict_map_key=True, object_pairs_hook=_map
        )
        again = pack(value)
    except RefusedError:
        raise
    except (ValueError, TypeError, RecursionError, msgpack.UnpackException) as error:
        raise RefusedError(
            f"bytes that do not decode: {error}", expected="canonical msgpack", code="EN003"
        ) from error
    if again != data:
        raise RefusedError("a second spelling", expected="canonical msgpack", code="EN003")
    return value


def _map(pairs: list[tuple[object, object]]) -> dict[object, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise RefusedError("a map with a repeated key", expected="unique keys", code="EN003")
    return found


def _ordered(value: object, depth: int) -> object:
    if depth > DEPTH_MAX:
        raise RefusedError("nesting", expected=f"at most {DEPTH_MAX} levels", code="EN003")
    match value:
        case None | bool() | str() | bytes():
            return value
        case int() if -_INT64 <= value < _INT64:
            return value
        case list() | tuple():
            return [_ordered(item, depth + 1) for item in value]
        case dict() if all(isinstance(key, str) for key in value):
            return {key: _ordered(value[key], depth + 1) for key in sorted(value, key=str.encode)}
        case _:
            raise RefusedError(
                f"a {type(value).__name__}",
                expected="None, bool, int64, str, bytes, list, map",
                code="EN003",
            )
