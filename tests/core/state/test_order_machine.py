"""The machine is held against the table in its module's text."""

import re

import pytest

from edgenode.core.state import order_machine
from edgenode.core.state.order_machine import next_state
from edgenode.model.orders import OrderState

STATES = ("GATED", "SENT", "WORKING", "PARTIAL", "UNKNOWN", "DONE")
ROW = re.compile(r"^\s+(sent|working|fill|unknown|done)((?:\s+[A-Z]+){6})", re.MULTILINE)
TABLE = [
    (event, before, after)
    for event, row in ROW.findall(order_machine.__doc__)
    for before, after in zip(STATES, row.split(), strict=True)
]


@pytest.mark.parametrize(("event", "before", "after"), TABLE)
def test_every_pair_has_the_documented_row(event, before, after):
    filled = 1 if before == "PARTIAL" or event == "fill" else 0
    assert next_state(OrderState(before), event, filled_lots=filled) == after


def test_the_table_is_whole():
    assert len(TABLE) == 5 * len(STATES)


def test_work_of_an_unknown_order_with_fills_is_partial():
    assert next_state(OrderState.UNKNOWN, "working", filled_lots=3) is OrderState.PARTIAL
