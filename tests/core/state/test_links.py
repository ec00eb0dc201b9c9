"""Which execution each report is of: each row of the module's table."""

from dataclasses import replace

import pytest

from edgenode.core.state.execution import rank_of
from edgenode.core.state.links import same_trade, told, with_fees
from tests.core.state.test_execution import said


def of(exec_id, lots, **changes):
    return replace(said(quantity_lots=lots, **changes), exec_id=exec_id)


def firsts(contents, corrections=()):
    """Return the first ids of each report by (own id, lots)."""
    rows = told(
        {(one.exec_id, one.content_hash): one for one in contents},
        {rank_of(number, one, named): one for number, (one, named) in enumerate(corrections)},
    )
    return {
        (row.fill.exec_id, row.fill.quantity_lots): "".join(sorted(row.firsts)) for row in rows
    }


@pytest.mark.parametrize(
    ("contents", "corrections", "expected"),
    [
        ([("a", 9)], [], {("a", 9): "a"}),
        ([("a", 9)], [("c", 8, "a")], {("a", 9): "a", ("c", 8): "a"}),
        ([], [("c", 8, "a"), ("d", 7, "c")], {("c", 8): "a", ("d", 7): "a"}),
        ([("a", 9)], [("a", 8, "a")], {("a", 9): "a", ("a", 8): "a"}),
        ([("a", 9), ("c", 8)], [("c", 8, "a")], {("a", 9): "a", ("c", 8): "a"}),
        ([("a", 9), ("c", 5)], [("c", 8, "a")], {("a", 9): "a", ("c", 5): "c", ("c", 8): "a"}),
        ([("c", 5)], [("c", 8, "a"), ("d", 7, "c")],
         {("c", 5): "c", ("c", 8): "a", ("d", 7): "ac"}),
        ([], [("c", 8, "a"), ("c", 7, "b"), ("d", 6, "c")],
         {("c", 8): "a", ("c", 7): "b", ("d", 6): "ab"}),
        ([], [("c", 8, "d"), ("d", 7, "c")], {("c", 8): "c", ("d", 7): "c"}),
    ],
    ids=["an execution", "its correction", "corrections of a correction", "an id that is kept",
         "told again", "used again", "of either", "of both", "each of the other"],
)  # fmt: skip
def test_a_report_is_of_the_execution_to_which_its_links_lead(contents, corrections, expected):
    made = [(of(own, lots), named) for own, lots, named in corrections]
    assert firsts([of(own, lots) for own, lots in contents], made) == expected


def test_a_report_without_a_fee_is_told_again_with_it():
    early, late = of("a", 9, fee_minor=0), of("a", 9, fee_minor=3)
    other = of("b", 9, fee_minor=3)
    assert same_trade(early, late)
    rows = told({(one.exec_id, one.content_hash): one for one in (early, late, other)}, {})
    assert [row.fill for row in with_fees(rows)] == [late, other]
    rows = told({(one.exec_id, one.content_hash): one for one in (early, other)}, {})
    assert [row.fill for row in with_fees(rows)] == [early, other]
