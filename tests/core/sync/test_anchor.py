from edgenode.core.sync.anchor import Anchored, compare
from edgenode.core.sync.table import Anchor
from tests.core.sync.parties import Writer

NAME = "edge-07/1"
OWN = Writer(9)


def noted(size):
    head = OWN.head(size)
    return Anchored(NAME, head.size, head.root)


def test_a_ledger_against_its_anchor():
    assert compare(None, NAME, OWN.size, OWN.tree.root_at) is Anchor.ABSENT
    assert compare(noted(5), NAME, OWN.size, OWN.tree.root_at) is Anchor.AGREES  # it went on


def test_an_older_copy_another_history_and_another_ledger_differ():
    assert compare(noted(5), NAME, 4, OWN.tree.root_at) is Anchor.DIFFERS
    other = Writer(9, twist=3)
    assert compare(noted(5), NAME, other.size, other.tree.root_at) is Anchor.DIFFERS
    assert compare(noted(5), "edge-08/1", 9, OWN.tree.root_at) is Anchor.DIFFERS
