"""A line of an export holds the exact bytes of its entry, and the same in readable form."""

import base64
import json

from edgenode.core.ledger.chain import Tip, seal_run
from edgenode.wire import entry as wire_entry
from edgenode.wire.export_row import plain, row
from tests.central.sync.test_projector import entries
from tests.core.world import LEDGER


def test_the_bytes_of_a_line_are_the_entry():
    _, run = entries(2)
    for sealed in seal_run(Tip(LEDGER), run):
        line = json.loads(json.dumps(row(LEDGER, sealed)))
        ledger, entry, _ = wire_entry.parse(base64.b64decode(line["bytes"]))
        assert (ledger, entry) == (LEDGER, sealed.entry)
        assert (line["seq"], line["kind"]) == (entry.seq, entry.kind)
        assert bytes.fromhex(line["leaf"]) == sealed.leaf


def test_bytes_are_hex_at_any_depth():
    assert plain({"a": [b"\x01", {"b": (b"\xff", 2)}], "c": None}) == {
        "a": ["01", {"b": ["ff", 2]}], "c": None,
    }  # fmt: skip
