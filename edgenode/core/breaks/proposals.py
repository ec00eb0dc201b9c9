"""One person's decision that waits for a second person's: told whole, with how to repeat it."""

import shlex
from typing import Any

from edgenode.core.breaks import executions
from edgenode.core.breaks.opening import holding
from edgenode.core.state.node_state import NodeState
from edgenode.model import currencies
from edgenode.model.break_types import BOTH, CARRY_IN, NEVER, VERSION, WRITE_OFF
from edgenode.model.facts import Instrument, ResolutionProposed
from edgenode.model.ids import InstrumentId
from edgenode.model.instants import instant
from edgenode.model.money import Money, format_decimal

Json = dict[str, Any]
DIGITS = 16  # of a version's hash: enough to name it
WORDED = {
    BOTH: "all are true, each as last corrected",
    NEVER: "it never happened",
    WRITE_OFF: "what is booked stands",
}


def agree(one: ResolutionProposed, other: ResolutionProposed) -> bool:
    """Return whether two persons say the same on the same evidence."""
    return _said(one) == _said(other) and not _is_one_person(one, other)


def told(
    state: NodeState, waiting: ResolutionProposed | None, former: ResolutionProposed | None
) -> Json:
    """Return the answer to a decision: what waits now, and `former`, in whose place it is.

    `former` is None if nothing waited before, or the same.
    """
    waits = row(state, waiting) if waiting else None
    if waiting is None or former is None or _said(former) == _said(waiting):
        return {"proposed": waits, "former": None}
    changed = former.evidence != waiting.evidence
    why = "the evidence has changed" if changed else "this is another decision"
    return {"proposed": waits, "former": {**row(state, former), "why": why}}


def row(state: NodeState, waiting: ResolutionProposed) -> Json:
    """Return what was decided, by whom, when, in words, and what it waits for.

    Everything that a second person must say too is in it. `worth` is what it moves, None without
    a rate.
    """
    amount, price = _amount(state, waiting), _price(state, waiting)
    worded = _worded(state, waiting)
    policy, worth = state.rules.policy, waiting.amount_minor
    known = state.rules.currencies
    quoted = f' ("{waiting.reason}")' if waiting.reason else ""
    return {
        "decision": waiting.decision,
        "account": waiting.account,
        "amount": amount,
        "price": price,
        "versions": [one.hex() for one in waiting.holds],
        "person": waiting.person,
        "at": instant(waiting.at_ns),
        "reason": waiting.reason,
        "worth": (
            currencies.as_json(known, Money(worth, policy.currency))
            if policy and worth is not None
            else None
        ),
        "text": f"recorded as {waiting.person}'s: {worded}",
        "said": f"{waiting.person} decided at {instant(waiting.at_ns)}: {worded}{quoted}",
        "waits": f"Another person must say the same: {_repeated(state, waiting)}",
    }


def _said(waiting: ResolutionProposed) -> tuple[object, ...]:
    """Return what a second person must say too, on the same evidence."""
    return (
        *(waiting.decision, waiting.evidence, waiting.holds),
        *(waiting.account, waiting.carried, waiting.price_ticks),
    )


def _is_one_person(one: ResolutionProposed, other: ResolutionProposed) -> bool:
    return _name(one.person) == _name(other.person)


def _name(person: str) -> str:
    """Return a name as persons are told apart: case and blanks make nobody another."""
    return " ".join(person.split()).casefold()


def flag(decision: str) -> str:
    """Return the option that says a decision."""
    return "--" + decision.replace("_", "-")


def _worded(state: NodeState, waiting: ResolutionProposed) -> str:
    if waiting.decision in WORDED:
        return WORDED[waiting.decision]
    held = " and ".join(one.hex()[:DIGITS] for one in waiting.holds)
    if waiting.decision == VERSION:
        return f"versions {held} are true" if len(waiting.holds) > 1 else f"version {held} is true"
    assert waiting.decision == CARRY_IN, waiting.decision
    if waiting.carried is None:
        return f"carry version {held} in to {waiting.account}"
    at = _price(state, waiting)
    asset = holding(state, _asset(waiting), waiting.carried)
    return f"carry {asset} in to {waiting.account}" + (f" at {at}" if at else "")


def _repeated(state: NodeState, waiting: ResolutionProposed) -> str:
    """Return the command with which another person says the same."""
    words = ["edgenode", "breaks", "resolve", shlex.quote(waiting.break_id)]
    if waiting.decision == CARRY_IN:
        words += ["--carry-in", shlex.quote(str(waiting.account))]
    elif waiting.decision != VERSION:
        words.append(flag(waiting.decision))
    if _names_a_version(state, waiting):
        words += ["--version", ",".join(one.hex()[:DIGITS] for one in waiting.holds)]
    for option, value in (
        ("--amount", _amount(state, waiting)),
        ("--price", _price(state, waiting)),
    ):
        words += [option, value] if value is not None else []
    return " ".join([*words, "--reason TEXT --actor NAME"])


def _names_a_version(state: NodeState, waiting: ResolutionProposed) -> bool:
    """Return whether a decision names one of several versions."""
    if waiting.decision == VERSION:
        return True
    if waiting.decision != CARRY_IN or len(waiting.holds) != 1:
        return False
    key = executions.named(state, waiting.break_id)
    return key is not None and len(state.fills.versions(key)) > 1


def _amount(state: NodeState, waiting: ResolutionProposed) -> str | None:
    """Return what is carried in as people say it: a decimal in whole units."""
    if waiting.carried is None:
        return None
    instrument = _instrument(state, waiting)
    if instrument is not None:
        return format_decimal(waiting.carried, instrument.quantity_decimals)
    return currencies.amount(state.rules.currencies, Money(waiting.carried, _asset(waiting)))


def _price(state: NodeState, waiting: ResolutionProposed) -> str | None:
    instrument = _instrument(state, waiting)
    if waiting.price_ticks is None or instrument is None:
        return None
    return format_decimal(waiting.price_ticks, instrument.price_decimals)


def _asset(waiting: ResolutionProposed) -> str:
    """Return what a difference is about: its break names it behind the venue."""
    return waiting.break_id.partition("/")[2]


def _instrument(state: NodeState, waiting: ResolutionProposed) -> Instrument | None:
    return state.rules.instruments.get(InstrumentId(_asset(waiting)))
