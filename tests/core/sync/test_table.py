from itertools import product
from pathlib import Path

import pytest

from edgenode.core.sync import table
from edgenode.core.sync.table import (
    TABLE,
    Action,
    Anchor,
    Heads,
    Proof,
    Standing,
    Trading,
    judge,
    may_append,
)

PAGE = Path(table.__file__).with_name("STATES.md").read_text()
ALL = [
    Heads(
        standing=standing,
        own=own,
        mirror=mirror,
        proof=proof,
        cosigned=cosigned,
        cosignature_holds=holds,
        fresh=fresh,
    )
    for standing, own, mirror, proof, cosigned, holds, fresh in product(
        Standing, range(4), range(4), Proof, range(4), (True, False), (True, False)
    )
]


def heads(own, mirror, **more):
    return Heads(own=own, mirror=mirror, **{"proof": Proof.HOLDS, **more})


def test_the_page_and_the_table_are_the_same_rows_in_the_same_order():
    rows = []
    for number, row in enumerate(TABLE, start=1):
        v = row.verdict
        appends = "yes" if v.appends else "no"
        cells = (number, row.condition, v.name, v.action, v.trading, appends, v.evidence, v.page)
        rows.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    assert "\n".join(rows) in PAGE


def test_every_pair_of_heads_has_a_verdict_and_every_row_decides_some_pair():
    decided = {id(next(row for row in TABLE if row.when(h))) for h in ALL}
    assert len(decided) == len(TABLE)
    assert {judge(h).name for h in ALL} == {row.verdict.name for row in TABLE}


def test_what_is_not_proved_consistent_never_moves_an_entry():
    for h in ALL:
        if h.proof is not Proof.HOLDS or not h.cosignature_holds:
            assert judge(h).action not in {Action.PUSH, Action.PULL_BACK} or h.own <= h.mirror


@pytest.mark.parametrize("h", [heads(5, 3), heads(5, 5), heads(0, 0)])
def test_a_node_that_is_not_behind_trades_on(h):
    verdict = judge(h)
    assert (verdict.trading, verdict.appends, verdict.code) == (Trading.ACTIVE, True, None)


def test_behind_is_a_rollback_at_the_first_hello_and_a_clone_ever_after():
    assert judge(heads(3, 5, fresh=True)).name == "rollback"
    assert judge(heads(3, 5)).name == "clone"
    assert not judge(heads(3, 5, fresh=True)).appends


def test_a_proof_that_fails_is_a_fork_whichever_side_is_longer_and_whenever_it_is_found():
    for own, mirror, fresh in ((3, 5, True), (5, 3, False), (4, 4, True)):
        assert judge(heads(own, mirror, proof=Proof.FAILS, fresh=fresh)).name == "fork"


def test_the_cosignature_is_looked_at_before_the_sizes():
    assert judge(heads(9, 5, cosigned=7)).name == "centre_rollback"
    assert judge(heads(7, 5, cosigned=7)).name == "centre_rollback"
    assert judge(heads(9, 9, cosigned=7, cosignature_holds=False)).name == "fork"
    assert judge(heads(4, 5, cosigned=7, fresh=True)).name == "lost"


def test_a_fork_or_a_clone_always_stops_the_signing():
    for h in ALL:
        verdict = judge(h)
        if verdict.action is Action.STOP:
            assert not verdict.appends
            assert verdict.trading is Trading.HALTED
            assert verdict.code


def test_a_start_appends_nothing_before_an_answer_or_patience_with_a_true_anchor():
    equal, rollback = judge(heads(1, 1)), judge(heads(1, 2, fresh=True))
    for anchor, waited, empty in product(Anchor, (True, False), (True, False)):
        assert may_append(equal, waited_out=waited, anchor=anchor, empty=empty)
        assert not may_append(rollback, waited_out=waited, anchor=anchor, empty=empty)
        alone = may_append(None, waited_out=waited, anchor=anchor, empty=empty)
        trusted = anchor is Anchor.AGREES or (anchor is Anchor.ABSENT and empty)
        assert alone == (waited and trusted)
