"""The central book to read, each answer with the heads it is as of, and their digest.

The digest is that of the one node that was asked for, else of the whole book.
"""

from edgenode.central.desk import asked
from edgenode.central.desk.asked import Json
from edgenode.central.folder import OpenedCentre
from edgenode.core.state.digest import digest as state_digest
from edgenode.core.state.node_state import STATE_VERSION
from edgenode.model.ids import InstrumentId
from edgenode.wire import checkpoint, export_row

LOG_MAX = 500  # entries a page
Marks = dict[InstrumentId, int]


async def positions(opened: OpenedCentre, args: Json) -> Json:
    """Return positions."""
    rows = opened.centre.book.positions(asked.one(opened, args))
    return {**await _as_of(opened, args), "positions": rows}


async def pnl(opened: OpenedCentre, marks: Marks, args: Json) -> Json:
    """Return P&L at these marks."""
    rows = opened.centre.book.pnl(marks, asked.one(opened, args))
    return {**await _as_of(opened, args), "pnl": rows}


async def exposure(opened: OpenedCentre, args: Json) -> Json:
    """Return exposure."""
    rows = opened.centre.book.exposure(asked.one(opened, args))
    return {**await _as_of(opened, args), "exposure": rows}


async def digest(opened: OpenedCentre, args: Json) -> Json:
    """Return the digest of a node's books, or of the whole book."""
    node = asked.one(opened, args)
    if node is None:
        return {"nodes": len(opened.centre.book.states), "digest": _book_digest(opened)}
    state = opened.centre.book.states[node]
    made = state_digest(state)
    held = await opened.mirrors.held(state.ledger)
    return {
        "ledger": state.ledger.name,
        "size": made.size,
        "root": held.root.hex(),
        "state_version": STATE_VERSION,
        "digest": made.digest.hex(),
        "parts": {name: value.hex() for name, value in sorted(made.parts.items())},
    }


async def log(opened: OpenedCentre, args: Json) -> Json:
    """Return entries of a node's ledger as they are held, behind `after`, and the newest head.

    A reader of several pages stops at the size of the first: its checkpoint proves them all.
    """
    node = asked.one(opened, {"node_id": args["node_id"]})
    assert node is not None, "it is named"
    ledger = opened.centre.book.states[node].ledger
    head = (await opened.mirrors.held(ledger)).head
    run = await opened.mirrors.entries(ledger, int(args.get("after", 0)), LOG_MAX)
    return {
        "ledger": ledger.name,
        "size": head.size if head else 0,
        "checkpoint": head.note if head else "",
        "entries": [export_row.row(ledger, sealed) for sealed in run],
    }


async def _as_of(opened: OpenedCentre, args: Json) -> Json:
    rows = []
    for node in asked.named(opened, args):
        held = await opened.mirrors.held(opened.centre.book.states[node].ledger)
        cosigned = await opened.mirrors.cosigned(held.ledger)
        size = checkpoint.parse(cosigned).size if cosigned else 0
        row: Json = {"ledger": held.ledger.name, "size": held.size, "root": held.root.hex()}
        rows.append({**row, "cosigned_size": size})
    just = asked.one(opened, args)
    if just is None:
        return {"as_of": rows, "digest": _book_digest(opened)}
    return {"as_of": rows, "digest": state_digest(opened.centre.book.states[just]).digest.hex()}


def _book_digest(opened: OpenedCentre) -> str:
    return opened.centre.book.digest().hex()
