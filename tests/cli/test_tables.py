"""What operators read without --json: aligned, a row an item, no foreign control characters."""

from hypothesis import given
from hypothesis import strategies as st

from edgenode.cli import tables

ROWS = [
    {"node_id": "edge-07", "state": "approved", "quarantined": False, "entries": 813},
    {"node_id": "edge-11", "state": "invited", "quarantined": True, "entries": 0},
]
SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
NAMES = st.text(max_size=4)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)


def test_items_are_a_table_with_figures_to_the_right():
    assert tables.message({"message_type": "summary", "nodes": ROWS}).splitlines() == [
        "nodes",
        "  node_id  state     quarantined  entries",
        "  edge-07  approved  no               813",
        "  edge-11  invited   yes                0",
    ]


def test_single_values_stand_first_and_aligned_and_maps_have_a_line_a_key():
    found = {
        "message_type": "summary",
        "schema": "x/1",
        "parts": {"fills": "ab", "break": {"open": 1}},
        "size": 8,
        "digest": "cd",
        "root": None,
        "positions": [],
    }
    assert tables.message(found).splitlines() == [
        *("size    8", "digest  cd", "root    -", ""),
        *("parts", "  fills       ab", "  break.open  1", ""),
        "positions: none",
    ]


def test_what_is_inside_an_item_is_written_as_key_and_value():
    row = {"id": "g", "scope": {"venue": "a", "side": None}, "tags": ["x", "y"], "seen": []}
    assert tables.table([row, {"id": "h"}]).splitlines() == [
        "id  scope           tags  seen",
        "g   venue=a side=-  x, y  -",
        "h   -               -     -",
    ]


def test_an_item_of_many_messages_is_one_line():
    item = {"message_type": "item", "segment": 3, "bytes": 9}
    assert tables.message(item) == "segment=3 bytes=9"


def test_a_note_keeps_its_lines():
    assert tables.message({"note": "one\ntwo\n"}) == "note\n  one\n  two"


@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_no_text_of_others_moves_the_cursor_of_whoever_reads_it(found):
    assert all(line.isprintable() for line in tables.message(found).split("\n"))
