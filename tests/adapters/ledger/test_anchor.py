import pytest

from edgenode.adapters.ledger import anchor as anchor_file
from edgenode.adapters.ledger.anchor import AnchorFile
from edgenode.core.sync.anchor import Anchored
from edgenode.model.errors import InvariantBrokenError
from tests.core.sync.parties import Writer

NAME = "edge-07/1"
OWN = Writer(9)


@pytest.fixture
def data(tmp_path):
    (tmp_path / "node").mkdir()
    return tmp_path / "node"


def write(data, head):
    AnchorFile(data).write(Anchored(NAME, head.size, head.root))


def test_it_lies_outside_the_data_folder(data):
    write(data, OWN.head())
    assert not list(data.iterdir())
    assert anchor_file.path_of(data).parent == data.parent
    assert anchor_file.path_of(data).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("writes", [2, 3])
def test_a_torn_write_leaves_the_one_before(data, writes):
    for size in range(1, writes + 1):
        write(data, OWN.head(size))
    path = anchor_file.path_of(data)
    raw = bytearray(path.read_bytes())
    at = (writes - 1) % anchor_file.SLOTS * anchor_file.SLOT_BYTES
    raw[at + 40] ^= 0xFF
    path.write_bytes(raw)
    assert AnchorFile(data).read().size == writes - 1


@pytest.mark.parametrize("content", [b"", b"x", bytes(1024), b"\xff" * 1024])
def test_what_is_no_anchor_counts_as_absent(data, content):
    anchor_file.path_of(data).write_bytes(content)
    assert AnchorFile(data).read() is None


def test_an_anchor_that_cannot_be_read_is_no_absent_anchor(data):
    anchor_file.path_of(data).mkdir()
    for act in (AnchorFile(data).read, lambda: write(data, OWN.head())):
        with pytest.raises(InvariantBrokenError, match="cannot be read: Is a directory") as caught:
            act()
        assert caught.value.code == "EN404"


def test_no_anchor_is_absent(data):
    assert AnchorFile(data).read() is None
