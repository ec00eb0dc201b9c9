"""Rows 3, 18, 19, 21 and 27: this order, at this moment."""

from edgenode.core.observations import (
    Funded,
    OrderAsked,
    PauseAsked,
    Started,
    StateAsked,
    Tick,
)
from tests.core.gate.orders import codes, declare, hedge, names, ready, reasons
from tests.core.world import SECOND, START, intent


def test_03_a_client_order_id_used_before():
    world = ready()
    world.observe(OrderAsked(intent("T1"), "customer:c1"))
    assert "EN103" in codes(world, intent("T1"))
    assert "EN103" not in codes(world, intent("T2"))


def test_18_a_clock_that_went_back():
    world = ready()
    world.now -= 2 * SECOND
    world.publish("a", 150_000)
    (reason,) = reasons(world, intent())
    assert (reason.code, reason.name, reason.limit) == ("EN118", "clock", str(START))


def test_18_a_drill_in_paper_may_say_that_its_time_begins_anew_and_nothing_else_may():
    for mode, anew, expected in (
        ("paper", True, []), ("paper", False, ["clock"]), ("live", True, ["clock"]),
    ):  # fmt: skip
        world = ready()
        world.now -= 3_600 * SECOND
        world.observe(Started(boot_tag=2, version="0", mode=mode, time_anew=anew))
        world.publish("a", 150_000)
        held = ["trading_state"] if expected else []
        assert names(world, intent()) == [*expected, *held]


def test_19_an_expiry_in_the_past_and_one_that_has_no_business_there():
    world = ready()
    gtd = {"time_in_force": "gtd"}
    assert names(world, intent(expires_ns=world.now, **gtd)) == ["expiry_past"]
    assert names(world, intent(expires_ns=world.now + 1)) == ["expiry"]
    assert names(world, intent(**gtd)) == ["expiry"]
    assert codes(world, intent(expires_ns=world.now + 1, **gtd)) == []


def test_21_trading_state_and_pause():
    world = ready()
    world.observe(StateAsked(scope="node", state="halted", reason="", actor="person:p"))
    assert codes(world, hedge(1)) == codes(world, intent(lots=1, price=10_000)) == ["EN121"]
    world.observe(StateAsked(scope="node", state="active", reason="", actor="person:p"))
    world.observe(PauseAsked(paused=True, hedges=False, reason="", actor="person:p"))
    assert codes(world, intent(lots=1, price=150_000)) == ["EN121"]
    assert codes(world, hedge(1)) == ["EN121"], "nothing is exposed that it could reduce"


def test_21_a_pause_lets_what_is_exposed_be_hedged_unless_hedges_are_held():
    world = ready(quote_size_lots=500)
    world.observe(Tick())
    world.observe(OrderAsked(intent("T1", price=151_000, lots=300), "c"))
    for held, expected in ((False, []), (True, ["EN121"])):
        world.observe(PauseAsked(paused=True, hedges=held, reason="", actor="person:p"))
        assert codes(world, hedge(100)) == expected


def test_21_a_customers_order_that_takes_risk_off_the_desk_passes_a_pause():
    world = ready(quote_size_lots=500)
    world.observe(Tick())
    world.observe(OrderAsked(intent("T1", price=151_000, lots=400), "customer:c1"))
    world.observe(PauseAsked(paused=True, hedges=False, reason="", actor="person:p"))
    assert world.exposure().agreed == -400
    assert codes(world, intent("T2", side="sell", lots=400, price=140_000)) == []
    assert codes(world, intent("T3", side="buy", lots=1, price=140_000)) == ["EN121"]


def test_27_an_order_names_an_open_micro_event_or_none():
    world = ready()
    declare(world, "past", starts_s=-20, ends_s=-10)
    declare(world, "later", starts_s=10)
    declare(world, "now")
    for named in ("zzz", "past", "later"):
        (reason,) = reasons(world, hedge(event_id=named))
        assert (reason.code, reason.name, reason.value) == ("EN127", "event", named)
        assert names(world, intent(event_id=named)) == ["event"]
    for named in ("now", "none", None):
        assert codes(world, hedge(event_id=named)) == []


def test_27_a_customer_cannot_leave_the_micro_event_that_runs():
    world = ready()
    declare(world, "now")
    world.observe(StateAsked(scope="event:now", state="halted", reason="", actor="person:p"))
    for named in ("now", "none", None):
        (reason,) = reasons(world, intent(event_id=named))
        assert (reason.code, reason.scope) == ("EN121", "event:now")


def test_27_only_customers_the_book_and_the_overlay_trade():
    world = ready()
    for account in ("desk:suspense", "desk:other", "ann", "customer:never-funded"):
        if account != "customer:never-funded":
            world.observe(Funded(account=account, venue="a", currency="USDC", instrument=None,
                                 amount=10**12, reference=""))  # fmt: skip
        found = names(world, hedge(1, account=account))
        assert "account" in found, account
    assert "account" not in names(world, hedge(1, account="desk:book"))
