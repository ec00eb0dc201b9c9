"""The report's JSON: decimal texts with their unit, figures that add up, the sentence first."""

from decimal import Decimal

import pytest

from edgenode.core.observations import OrderAsked, Reported
from edgenode.core.state.digest import digest
from edgenode.daemon.view import event_words
from edgenode.daemon.view.event_report import report
from edgenode.model.venue import NotAnswered
from tests.core.report.lived import begun, drop, ended, folded, hedged, tick
from tests.core.world import intent


@pytest.fixture(scope="module")
def world():
    return drop()


@pytest.fixture(scope="module")
def found(world):
    return report(folded(world))


def test_it_says_what_how_and_by_whom(found):
    event = found["event"]
    assert (event["name"], event["source"], event["opened_by"]) == (
        "Friday drop", "declared", "person:staff",
    )  # fmt: skip
    assert event["closed_because"] == "ended"
    assert found["ledger"] == "edge-07/1"
    assert found["mode"] == "paper"


def test_its_records_and_digest_are_those_of_the_ledger(found, world):
    records = found["records"]
    assert records["size"] == world.state.size
    assert records["digest"] == digest(world.state).digest.hex()
    assert 1 < records["first"] < records["last"] <= records["size"]


def test_money_and_quantities_are_exact_texts_with_a_unit(found):
    (row,) = found["instruments"]
    assert row["unit"] == "WETH"
    assert row["customers"]["bought"] == "4.00"
    assert row["exposure"]["without_overlay_worst"]["without_overlay"] == "-4.00"
    cost = found["cost"]
    assert {money["currency"] for key, money in cost.items() if isinstance(money, dict)} == {
        "USDC"
    }
    assert Decimal(cost["spent"]["amount"]) == Decimal(cost["hedges_counted"]["amount"])
    assert Decimal(cost["spent"]["amount"]) <= Decimal(cost["used_at_most"]["amount"])


def test_the_verdict_follows_the_figures(found):
    assert found["state"] == "ready"
    verdict = found["verdict"]
    assert verdict.startswith(
        "Friday drop, declared by a person, has ended. Customers bought 4.00"
    )
    assert "without this node's hedges 4.00" in verdict
    assert verdict.endswith("Nothing of it is open.")


def test_an_open_event_is_no_success_and_a_missing_answer_is_a_warning():
    world = begun()
    hedged(world)
    assert report(folded(world))["state"] == "stop"
    world.observe(OrderAsked(intent("T7", price=151_000, lots=400), "customer:c1"))
    order = next(o for _ in range(20) for o in tick(world, 30))
    world.observe(
        Reported(NotAnswered(venue=order.venue, order_id=order.order_id, detail="silent"))
    )
    ended(world)
    found = report(folded(world))
    assert found["state"] == "warn"
    assert "order without an answer" in found["verdict"]
    assert {one["state"] for one in found["open"]["orders"]} == {"UNKNOWN"}


def test_an_event_without_anything_says_so():
    world = begun()
    ended(world)
    found = report(folded(world))
    assert found["instruments"] == []
    assert "It spent 0.00 USDC of " in found["verdict"]


@pytest.mark.parametrize(
    ("amount", "up", "text"),
    [
        ("187.298808", True, "187.30 USDC"),
        ("187.298808", False, "187.29 USDC"),
        ("-3.001", True, "-3.00 USDC"),  # a gain of a hedge
        ("-3.001", False, "-3.01 USDC"),  # a loss
        ("0.000125", True, "0.000125 USDC"),
        ("1234567.00", False, "1,234,567.00 USDC"),
        ("5", False, "5 USDC"),
        (f"{10**40}.001", True, f"{10**40:,}.01 USDC"),  # beyond a default context
    ],
)
def test_money_for_people_is_rounded_against_us(amount, up, text):
    assert event_words.short({"amount": amount, "currency": "USDC"}, up=up) == text


def test_money_of_unknown_scale_is_told_in_units():
    money = {"amount": None, "currency": "XYZ", "smallest_units": "7"}
    assert event_words.short(money, up=True) == "7 smallest units of XYZ"
