import pytest

from edgenode.adapters import anchor_file
from edgenode.core.sync.table import Anchor
from tests.core.sync.parties import Writer

NAME = "edge-07/1"
OWN = Writer(9)


@pytest.fixture
def data(tmp_path):
    (tmp_path / "node").mkdir()
    return tmp_path / "node"


def compare(data, own, size=None):
    return anchor_file.compare(data, NAME, own.size if size is None else size, own.tree.root_at)


def test_it_lies_outside_the_data_folder(data):
    anchor_file.write(data, NAME, OWN.head())
    assert not list(data.iterdir())
    assert anchor_file.path_of(data).parent == data.parent
    assert anchor_file.path_of(data).stat().st_mode & 0o777 == 0o600


def test_a_ledger_against_its_anchor(data):
    assert compare(data, OWN) is Anchor.ABSENT
    anchor_file.write(data, NAME, OWN.head(5))
    assert compare(data, OWN) is Anchor.AGREES  # the ledger went on
    assert compare(data, OWN, 4) is Anchor.DIFFERS  # an older copy
    assert compare(data, Writer(9, twist=3)) is Anchor.DIFFERS  # another history
    assert anchor_file.compare(data, "edge-08/1", 9, OWN.tree.root_at) is Anchor.DIFFERS


@pytest.mark.parametrize("writes", [2, 3])
def test_a_torn_write_leaves_the_one_before(data, writes):
    for size in range(1, writes + 1):
        anchor_file.write(data, NAME, OWN.head(size))
    path = anchor_file.path_of(data)
    raw = bytearray(path.read_bytes())
    at = (writes - 1) % anchor_file.SLOTS * anchor_file.SLOT_BYTES
    raw[at + 40] ^= 0xFF
    path.write_bytes(raw)
    assert anchor_file.read(data).size == writes - 1


@pytest.mark.parametrize("content", [b"", b"x", bytes(1024), b"\xff" * 1024])
def test_what_is_no_anchor_counts_as_absent(data, content):
    anchor_file.path_of(data).write_bytes(content)
    assert anchor_file.read(data) is None
