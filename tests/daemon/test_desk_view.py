"""Whether the desk trades: what it lacks is told, and what is told is all that it lacks."""

import random
import re
from dataclasses import replace
from decimal import Decimal
from itertools import combinations

import pytest

from edgenode.cli import status_text
from edgenode.daemon.page import page
from edgenode.daemon.paper import PaperWorld, by_hand
from edgenode.model.facts import Grant, GrantRevoked
from edgenode.model.instants import instant
from tests.core.world import SECOND, WETH
from tests.daemon.test_exposed import Node

ISSUE = re.compile(
    r"grant issue edge-07 --id NAME --limit N --expiry TIME --kind (\w+) --unit (\w+)"
    r"(?: --instrument (\S+) --side (\w+))?$"
)


def grants(node):
    return sorted(node.world.state.grants.accounts)


def issued(node, number, do):
    """Do what the status says: issue the grant that it names."""
    kind, unit, instrument, side = ISSUE.search(do).groups()
    far = node.world.now + 100_000 * SECOND
    node.world.adopt(Grant(
        at_ns=node.world.now, id=f"new-{number}", kind=kind, unit=unit, limit=10**12, scope="node",
        expiry=far, grace_until=far, reducing_reserve=0, instrument=instrument, side=side,
    ))  # fmt: skip


def subsets():
    names = grants(Node(by_hand()))
    assert len(names) == 4
    return [some for count in range(5) for some in combinations(names, count)]


@pytest.mark.parametrize("figures", [by_hand(), by_hand(("a",))])
@pytest.mark.parametrize("lost", subsets())
def test_each_missing_grant_is_told_and_doing_what_is_told_makes_the_desk_trade(figures, lost):
    node = Node(figures)
    node.tick()
    for name in lost:
        node.world.adopt(GrantRevoked(at_ns=node.world.now, id=name, reason="r"))
    node.tick()
    found = node.status()
    assert found["verdict"] == ("HOLD" if lost else "READY")
    assert len([p for p in found["problems"] if p["code"] == "EN129"]) == len(lost)
    for number, problem in enumerate(found["problems"]):
        issued(node, number, problem["do"])
    node.tick()
    found = node.status()
    assert (found["verdict"], found["problems"], found["quoting"]) == ("READY", [], True)


@pytest.mark.parametrize("seed", range(30))
def test_a_box_that_does_not_quote_says_why(seed):
    """Whatever is short: a policy with a quoter, and no quote, is never without a problem."""
    rng = random.Random(seed)
    node = Node(PaperWorld(
        quote_size_lots=500, venues=rng.choice(((), ("a",))), overlay_enabled=rng.random() < 0.5,
        cash_limit=rng.choice((1, 300_000)), cost_limit=rng.choice((1, 1_000)),
        position_lots=rng.choice((1, 10_000)), funds_cash=rng.choice((1, 150_000)),
        funds_lots=rng.choice((0, 10_000)), unhedged_max=rng.choice((0, 10_000)),
        order_notional_max=rng.choice((1, 25_000)), gross_max=rng.choice((1, 20_000_000)),
        static_reference_ticks=rng.choice((None, 150_000)),
    ))  # fmt: skip
    for name in rng.sample(grants(node), rng.randint(0, 1)):
        node.world.adopt(GrantRevoked(at_ns=node.world.now, id=name, reason="r"))
    if rng.random() < 0.3:
        node.world.restrict(rng.choice(("node", f"instrument:{WETH}")), "halted", "stress:x")
    node.tick(2)
    found = node.status()
    assert found["quoting"] or found["problems"], node.world.figures
    assert all(problem["do"] for problem in found["problems"])
    assert f"  quoting: {'yes' if found['quoting'] else 'no'}" in status_text.lines(found)


def test_a_desk_without_cash_and_goods_says_that_it_does_not_quote_and_what_is_missing():
    node = Node(PaperWorld(quote_size_lots=500, funds_cash=0, funds_lots=0, overlay_enabled=False))
    node.tick()
    (problem,) = node.status()["problems"]
    assert problem["code"] == "EN113"
    assert problem["text"].startswith(f"No quote of {WETH} stands. to buy: ")
    assert "funds: 15.00, limit 0.00 USDC" in problem["text"]
    assert "inventory: 0.01, limit 0.00 WETH" in problem["text"]


@pytest.mark.parametrize("kind", ["cost", "cash", "position"])
def test_a_grant_that_ended_says_when_by_whom_and_why_and_has_nothing_left(kind):
    """Revoked or expired: the problem, the wallet and the page tell it; nothing is available."""
    node = Node(by_hand(("a",)))
    node.tick()
    (held, *_) = [
        a.grant for a in node.world.state.grants.accounts.values() if a.grant.kind == kind
    ]
    node.world.adopt(GrantRevoked(at_ns=1, id=held.id, reason="no more of it"))
    found = node.status()
    (row,) = [r for r in found["wallet"] if r["grant"] == held.id]
    assert Decimal(row["available"]) == 0
    assert row["revoked"] is True
    revoked = f"revoked {instant(node.world.now)} by "
    assert row["ended"].startswith(revoked)
    assert row["ended"].endswith(": no more of it")
    (problem,) = [p for p in found["problems"] if p["code"] == "EN129"]
    assert f"{held.id} {row['ended']}" in problem["text"]
    assert problem["since"] == instant(node.world.now)
    html = page.fragments(found, {"t": [], "volume": [], "exposure": []})["money"]
    assert f"<small>{row['ended']}</small>" in html
    node.world.now = max(a.grant.expiry for a in node.world.state.grants.accounts.values())
    rows = node.status()["wallet"]
    assert all(Decimal(r["available"]) == 0 for r in rows)
    assert all(r["ended"].startswith("expired ") for r in rows if not r["revoked"])
    assert node.status()["sync"]["hard_stop_at"] is None


def test_the_last_grant_of_a_kind_is_told_before_it_ends_and_holds_nothing_until_then():
    node = Node(by_hand(("a",)))
    held = node.world.state.grants.accounts.values()
    (expiry,) = {a.grant.expiry for a in held}
    node.world.now = expiry - 4 * 3_600 * SECOND - 2 * SECOND
    node.tick()
    assert [p for p in node.status()["problems"] if p["code"] == "EN129"] == []
    node.tick()
    found = node.status()
    told = [p for p in found["problems"] if p["code"] == "EN129"]
    assert len(told) == len(held)
    assert {p["severity"] for p in told} == {"warning"}
    assert all(f"expires {instant(expiry)}; then: no unexpired " in p["text"] for p in told)
    assert all(p["do"].startswith("The desk issues one: edgecentral grant issue") for p in told)
    assert found["verdict"] == "READY"
    cost = next(a.grant for a in held if a.grant.kind == "cost")
    later = expiry + 10**15
    node.world.adopt(replace(cost, id="next", expiry=later, grace_until=later))
    rest = [p for p in node.status()["problems"] if p["code"] == "EN129"]
    assert len(rest) == len(held) - 2
    assert not any("cost" in p["text"] for p in rest)
