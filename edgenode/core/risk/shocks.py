"""What the live book would lose if the market moved at once: scenarios, in integers.

    scenario                 what moves                          what it is put on
    -----------------------  ----------------------------------  -------------------------------
    price -20 .. +20 %       every instrument's price            |net|: customers, core, overlay
    core at a quarter        the price by 10 % either way, and   customers, overlay, and a
                             core follows a quarter of that      quarter of the mandate
    depeg CURRENCY           a stable coin, by -10 %             what the desk holds in it
    fx CURRENCY              another currency, by -5 %           the same, and where it owes, +5 %

`pnl` is of what is booked; `worst` of the worse end over all that may still execute, without the
desk's own quotes, which are pulled and made anew. A depeg is
counted at par: the loss is in what the coin was worth. Core follows a quarter as it did in the
depeg of March 2023, when hedges in futures followed 25 % of what they hedged.

None of it is a forecast. What it leaves out: that spreads widen, that a hedge would be made
meanwhile, and that a coin's price moves what is quoted in it.
"""

from collections.abc import Iterator
from typing import NamedTuple

from edgenode.core.risk.room import without_quote
from edgenode.core.seen import Seen
from edgenode.core.state.exposure import Exposure, Interval
from edgenode.core.state.fx import PPM, rate
from edgenode.core.state.node_state import NodeState
from edgenode.model.facts import Instrument, Policy
from edgenode.model.ids import is_customer
from edgenode.model.money import div_down

PRICES_PPM = (-200_000, -100_000, -50_000, 50_000, 100_000, 200_000)
CORE_PPM = (-100_000, 100_000)
CORE_LEFT = 4  # a quarter
STABLE = frozenset({"USDC", "USDT", "DAI", "TUSD", "USDP", "PYUSD", "EURC", "FDUSD"})
DEPEG_PPM, FX_PPM = -100_000, 50_000
UNPRICED = "no fresh price or rate"


class Shocked(NamedTuple):
    """One scenario's P&L, in the policy's currency; None if it cannot be told, and why."""

    name: str
    shock_ppm: int
    pnl_minor: int | None
    worst_minor: int | None
    note: str = ""


def shocked(state: NodeState, seen: Seen, policy: Policy, now_ns: int) -> Iterator[Shocked]:
    """Yield every scenario on the book as it is now; O(instruments and balances)."""
    for ppm in PRICES_PPM:
        yield _prices(state, seen, policy, now_ns, ppm, core=False)
    for ppm in CORE_PPM:
        yield _prices(state, seen, policy, now_ns, ppm, core=True)
    yield from _currencies(state, policy, now_ns)


def _prices(
    state: NodeState, seen: Seen, policy: Policy, now_ns: int, ppm: int, *, core: bool
) -> Shocked:
    name = "core at a quarter" if core else "price"
    total = worst = 0
    for instrument in state.rules.instruments.values():
        exposure = without_quote(state, instrument.id)
        lots, ends = _exposed(exposure, core=core)
        if not lots and not ends.worst:
            continue
        found = _moved(state, seen, policy, now_ns, instrument, ppm, (lots, ends.low, ends.high))
        if found is None:
            return Shocked(name, ppm, None, None, f"{UNPRICED}: {instrument.id}")
        total, worst = total + found[0], worst + min(found)
    return Shocked(name, ppm, total, worst)


def _exposed(exposure: Exposure, *, core: bool) -> tuple[int, Interval]:
    """Return what is exposed, and its ends; with `core`, where core follows a quarter."""
    net, lots = exposure.net, exposure.net_agreed
    if not core:
        return lots, net
    lost = exposure.mandate - div_down(exposure.mandate, CORE_LEFT)
    return lots - lost, Interval(net.low - lost, net.high - lost)


def _moved(  # noqa: PLR0913, PLR0917  what it is put on
    state: NodeState,
    seen: Seen,
    policy: Policy,
    now_ns: int,
    instrument: Instrument,
    ppm: int,
    lots: tuple[int, ...],
) -> list[int] | None:
    """Return what each of some lots makes of a move, rounded down; None without a price."""
    reference = seen.reference(policy, instrument.id, now_ns)
    fx = rate(state.rules, policy, instrument.quote, now_ns)
    if reference is None or fx is None:
        return None
    worth = (instrument.notional_minor(reference.ticks, each) for each in lots)
    return [fx.down(div_down(each * ppm, PPM)) for each in worth]


def _currencies(state: NodeState, policy: Policy, now_ns: int) -> Iterator[Shocked]:
    for currency, held in sorted(_balances(state).items()):
        if currency in STABLE:
            kind, ppm = "depeg", DEPEG_PPM
        elif currency != policy.currency:
            kind, ppm = "fx", -FX_PPM if held > 0 else FX_PPM
        else:
            continue
        fx = rate(state.rules, policy, currency, now_ns)
        name = f"{kind} {currency}"
        if fx is None:
            yield Shocked(name, ppm, None, None, f"{UNPRICED}: {currency}")
        else:
            lost = fx.down(div_down(held * ppm, PPM))
            yield Shocked(name, ppm, lost, lost)


def _balances(state: NodeState) -> dict[str, int]:
    """Return what the desk holds of each currency, over all venues; none of it is left out."""
    found: dict[str, int] = {}
    for key, amount in state.wallet.balances.items():
        if not is_customer(key.account) and key.asset in state.rules.currencies:
            found[key.asset] = found.get(key.asset, 0) + amount
    return {currency: amount for currency, amount in found.items() if amount}
