"""What is booked of one execution: each row of the module's table, and the interval beside it."""

import itertools
from dataclasses import replace

import pytest

from edgenode.core.state import outcomes
from edgenode.core.state.execution import Execution, FillKey, content_hash, key_of, rank_of
from tests.core.state.test_fills import recorded, report

WHOSE = ("desk:overlay", "WETH-USDC")


def execution(*contents, corrections=(), busted=False):
    made = Execution(ids={key_of(fact) for fact in contents}, busted=busted)
    for fact in contents:
        made.contents[fact.exec_id, fact.content_hash] = fact
    for version, fact in corrections:
        made.corrections[rank_of(version, fact, fact.exec_id)] = fact
    return made


def said(**changes):
    """Return what a venue said of execution e1, its hash with it."""
    hashed = content_hash(report(**changes))
    return replace(recorded("e1"), content_hash=hashed, **changes)


def booked_lots(made):
    found = made.booked()
    return None if found is None else found.quantity_lots


def test_one_content_is_booked_and_nothing_is_disputed():
    made = execution(said())
    assert booked_lots(made) == 10
    assert not made.disputed
    assert outcomes.lots(made) == {}


def test_a_bust_leaves_nothing_whatever_was_corrected():
    made = execution(said(), corrections=[(1, said(quantity_lots=7))], busted=True)
    assert made.booked() is None
    assert made.decided
    assert outcomes.lots(made) == {}
    assert execution(busted=True).booked() is None


def test_the_greatest_correction_is_booked_in_whatever_order_they_came():
    rows = [
        (1, said(quantity_lots=7)),
        (2, said(quantity_lots=6)),
        (2, said(quantity_lots=5, venue_time_ns=9)),
    ]
    for some in itertools.permutations(rows):
        made = execution(said(), corrections=some)
        assert booked_lots(made) == 5
        assert not made.disputed


def test_of_contents_that_differ_what_all_agree_on_is_booked_and_the_rest_is_an_interval():
    for contents in itertools.permutations([said(), said(quantity_lots=14)]):
        made = execution(*contents)
        assert booked_lots(made) == 10
        assert made.disputed
        assert outcomes.lots(made) == {WHOSE: (0, 4)}


def test_contents_on_both_sides_agree_on_nothing():
    made = execution(said(), said(side="sell", quantity_lots=3))
    assert made.booked() is None
    assert outcomes.lots(made) == {WHOSE: (-3, 10)}


@pytest.mark.parametrize("busted", [False, True])
def test_one_id_for_executions_of_several_orders_is_for_a_person_whatever_else_is_said(busted):
    made = execution(
        said(),
        said(order_id="O2", quantity_lots=4),
        corrections=[(1, said(quantity_lots=7))],
        busted=busted,
    )
    assert made.reused()
    assert made.booked() is None
    assert made.disputed
    assert not made.decided
    assert outcomes.lots(made) == {
        WHOSE: (0, 14)
    }  # each may be true: 10 of the one, 4 of the other


def test_it_is_told_before_it_comes_that_an_id_is_used_again():
    assert execution(said()).reused("O2")
    assert not execution(said()).reused("O1")


def test_every_word_of_the_venue_but_its_name_and_its_time_is_in_the_content():
    base = content_hash(report())
    assert content_hash(report(venue_time_ns=1)) == base  # precision is presentation
    for name in ("order_id", "instrument", "fee_currency"):
        assert content_hash(report(**{name: "X"})) != base
    assert content_hash(report(side="sell")) != base
    for name in ("quantity_lots", "price_ticks", "fee_minor"):
        assert content_hash(report(**{name: 1})) != base
    assert content_hash(report(raw={"liquidity": "maker"})) == base


def test_a_key_is_readable():
    assert key_of(report()) == FillKey("a", "desk", "venue", "e1")
