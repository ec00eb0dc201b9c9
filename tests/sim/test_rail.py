"""The sandbox rail: idempotent keys, every fault, and money that is neither made nor lost."""

import random

import aiohttp
import pytest

from edgenode.adapters.clock import MarketClock
from edgenode.sim.faults import DemandedFault
from edgenode.sim.rail.engine import (
    DAY_S,
    FAULTS,
    LATE_BY_S,
    OPENING_MINOR,
    RETURNED_AFTER_S,
    SECOND_NS,
    RailEngine,
    Transfer,
)
from edgenode.sim.rail.server import serving

MORNING = 1_658_911_200 * SECOND_NS  # 2022-07-27T08:40:00Z


def transfer(key="k1", amount=1_000, debtor="a", creditor="b"):
    return Transfer(key, debtor, creditor, amount, "USDC", "r")


def rail(*faults):
    made = RailEngine()
    made.faults = [DemandedFault(kind, 1, 0) for kind in faults]
    return made


def moved(engine, account="b"):
    return engine.balance(account, "USDC") - OPENING_MINOR


def after(engine, seconds):
    engine.second(MORNING + seconds * SECOND_NS)
    return engine


def test_a_transfer_is_booked_once_after_a_while():
    engine = rail()
    assert engine.transfer(transfer(), MORNING).state == "accepted"
    assert moved(after(engine, 4)) == 0
    assert moved(after(engine, 5)) == 1_000
    assert moved(after(engine, 50)) == 1_000
    assert engine.query("k1").state == "settled"
    assert [line["amount_minor"] for line in engine.lines("a", 0)] == [-1_000]


def test_the_same_key_is_the_same_transfer_and_other_content_is_rejected():
    engine = rail()
    first = engine.transfer(transfer(), MORNING)
    assert engine.transfer(transfer(), MORNING) is first
    assert engine.transfer(transfer(amount=2_000), MORNING).state == "rejected"
    assert first.state == "accepted"
    assert moved(after(engine, 5)) == 1_000


@pytest.mark.parametrize(
    "asked", [transfer(amount=0), transfer(amount=-5), transfer(amount=OPENING_MINOR + 1),
              transfer(creditor="a")]
)  # fmt: skip
def test_what_cannot_be_is_rejected(asked):
    assert rail().transfer(asked, MORNING).state == "rejected"


def test_money_on_its_way_cannot_be_sent_again():
    engine = rail()
    engine.transfer(transfer(amount=OPENING_MINOR), MORNING)
    assert engine.transfer(transfer("k2"), MORNING).state == "rejected"


@pytest.mark.parametrize(
    ("fault", "at_5", "later", "state"),
    [
        ("late", 0, (LATE_BY_S + 5, 1_000), "settled"),
        ("partial", 500, (60, 500), "settled"),
        ("duplicate", 2_000, (60, 2_000), "settled"),
        ("returned", 1_000, (5 + RETURNED_AFTER_S, 0), "returned"),
        ("cut_off", 0, (DAY_S, 1_000), "settled"),
    ],
)
def test_each_fault_of_booking(fault, at_5, later, state):
    engine = rail(fault)
    engine.transfer(transfer(), MORNING)
    assert moved(after(engine, 5)) == at_5
    seconds, lots = later
    assert moved(after(engine, seconds)) == lots
    assert engine.query("k1").state == state


def test_after_the_cut_off_a_transfer_waits_for_the_morning():
    engine = rail()
    evening = MORNING + 9 * 3_600 * SECOND_NS
    engine.transfer(transfer(), evening)
    engine.second(evening + 60 * SECOND_NS)
    assert moved(engine) == 0
    engine.second(MORNING + DAY_S * SECOND_NS)
    assert moved(engine) == 1_000


def test_under_all_faults_money_is_neither_made_nor_lost():
    rng, engine = random.Random(3), RailEngine()
    for number in range(400):
        if rng.random() < 0.3:
            engine.faults.append(
                DemandedFault(rng.choice(FAULTS), rng.randint(1, 2), rng.randint(0, 2))
            )
        engine.transfer(
            transfer(
                f"k{rng.randint(0, 300)}",
                rng.randint(1, OPENING_MINOR // 3),
                *rng.sample("abc", 2),
            ),
            MORNING + number * SECOND_NS,
        )
        engine.second(MORNING + number * SECOND_NS)
        assert sum(engine.accounts.values()) == OPENING_MINOR * len(engine.accounts)
        assert sum(line["amount_minor"] for line in engine.statement) == 0
    assert {t.state for t in engine.transfers.values()} >= {"settled", "returned", "rejected"}


async def test_the_server_says_what_the_engine_knows_and_loses_answers_on_demand():
    clock = MarketClock(MORNING, 50)
    body = {"key": "k1", "debtor": "a", "creditor": "b", "amount_minor": 7, "currency": "USDC"}
    async with serving(clock, speed=50) as (_, url), aiohttp.ClientSession(url) as session:

        async def get(path):
            async with session.get(path) as answer:
                return answer.status, await answer.json()

        async def post(path, sent):
            async with session.post(path, json=sent) as answer:
                return answer.status, await answer.json()

        assert (await get("/transfers/k1"))[0] == 404
        assert (await post("/faults", {"kind": "lost_answer"}))[0] == 200
        assert (await post("/faults", {"kind": "earthquake"}))[0] == 422
        with pytest.raises(aiohttp.ClientError):
            await post("/transfers", body)
        while (await get("/transfers/k1"))[1]["state"] != "settled":
            pass  # every question lets the server's time pass
        assert (await post("/transfers", body))[1]["state"] == "settled"
        assert (await get("/balance?account=b&currency=USDC"))[1][
            "amount_minor"
        ] == OPENING_MINOR + 7
        lines = (await get("/statement?account=b&after=0"))[1]
        assert [line["amount_minor"] for line in lines] == [7]
        assert (await get("/truth"))[1]["transfers"]["k1"]["state"] == "settled"
        assert (await post("/transfers", {**body, "key": "k2", "amount_minor": 0}))[0] == 422
        assert (await post("/transfers", {"key": 1}))[0] == 400
        assert (await get("/statement"))[0] == 400
