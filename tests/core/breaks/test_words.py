"""Breaks in words: what happened, at which venue, how much, and what to do; codes come second."""

import re
from dataclasses import replace

import pytest

from edgenode.core.breaks.words import WORDED, words
from edgenode.core.observations import Difference, Reconciled, Reported
from edgenode.daemon.view import books
from edgenode.model.facts import BreakOpened, ExecRef
from edgenode.model.venue import BustReport, CorrectReport, Finished, Unreadable
from tests.core.orders.sent import fill, say, sent
from tests.core.world import WETH


def told(*events):
    """Let venue a say this of an order for 1.00 WETH; gives the words of the breaks."""
    world, id_ = sent()
    for event in events:
        world.observe(event(id_) if callable(event) else event)
    return [(row["text"], row["do"]) for row in books.break_problems(world.state)]


def report(**changes):
    return lambda id_: Reported(fill(id_, **changes))


def test_two_contents_of_one_trade_are_both_told_with_what_is_booked():
    ((text, do),) = told(report(), report(lots=41, price_ticks=150_060))
    assert text == (
        "Venue a reported trade x1 in 2 ways: buy 0.40 WETH at 1500.50 USDC;"
        " buy 0.41 WETH at 1500.60 USDC. Booked meanwhile: only buy 0.40 WETH at 1500.50 USDC"
    )
    assert do == (
        "Ask venue a which is right; a correction or a bust from the venue settles it by itself."
        " If the venue never settles it, decide: edgenode breaks show ID, then breaks resolve ID"
    )


def test_contents_of_one_price_and_quantity_are_told_apart_by_their_fees():
    ((text, _),) = told(report(), report(fee_minor=300_000))
    assert "fee 0.0001 USDC" in text
    assert "fee 0.30 USDC" in text


def test_many_contents_are_told_as_a_few_and_a_count():
    ((text, _),) = told(*(report(lots=lots) for lots in range(40, 46)))
    assert "in 6 ways" in text
    assert text.count("WETH at") == 4 + 1
    assert "and 2 more" in text


def test_one_id_for_several_orders_says_so():
    ((text, do), *_) = told(report(), lambda _: Reported(fill("SOMEONE")))
    assert text.startswith("Venue a gave one id, x1, to trades of several orders: buy 0.40 WETH")
    assert text.endswith("Booked meanwhile: none of it")
    assert "ids of their own" in do


def test_a_contradiction_that_left_the_state_is_still_told():
    world, _ = sent()
    about = ExecRef(venue="a", venue_account="desk", scope="venue", exec_id="x9")
    said = replace(broken("fill_content", "a/x9-0", "known ab, reported cd"), refers_to=about)
    text = words(world.state, said)["text"]
    assert text == "Venue a gave two reports of one trade that contradict each other (its id x9)"


BUST = BustReport(
    venue="a", venue_account="desk", scope="venue", exec_id="x7", version=0, detail=""
)


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([Reported(BUST)], "Venue a took back a trade, x7, that it never reported"),
        ([lambda _: Reported(fill("SOMEONE", lots=25))],
         "order that this box did not send: buy 0.25 WETH at 1500.50 USDC. It counts as exposure"),
        ([report(side="sell")],
         "another side, instrument or venue than was ordered: sell 0.40 WETH at 1500.50 USDC"),
        ([report(instrument="NO-PE")], "reported trade x1 in something that this box does not"),
        ([report(lots=130)], "Venue a executed more than was ordered: 1.30 WETH executed of 1.00"),
        ([report(), lambda id_: Reported(
            Finished(venue="a", order_id=id_, reason="canceled", cum_lots=30))],
         "ended order than is booked: the venue executed 0.30 WETH, 0.40 WETH are booked"),
        ([Reported(Unreadable(venue="a", detail="no JSON"))],
         "Venue a sent what cannot be true, and none of it is booked"),
        ([report(price_ticks=15_000_000)], "More cost was used than is granted"),
    ],
)  # fmt: skip
def test_every_kind_says_what_happened_in_quantities_and_prices(events, said):
    rows = told(*events)
    assert [text for text, _ in rows if said in text], rows


@pytest.mark.parametrize(
    ("type_", "what", "said"),
    [
        ("position_mismatch", WETH, "the books differ in our position of WETH-USDC: "),
        ("balance_mismatch", "USDC", "the books differ in the USDC that we hold: "),
        ("balance_mismatch", WETH, "the books differ in the WETH that we hold: "),
        ("open_order", "o1", "works at venue a that does not work by the books here: "),
    ],
)
def test_differences_are_told_with_what_either_side_says(type_, what, said):
    found = Difference(type=type_, subject=f"a/{what}", venue_says="this", we_say="that")
    ((text, _),) = told(Reconciled(venue="a", differences=(found,), lasting=(found,)))
    assert f"{said}the venue says this, we say that" in text


def test_lots_beyond_a_grant_are_told_as_a_quantity():
    rows = told(lambda _: Reported(fill("SOMEONE", lots=10_001, price_ticks=1)))
    said = "More WETH was bought than this box may hold: 100.01 WETH in desk:suspense."
    assert [text for text, _ in rows if text.startswith(said)], rows


@pytest.mark.parametrize("type_", [*WORDED, "a_kind_of_tomorrow"])
@pytest.mark.parametrize("subject", ["", "a", "a/b", "a/b/c", "a/b/c/d", "a/b/c/d/e", "no cost"])
@pytest.mark.parametrize("detail", ["", "busted, and so on", "the venue says 1, we say nothing"])
def test_no_subject_or_detail_is_too_strange_to_be_told(type_, subject, detail):
    world, _ = sent()
    said = words(world.state, broken(type_, subject, detail))
    assert said["text"]
    assert said["do"]


def test_the_words_hold_no_hash():
    world, id_ = sent()
    say(world, fill(id_))
    say(world, fill(id_, lots=41))
    (row,) = books.break_problems(world.state)
    assert not re.search(r"[0-9a-f]{16}", row["text"] + row["do"])
    assert re.fullmatch("fill_content:a/x1-[0-9a-f]{8}", row["break_id"])
    assert row["detail"] == "quantity 0.40 WETH, now 0.41 WETH"


def test_a_correction_of_two_orders_names_them():
    right = fill("SOMEONE", exec_id="x2", lots=10)
    rows = told(report(), Reported(CorrectReport(fill=right, refers_to="x1", version=1)))
    assert [text for text, _ in rows if "one id, x1, to trades of several orders" in text], rows


def test_an_id_of_a_correction_and_of_another_execution_is_told_as_such():
    rows = told(
        report(),
        report(exec_id="x2", lots=30),
        lambda id_: Reported(
            CorrectReport(fill=fill(id_, exec_id="x2", lots=35), refers_to="x1", version=1)
        ),
    )
    assert [
        text
        for text, _ in rows
        if "gave an id of trade x1 to another one too: buy 0.30 WETH" in text
    ], rows


def broken(type_, subject, detail):
    return BreakOpened(
        at_ns=0, break_id=f"{type_}:{subject}", type=type_, subject=subject, detail=detail,
        refers_to=None,
    )  # fmt: skip
