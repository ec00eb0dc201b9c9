"""What the arguments of a verb name: a node, who asks; and that their texts are bounded."""

from typing import Any

from edgenode.central.folder import OpenedCentre
from edgenode.central.registry import NodeRecord
from edgenode.model.errors import RefusedError
from edgenode.model.ids import NodeId

Json = dict[str, Any]
TEXT_MAX = 200  # characters of any text that an entry gets: the same as at a box
UNNAMED = "person:desk"  # the socket's owner, who gave no name; may do all but approve


def check_texts(value: object) -> None:
    """Refuse texts that no entry should hold, with EN002: long ones, reasons that say nothing."""
    if isinstance(value, list):
        for item in value:
            check_texts(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if isinstance(item, str):
                _check_text(str(name), item)
            check_texts(item)


def _check_text(name: str, text: str) -> None:
    if len(text) > TEXT_MAX:
        raise RefusedError(
            f"{name[:40]} of {len(text)} characters",
            expected=f"at most {TEXT_MAX}",
            do="say it in fewer words",
            code="EN002",
        )
    if name == "reason" and not text.strip():
        raise RefusedError(
            "an empty reason",
            expected="what was found, in a few words",
            do="give --reason: it is recorded with your name",
            code="EN002",
        )


def node(opened: OpenedCentre, args: Json) -> NodeRecord:
    """Return the node that is meant; EN006 if there is none."""
    name = NodeId(str(args["node_id"]))
    record = opened.centre.registry.nodes.get(name)
    if record is None:
        raise RefusedError(
            f"there is no node {name[:64]!r}",
            expected="one of `node ls`",
            do="edgecentral node ls lists them; edgecentral node enroll adds one",
            code="EN006",
        )
    return record


def one(opened: OpenedCentre, args: Json) -> NodeId | None:
    """Return the node whose book is meant, None for all; EN006 if nothing of it is held."""
    name = args.get("node_id")
    if name is None:
        return None
    if name not in opened.centre.book.states:
        raise RefusedError(
            f"no entry of {name!r} is held",
            expected="a node that has synced",
            do="wait until the node has synced; edgecentral node ls shows how far each is",
            code="EN006",
        )
    return NodeId(str(name))


def named(opened: OpenedCentre, args: Json) -> list[NodeId]:
    """Return the nodes whose books are meant."""
    just = one(opened, args)
    return sorted(opened.centre.book.states) if just is None else [just]


def actor(args: Json) -> str:
    """Return who asks, as an entry names its actor."""
    name = str(args.get("actor") or "").strip()
    return f"person:{name}"[:200] if name else UNNAMED


def second_person(args: Json, first: str) -> str:
    """Return who approves, by name; EN503 if that is nobody, or who did the `first` half.

    Names are what people say of themselves: this keeps one person from approving by a flag left
    out, not from lying.
    """
    who = actor(args)
    if who == UNNAMED or who.casefold() == first.casefold():
        raise RefusedError(
            "nobody is named as the approver" if who == UNNAMED else f"{first} issued the code",
            expected="approval by a second person",
            do="let somebody else compare the key and approve, with --actor THEIR-NAME",
            code="EN503",
        )
    return who
