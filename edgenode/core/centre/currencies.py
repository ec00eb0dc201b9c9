"""What a centre's fact needs of currencies: each that it names was declared before, with a scale.

A currency keeps its decimals while anything here names it or counts in it: another scale would
change what is already recorded. Its code is an asset's name in the wallet, as an instrument's id
is, so the two never coincide.
"""

from collections.abc import Iterator

from edgenode.core.state.node_state import NodeState
from edgenode.model.facts import Currency, Fact, FxRate, Grant, Instrument, Policy, VenueLimit

DECIMALS_MAX = 18
CODE_BYTES_MAX = 16
LOTS = "lots"  # the unit of position grants: no currency may have that name

Claim = tuple[bool, str]  # what must hold, and what to say if it does not


def claims(state: NodeState, fact: Fact) -> list[Claim]:
    """Return what must hold of the currencies in a fact."""
    if isinstance(fact, Currency):
        return _declared(state, fact)
    known = state.rules.currencies
    found = [
        (code in known, f"unknown currency {code[:40]!r}: its Currency comes first")
        for code in named(state, fact)
    ]
    if isinstance(fact, VenueLimit):
        found.append((state.rules.policy is not None, "no policy, so no currency of the limit"))
    return found


def named(state: NodeState, fact: Fact) -> tuple[str, ...]:
    """Return the currencies that a fact names; a venue's limit is in the policy's."""
    match fact:
        case Instrument():
            return fact.base, fact.quote
        case Policy():
            return fact.currency, *(rate.currency for rate in fact.fee_worst_rates)
        case Grant():
            return () if fact.kind == "position" else (fact.unit,)
        case FxRate():
            return fact.base, fact.quote
        case VenueLimit():
            return (state.rules.policy.currency,) if state.rules.policy else ()
        case _:
            return ()


def _declared(state: NodeState, fact: Currency) -> list[Claim]:
    code, held = fact.code, state.rules.currencies.get(fact.code)
    plain = 0 < len(code) <= CODE_BYTES_MAX and code.isascii() and code.isprintable()
    kept = held is None or held.decimals == fact.decimals
    return [
        (plain and " " not in code and code != LOTS, f"a currency code {code[:40]!r}"),
        (0 <= fact.decimals <= DECIMALS_MAX, f"{fact.decimals} decimals, expected 0 to 18"),
        (code not in state.rules.instruments, f"{code[:40]!r} is an instrument"),
        (kept or code not in _in_use(state), f"other decimals while {code[:40]!r} is in use"),
    ]


def _in_use(state: NodeState) -> set[str]:
    return set(_used(state))


def _used(state: NodeState) -> Iterator[str]:
    """Yield every currency that anything here names or counts in."""
    rules = state.rules
    for fact in (
        *rules.instruments.values(),
        *rules.fx.values(),
        *(account.grant for account in state.grants.accounts.values()),
        *((rules.policy,) if rules.policy else ()),
    ):
        yield from named(state, fact)
    for key in state.wallet.balances:
        yield key.asset
