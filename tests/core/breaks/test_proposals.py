"""What waits for a second person is told whole: whoever repeats what is shown settles it."""

import shlex
from dataclasses import replace

import click
from hypothesis import given
from hypothesis import strategies as st

from edgenode.cli.decision import decision_options, taken
from edgenode.core.breaks import proposals, shown
from edgenode.core.breaks.carrying import amount_of, price_of
from edgenode.daemon.paper import PaperWorld
from edgenode.model.facts import BreakResolved, ResolutionProposed
from tests.core.breaks.test_resolving import (
    RICH,
    hashes,
    open_break,
    resolve,
    two_orders,
    unknown_order,
)
from tests.core.world import WETH, World

NOBODY_ALONE = PaperWorld(venues=("a",), decide_alone_max=0)
AMOUNTS = st.integers(-(10**9), 10**9).filter(bool)
ACCOUNTS = st.sampled_from(("desk:book", "desk:overlay"))
USDC, LOTS = "balance_mismatch:a/USDC", f"position_mismatch:a/{WETH}"


@click.command()
@decision_options
def resolving(**_):
    """Take the options, and do nothing."""


def repeated(world, command, person):
    """Say what a command line says, as another person, as the box takes it."""
    program, group, verb, *args = shlex.split(command)
    assert (program, group, verb) == ("edgenode", "breaks", "resolve")
    args = [person if arg == "NAME" else arg for arg in args]
    said = taken(resolving.make_context("resolve", args).params)
    break_id, rules = said["break_id"], world.state.rules
    amount, price = said["amount"], said["price"]
    return resolve(
        world, break_id, said["decision"], person, version=said["version"],
        account=said["account"],
        amount=None if amount is None else amount_of(break_id, amount, rules),
        price_ticks=None if price is None else price_of(break_id, price, rules),
    )  # fmt: skip


def settles(world, break_id):
    """Whoever repeats what is shown of a proposal settles its break."""
    waits = shown.one(world.state, break_id)["proposed"]["waits"]
    lead, _, command = waits.partition(": ")
    assert lead == "Another person must say the same"
    facts = repeated(world, command, "bob")
    (resolved,) = [fact for fact in facts if isinstance(fact, BreakResolved)]
    assert resolved.persons == ("ann", "bob")
    assert break_id not in world.state.breaks.open


@given(ACCOUNTS, AMOUNTS, st.none() | st.integers(1, 10**6), st.booleans())
def test_whoever_repeats_what_is_shown_of_a_difference_settles_it(account, amount, price, lots):
    world = World(RICH)
    world.publish("a", 150_000)
    break_id = LOTS if lots else USDC
    open_break(world, *break_id.split(":"))
    more = {"price_ticks": price} if lots else {}
    resolve(world, break_id, "carry_in", account=account, amount=amount, **more)
    settles(world, break_id)


def test_whoever_repeats_what_is_shown_of_an_execution_settles_it():
    for decision in ("both", "never_happened", "version"):
        world, ids, break_id = two_orders(NOBODY_ALONE)
        more = {"version": hashes(world, break_id)[ids[0]]} if decision == "version" else {}
        resolve(world, break_id, decision, **more)
        settles(world, break_id)
    world, break_id = unknown_order(NOBODY_ALONE)
    resolve(world, break_id, "carry_in", account="desk:book")
    settles(world, break_id)


def test_a_correction_of_a_decided_break_that_waits_is_shown_and_settled_too():
    world, _, break_id = two_orders(NOBODY_ALONE)
    for person in ("ann", "bob"):
        resolve(world, break_id, "both", person)
    assert shown.listed(world.state) == []
    resolve(world, break_id, "never_happened")
    (row,) = shown.listed(world.state)
    assert (row["break_id"], row["proposed"]["person"]) == (break_id, "ann")
    assert len(shown.one(world.state, break_id)["versions"]) == 2
    settles(world, break_id)
    assert shown.listed(world.state) == []


def waiting(world, break_id):
    return world.state.breaks.proposals.get(break_id)


def test_a_proposal_is_told_with_its_amount_account_person_and_time():
    world = World(RICH)
    open_break(world, "balance_mismatch", "a/USDC")
    resolve(world, USDC, "carry_in", account="desk:book", amount=135_070_000)
    row = proposals.row(world.state, waiting(world, USDC))
    assert row["said"] == (
        f'ann decided at {row["at"]}: carry 135.07 USDC in to desk:book ("the venue said so")'
    )
    assert row["text"] == "recorded as ann's: carry 135.07 USDC in to desk:book"
    assert (row["account"], row["amount"], row["worth"]) == ("desk:book", "135.07", None)


def test_another_word_says_what_it_is_in_place_of_and_a_repeated_one_does_not():
    world = World(RICH)
    open_break(world, "balance_mismatch", "a/USDC")

    def answer(person, amount):
        former = waiting(world, USDC)
        resolve(world, USDC, "carry_in", person, account="desk:book", amount=amount)
        return proposals.told(world.state, waiting(world, USDC), former)

    assert answer("ann", 13_507)["former"] is None
    assert answer("Ann", 13_507)["former"] is None, "one person, the same word"
    other = answer("bob", 10_000)
    assert other["proposed"]["person"] == "bob"
    assert (other["former"]["decision"], other["former"]["person"]) == ("carry_in", "Ann")
    assert other["former"]["amount"] != other["proposed"]["amount"]
    assert other["former"]["why"] == "this is another decision"
    assert answer("ann", 10_000) == {"proposed": None, "former": None}, "settled"


def test_a_word_on_other_evidence_says_so():
    world, _, break_id = two_orders(NOBODY_ALONE)
    (former,) = resolve(world, break_id, "both")
    assert isinstance(former, ResolutionProposed)
    assert proposals.told(world.state, former, None)["former"] is None
    later = replace(former, person="bob", evidence=())
    replaced = proposals.told(world.state, later, former)["former"]
    assert replaced["why"] == "the evidence has changed"


def test_several_versions_are_repeated_with_commas_between():
    world, ids, break_id = two_orders(NOBODY_ALONE)
    named = hashes(world, break_id)
    resolve(world, break_id, "version", version=",".join(named[id_][:12] for id_ in ids))
    assert "are true" in shown.one(world.state, break_id)["proposed"]["said"]
    settles(world, break_id)
