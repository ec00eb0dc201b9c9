"""Frames of a ledger that this process writes: whole commits, each under its own signed head."""

from edgenode.core.sync.tree import Tree
from edgenode.model.errors import InvariantBrokenError
from edgenode.ports.ledger import OwnChain
from edgenode.wire import frame, message
from edgenode.wire.frame import Frame


def frame_after(own: OwnChain, tree: Tree, after: int) -> Frame:
    """Return the next frame behind `after`; an empty one if nothing follows."""
    head = own.head
    if head is None or after >= head.size:
        note = head.note if head else message.EMPTY
        return Frame(
            ledger=own.ledger,
            first=after + 1,
            entries=(),
            note=note,
            from_root=tree.root_at(after),
        )
    run, heads = own.covered(after, frame.ENTRIES_MAX)
    entries = [sealed.entry for sealed in run]
    end = after + frame.fit(entries)
    covering = next((head for head in reversed(heads) if head.size <= end), None)
    if covering is None:
        raise InvariantBrokenError(
            f"no head of {own.ledger.name} within a frame after {after}",
            expected="a signed head within each frame of entries",
            do="verify the ledger; report this: it never happens to a ledger of this release",
        )
    return Frame(
        ledger=own.ledger,
        first=after + 1,
        entries=tuple(entries[: covering.size - after]),
        note=covering.note,
        from_root=tree.root_at(after),
        proof=tree.proof(after, covering.size),
    )
