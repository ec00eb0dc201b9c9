"""The rules part of the state, signed by the centre.

It holds currencies, policy, instruments, rates and venue limits.

`version` counts every change of what is allowed, so that an accepted order names the limits that
allowed it.
"""

from dataclasses import dataclass, field, replace

from edgenode.model.facts import BootStarted, Currency, FxRate, Instrument, Policy, VenueLimit
from edgenode.model.ids import InstrumentId, VenueId


@dataclass(slots=True)
class Rules:
    """What the centre allows; it changes by adopted entries alone."""

    version: int = 0
    currencies: dict[str, Currency] = field(default_factory=dict)
    mode: str = ""  # of the newest start: "paper" | "live"; "" before the first one
    policy: Policy | None = None  # as it is obeyed here
    instruments: dict[InstrumentId, Instrument] = field(default_factory=dict)
    fx: dict[tuple[str, str], FxRate] = field(default_factory=dict)
    venue_gross_max: dict[VenueId, int] = field(default_factory=dict)  # where one is set

    def currency_set(self, fact: Currency) -> None:
        """Declare a currency; it may be named from here on."""
        self.currencies[fact.code] = fact
        self.version += 1

    def policy_set(self, fact: Policy) -> None:
        """Take a newer policy; an older one changes nothing."""
        if self.policy is None or fact.version > self.policy.version:
            self.policy = self._obeyed(fact)
            self.version += 1

    def booted(self, fact: BootStarted) -> None:
        """Note the mode of a start."""
        self.mode = fact.mode
        if self.policy is not None:
            self.policy = self._obeyed(self.policy)

    def _obeyed(self, policy: Policy) -> Policy:
        """Return a policy as this mode obeys it: a static reference price in PAPER alone."""
        if self.mode in {"", "paper"} or policy.static_reference_ticks is None:
            return policy
        return replace(policy, static_reference_ticks=None)

    def instrument_set(self, fact: Instrument) -> None:
        """Add or replace an instrument."""
        self.instruments[fact.id] = fact
        self.version += 1

    def fx_set(self, fact: FxRate, now_ns: int) -> None:
        """Take a rate, unless a newer one is held that is not dated ahead of `now_ns`.

        A rate dated ahead converts nothing until then, so it never keeps a usable one out.
        """
        held = self.fx.get((fact.base, fact.quote))
        if held is None or fact.as_of > held.as_of or held.as_of > now_ns:
            self.fx[fact.base, fact.quote] = fact

    def venue_limit_set(self, fact: VenueLimit) -> None:
        """Bound what may stand at one venue."""
        self.venue_gross_max[fact.venue] = fact.gross_notional_max
        self.version += 1

    def canonical(self) -> object:
        """Return the part's content for the digest."""
        return [
            self.version,
            [[code, c.decimals] for code, c in sorted(self.currencies.items())],
            self.mode,
            self.policy.version if self.policy else None,
            [
                [i.id, i.price_decimals, i.quantity_decimals, i.tick_lot_minor, i.enabled]
                for _, i in sorted(self.instruments.items())
            ],
            [[*pair, r.bid_ppb, r.ask_ppb, r.as_of] for pair, r in sorted(self.fx.items())],
            sorted(map(list, self.venue_gross_max.items())),
        ]
