"""JSON and TOML that others wrote: a value, or RefusedError EN002. Nothing else is ever raised.

Every module that reads such text reads it here. A parser has many ways to fail: its own errors,
bytes that are not UTF-8, an integer of too many digits, and RecursionError for text that nests
deeply. The last one is easily forgotten, and then a peer can end the process with one message.

Canonical msgpack is read by wire/canonical. Whoever calls bounds the size before.
"""

import json
import tomllib
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import msgspec

from edgenode.model.errors import RefusedError

LEVELS_MAX = 64  # of objects and arrays: no documented shape has ten
SAID_MAX = 200  # characters of what a parser says
BOM = "\ufeff"  # some editors write it first

T = TypeVar("T")
Int64 = Annotated[int, msgspec.Meta(ge=-(1 << 63), le=(1 << 63) - 1)]
"""A number in a foreign text that is no money: entries hold none beyond it (wire/facts)."""

_FAILURES = (msgspec.MsgspecError, ValueError, RecursionError, OverflowError)


def json_value(text: bytes | str) -> Any:  # noqa: ANN401  any JSON
    """Return the value of a JSON text; RefusedError EN002 if it is none or nests too deeply."""
    try:
        value = json.loads(text)
    except _FAILURES as error:
        raise _refused("JSON", error) from error
    _check_levels("JSON", value)
    return value


def json_as(data: bytes | str, kind: type[T]) -> T:
    """Return JSON of one shape; RefusedError EN002 if it is not of it or nests too deeply."""
    value: T = json_reader(kind)(data)
    return value


def json_reader(kind: object) -> Callable[[bytes | str], Any]:
    """Return a reader of JSON of one shape, as `json_as` reads it; faster where much is read."""
    decode: Callable[[bytes | str], Any] = msgspec.json.Decoder(kind).decode

    def read(data: bytes | str) -> object:
        try:
            value = decode(data)
        except _FAILURES as error:
            raise _refused("JSON", error) from error
        _check_levels("JSON", value)
        return value

    return read


def toml_table(data: bytes) -> dict[str, Any]:
    """Return a TOML document; RefusedError EN002 if it is none or nests too deeply."""
    try:
        table = tomllib.loads(data.decode().removeprefix(BOM).replace("\r\n", "\n"))
    except _FAILURES as error:
        raise _refused("TOML", error) from error
    _check_levels("TOML", table)
    return table


def _check_levels(language: str, value: object) -> None:
    """Refuse a value of many levels: what reads it further may itself recurse."""
    level = [value]
    for _ in range(LEVELS_MAX):
        level = [item for one in level for item in _items(one)]
        if not level:
            return
    raise _refused(language, ValueError(f"more than {LEVELS_MAX} levels"))


def _items(value: object) -> list[object]:
    """Return the containers in a container."""
    if isinstance(value, dict):
        return [item for item in value.values() if isinstance(item, dict | list)]
    if isinstance(value, list):
        return [item for item in value if isinstance(item, dict | list)]
    return []


def _refused(language: str, error: Exception) -> RefusedError:
    said = "it nests too deeply" if isinstance(error, RecursionError) else str(error)
    return RefusedError(
        said[:SAID_MAX].encode("utf-8", "replace").decode(),
        expected=f"{language} of the documented shape, at most {LEVELS_MAX} levels deep",
        do="correct the text, or ask who wrote it",
        code="EN002",
    )
