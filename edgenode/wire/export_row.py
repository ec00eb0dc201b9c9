"""An entry as a line of an export: readable, and with its exact bytes to be proved by."""

import base64
from typing import Any

from edgenode.model.ledgers import LedgerId, Sealed
from edgenode.wire import entry as wire_entry
from edgenode.wire.canonical import unpack

Json = dict[str, Any]


def row(ledger: LedgerId, sealed: Sealed) -> Json:
    """Return one entry as it is exported; `bytes` are the leaf data in base64."""
    entry = sealed.entry
    return {
        "ledger": ledger.name,
        "seq": entry.seq,
        "hlc": str(entry.hlc),
        "kind": entry.kind,
        "actor": entry.actor,
        "automatic": entry.automatic,
        "idem": entry.idem.hex(),
        "body": plain(unpack(entry.body)),
        "prev": sealed.prev.hex(),
        "leaf": sealed.leaf.hex(),
        "bytes": base64.b64encode(wire_entry.data_of(ledger, sealed)).decode(),
    }


def plain(value: object) -> object:
    """Return a value as JSON holds it: bytes as lower-case hex."""
    match value:
        case bytes():
            return value.hex()
        case dict():
            return {key: plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [plain(inner) for inner in value]
        case _:
            return value
