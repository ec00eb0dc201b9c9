"""Money written with the decimals of its own currency, as the centre declared it.

An amount of a currency that was never declared has no known scale: it is written as the count of
smallest units that it is, and says so.
"""

from collections.abc import Mapping

from edgenode.model.facts import Currency
from edgenode.model.money import Money, format_minor

Currencies = Mapping[str, Currency]


def amount(known: Currencies, money: Money) -> str:
    """Return the amount as a decimal text, or as a count of units of unknown scale."""
    currency = known.get(money.currency)
    if currency is None:
        return f"{money.amount_minor} smallest units, scale unknown"
    return format_minor(money.amount_minor, currency.decimals)


def worded(known: Currencies, money: Money) -> str:
    """Return the amount with its currency, for a person."""
    if money.currency in known:
        return f"{amount(known, money)} {money.currency}"
    return f"{money.amount_minor} smallest units of {money.currency}, scale unknown"


def as_json(known: Currencies, money: Money) -> dict[str, str | None]:
    """Return the JSON shape of money; `amount` is null where the scale is unknown."""
    if money.currency in known:
        return {"amount": amount(known, money), "currency": money.currency}
    units = str(money.amount_minor)
    return {"amount": None, "currency": money.currency, "smallest_units": units}
