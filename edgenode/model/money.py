"""Exact decimal texts and integers in named units. No float comes near.

Rounding always says its direction: `div_up` for what we may owe, `div_down` for what we may own.
How many decimals a currency has is a fact of the centre's (model/currencies); none is assumed.
"""

from dataclasses import dataclass

from edgenode.model.errors import RefusedError

_DIGITS_MAX = 18


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in its currency's smallest unit, with that currency.

    Where several currencies can meet, an amount travels as one of these and never as an int.
    """

    amount_minor: int
    currency: str


def div_up(numerator: int, denominator: int) -> int:
    """Divide, rounding towards plus infinity."""
    return -(-numerator // denominator)


def div_down(numerator: int, denominator: int) -> int:
    """Divide, rounding towards minus infinity."""
    return numerator // denominator


def parse_decimal(text: str, decimals: int) -> int:
    """Read a plain decimal text as an integer in units of 10^-decimals.

    Refused: signs other than a leading minus, exponents, blanks, digits beyond `decimals` that
    are not zero, more than 18 digits.
    """
    body = text.removeprefix("-")
    whole, dot, fraction = body.partition(".")
    plain = whole + fraction
    if not (plain.isascii() and plain.isdecimal() and whole) or (dot and not fraction):
        raise RefusedError(
            f"{text[:40]!r} is not a decimal number",
            expected='text such as "12.50"',
            do="write digits with a point before the decimals, and a leading minus at most",
            code="EN002",
        )
    kept, rest = fraction[:decimals], fraction[decimals:]
    if rest.strip("0") or len(plain) > _DIGITS_MAX:
        raise RefusedError(
            f"{text[:40]!r} has more digits than can be kept",
            expected=f"at most {decimals} decimals and {_DIGITS_MAX} digits",
            do="round it to what the instrument or currency can keep",
            code="EN005",
        )
    value = int(whole + kept.ljust(decimals, "0"))
    return -value if text.startswith("-") else value


def format_decimal(value: int, decimals: int) -> str:
    """Write an integer in units of 10^-decimals as an exact decimal text."""
    sign = "-" if value < 0 else ""
    digits = str(abs(value)).rjust(decimals + 1, "0")
    return sign + (f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits)


def format_minor(amount_minor: int, decimals: int) -> str:
    """Write an amount of that many decimals with at least two of them and no needless zeros."""
    whole, dot, fraction = format_decimal(amount_minor, decimals).partition(".")
    if not dot:
        return whole
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"
