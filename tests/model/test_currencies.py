"""Money is written with its own decimals, and nothing of an unknown scale looks like an amount."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.model.currencies import amount, as_json, worded
from edgenode.model.facts import Currency
from edgenode.model.money import Money, format_minor, parse_decimal

KNOWN = {code: Currency(at_ns=1, code=code, decimals=n) for code, n in (("JPY", 0), ("ETH", 18))}


@pytest.mark.parametrize(
    ("minor", "decimals", "text"),
    [(5, 0, "5"), (-5, 0, "-5"), (5, 1, "0.50"), (1_250_000, 6, "1.25"),
     (-1, 18, f"-0.{'0' * 17}1"),
     (10**18, 18, "1.00")],
)  # fmt: skip
def test_an_amount_has_its_currencys_decimals(minor, decimals, text):
    assert format_minor(minor, decimals) == text


def test_money_of_a_known_currency():
    assert worded(KNOWN, Money(1_500, "JPY")) == "1500 JPY"
    assert as_json(KNOWN, Money(10**17, "ETH")) == {"amount": "0.10", "currency": "ETH"}


def test_money_of_an_unknown_currency_says_so():
    assert worded(KNOWN, Money(7, "XYZ")) == "7 smallest units of XYZ, scale unknown"
    assert amount(KNOWN, Money(7, "XYZ")) == "7 smallest units, scale unknown"
    assert as_json(KNOWN, Money(7, "XYZ")) == {
        "amount": None, "currency": "XYZ", "smallest_units": "7",
    }  # fmt: skip


@given(st.integers(-(10**17), 10**17), st.integers(0, 17))
def test_what_is_written_reads_back(minor, decimals):
    assert parse_decimal(format_minor(minor, decimals), max(2, decimals)) == minor * 10 ** (
        max(2, decimals) - decimals
    )
