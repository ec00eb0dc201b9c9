import pytest

from edgenode.core.sync.session import SyncSession
from edgenode.core.sync.table import Action
from edgenode.core.sync.tree import Tree
from edgenode.model.errors import RefusedError
from edgenode.model.ledgers import LedgerId
from edgenode.wire.message import HeadAnswer, HeadClaim, HelloAck
from tests.core.sync.parties import LEDGER, SIGNER, Writer

DOWN = LedgerId("centre", ">edge-07", 1)


def judge(own, mirror, *, size=None, standing="current", fresh=True, cosigned=""):
    """Let a writer with `own` hear of a mirror that holds the first `size` of `mirror`."""
    size = mirror.size if size is None else size
    answer = HeadAnswer(ledger=LEDGER)
    if size:
        longer = size > own.size
        answer = HeadAnswer(
            ledger=LEDGER,
            note=mirror.head(size).note,
            at_root=mirror.tree.root_at(own.size) if longer and own.size else b"",
            proof=mirror.tree.proof(own.size, size) if longer else (),
        )
    session = SyncSession(LEDGER, SIGNER.vkey, own.tree)
    ack = HelloAck(standing=standing, heads=(answer, HeadAnswer(ledger=DOWN)))
    return session.judge(own.head() if own.size else None, cosigned, ack, fresh=fresh)


def test_hello_claims_the_own_head_and_the_newest_cosignature():
    own = Writer(3)
    session = SyncSession(LEDGER, SIGNER.vkey, own.tree)
    hello = session.hello(own.head(), "cosigned", HeadClaim(ledger=DOWN), fresh=True)
    assert hello.heads[0] == HeadClaim(ledger=LEDGER, note=own.head().note, cosigned="cosigned")
    assert session.hello(None, "", HeadClaim(ledger=DOWN), fresh=True).heads[0].note == ""


def test_equal_ahead_and_first_contact():
    own = Writer(5)
    assert judge(own, own).verdict.action is Action.REST
    ahead = judge(own, own, size=3)
    assert (ahead.verdict.action, ahead.mirror_size) == (Action.PUSH, 3)
    assert judge(own, own, size=0).verdict.action is Action.PUSH


def test_behind_is_a_rollback_at_a_start_and_a_clone_later():
    mirror = Writer(9)
    behind = Writer(5)
    assert judge(behind, mirror).verdict.action is Action.PULL_BACK
    stopped = judge(behind, mirror, fresh=False)
    assert stopped.verdict.action is Action.STOP
    assert not stopped.verdict.appends
    for judged in (judge(behind, mirror), stopped):  # both heads are kept; they prove no fork
        assert (judged.evidence.shorter, judged.evidence.longer) == (
            behind.head().note, mirror.head().note,
        )  # fmt: skip
        assert not judged.evidence.proves_fork()
    assert judge(Writer(9), mirror).evidence is None


@pytest.mark.parametrize("size", [7, 8, 12])
def test_two_histories_stop_the_writer_with_evidence(size):
    judged = judge(Writer(8), Writer(size, twist=4))
    assert judged.verdict.action is Action.STOP
    assert judged.evidence.proves_fork()


@pytest.mark.parametrize(
    ("size", "verdict"),
    [(0, "pruned"), (3, "pruned"), (5, "ahead"), (7, "ahead"), (9, "equal"), (12, "rollback")],
)
def test_a_mirror_below_the_cut_must_heal_first_and_one_at_or_behind_it_goes_on(size, verdict):
    whole = Writer(12)
    own = Writer(9)
    own.tree = Tree(own.tree._leaves, lambda: whole.tree.frontier(5))
    judged = judge(own, whole, size=size)
    assert judged.verdict.name == verdict
    if verdict == "pruned":
        healing = judge(own, whole, size=size, cosigned=whole.head(9).note)
        assert healing.verdict.action is Action.AWAIT_ARCHIVE
        assert (healing.verdict.code, healing.evidence) == ("EN309", None)


def test_an_answer_that_proves_nothing_is_refused():
    own, mirror = Writer(5), Writer(9)
    session = SyncSession(LEDGER, SIGNER.vkey, own.tree)

    def answered(**changes):
        row = {
            "ledger": LEDGER, "note": mirror.head().note, "at_root": mirror.tree.root_at(5),
            "proof": mirror.tree.proof(5, 9),
        }  # fmt: skip
        ack = HelloAck(standing="current", heads=(HeadAnswer(**{**row, **changes}),))
        return session.judge(own.head(), "", ack, fresh=True)

    assert answered().verdict.action is Action.PULL_BACK
    with pytest.raises(RefusedError, match="without proof"):
        answered(proof=())
    with pytest.raises(RefusedError):
        answered(note=mirror.head().note.replace("\n9\n", "\n8\n"))
    with pytest.raises(RefusedError, match="standing"):
        judge(own, mirror, standing="best friends")


@pytest.mark.parametrize("standing", ["unknown", "pending", "superseded", "revoked"])
def test_a_node_that_is_not_current_does_not_push(standing):
    own = Writer(5)
    assert judge(own, own, size=0, standing=standing).verdict.action is not Action.PUSH
