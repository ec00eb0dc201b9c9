import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.state.grants import Grants
from edgenode.model.facts import Grant, GrantRevoked

DAY = 86_400


def grant(id_, limit, expiry, kind="cost", **more):
    row = {
        "at_ns": 0, "id": id_, "kind": kind, "limit": limit, "unit": "USDC", "scope": "node",
        "instrument": None, "side": None, "expiry": expiry, "grace_until": expiry + DAY,
        "reducing_reserve": limit // 10,
    }  # fmt: skip
    return Grant(**{**row, **more})


def held(*rows):
    grants = Grants()
    for one in rows:
        grants.granted(one)
    return grants


def take(grants, amount, now, *, reducing=False, kind="cost"):
    rows, missing = grants.allocate(kind, "USDC", amount, now, reducing=reducing)
    for one in rows:
        grants.reserve(one, now)
    return [(r.grant, r.amount) for r in rows], missing


def position(grants, now, side="buy", *, reducing=False):
    return grants.position_limit("X", side, now, reducing=reducing)


def test_the_grant_that_expires_first_is_used_first():
    grants = held(grant("late", 100, 20), grant("early", 50, 10))
    assert take(grants, 120, 0) == ([("early", 50), ("late", 70)], 0)
    assert take(grants, 50, 0) == ([("late", 30)], 20)


def test_after_expiry_only_a_part_for_reducing_and_after_grace_nothing():
    grants = held(grant("g", 100, 10))
    assert take(grants, 1, 10) == ([], 1)
    assert take(grants, 50, 10, reducing=True) == ([("g", 10)], 40)
    assert take(grants, 1, 11, reducing=True) == ([], 1)  # the reserve is used up
    assert take(held(grant("g", 100, 10)), 1, 10 + DAY, reducing=True) == ([], 1)


def test_a_revoked_grant_gives_no_room_but_its_use_still_counts():
    grants = held(grant("g", 100, 10))
    take(grants, 60, 0)
    grants.revoked(GrantRevoked(at_ns=1, id="g", reason="r"), "ann", 2)
    grants.revoked(GrantRevoked(at_ns=3, id="g", reason="again"), "bob", 4)
    grants.revoked(GrantRevoked(at_ns=1, id="never seen", reason="r"), "ann", 2)
    found = grants.accounts["g"]
    assert (found.revoked_ns, found.revoked_by, found.revoked_why) == (2, "ann", "r")
    assert [found.ended_ns(now) for now in (0, 10)] == [2, 2]
    assert take(grants, 1, 0) == ([], 1)
    assert not grants.live("cost", "USDC", 0)
    assert grants.accounts["g"].reserved == 60


def test_spent_and_reserved_share_one_limit_and_a_venue_may_overdraw_it():
    grants = held(grant("g", 100, 10))
    take(grants, 60, 0)
    grants.release("g", 60)
    grants.spend("g", 70)
    assert take(grants, 60, 0) == ([("g", 30)], 30)
    assert grants.beyond == set()
    grants.spend("g", 1)
    assert grants.beyond == {"g"}
    with pytest.raises(AssertionError, match="more released"):
        grants.release("g", 31)


def test_cash_that_comes_back_restores_the_latest_expiry_first_never_below_zero():
    grants = held(grant("early", 100, 10, "cash"), grant("late", 100, 20, "cash"))
    grants.spend("early", 100)
    grants.spend("late", 40)
    grants.settle_cash("USDC", 60)
    assert [a.spent for a in grants.accounts.values()] == [80, 0]
    grants.settle_cash("USDC", 10_000)
    assert [a.spent for a in grants.accounts.values()] == [0, 0]


def test_position_grants_add_up_by_instrument_and_side_while_they_live():
    rows = [
        grant(f"p{i}", 10, expiry, "position", unit="lots", instrument=name, side=side)
        for i, (name, side, expiry) in enumerate(
            [("X", "buy", 10), ("X", "buy", 20), ("X", "sell", 20), ("Y", "buy", 20)]
        )
    ]
    grants = held(*rows)
    assert position(grants, 0) == position(grants, 0, reducing=True) == 20
    assert position(grants, 10) == 10
    assert position(grants, 0, side="sell") == 10


def test_an_expired_position_grant_keeps_its_reserve_for_what_reduces_until_its_grace_ends():
    row = {"kind": "position", "unit": "lots", "instrument": "X", "side": "buy"}
    grants = held(grant("old", 100, 10, **row), grant("live", 1, 100 * DAY, **row))
    assert position(grants, 10) == 1
    assert position(grants, 10, reducing=True) == 1 + 10  # a live one beside it takes nothing away
    assert position(grants, 10 + DAY, reducing=True) == 1
    for id_ in ("old", "live"):
        grants.revoked(GrantRevoked(at_ns=1, id=id_, reason="r"), "ann", 1)
    assert position(grants, 0, reducing=True) == position(grants, 10, reducing=True) == 0


def test_a_second_grant_with_the_same_id_changes_nothing():
    assert held(grant("g", 100, 10), grant("g", 999, 99)).accounts["g"].grant.limit == 100


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 60)), max_size=3), st.integers(1, 99))
def test_an_act_takes_all_of_its_amount_and_is_noted_where_it_passes_a_limit(rows, amount):
    grants = held(*(grant(f"g{i}", limit, i + 1) for i, (limit, _) in enumerate(rows)))
    for number, (_, reserved) in enumerate(rows):
        grants.accounts[f"g{number}"].reserved = reserved
    taken = grants.overdraw("cost", "USDC", amount)
    assert sum(part for _, part in taken) == (amount if rows else 0)
    passed = {id_ for id_, a in grants.accounts.items() if a.used > a.grant.limit}
    assert grants.beyond == {id_ for id_, _ in taken if id_ in passed} or not rows
    assert rows or grants.beyond == {"no cost grant in USDC"}


@given(st.lists(st.tuples(st.sampled_from(["buy", "claim", "sell", "restore"]),
                          st.integers(1, 60)), max_size=20))  # fmt: skip
def test_what_a_sale_is_to_bring_back_is_nobody_elses_whatever_happens_between(run):
    """A claimed sale that executes uses no more of its grant than was used before."""
    grants, open_sales = held(grant("g", 100, 10, kind="cash")), []
    account = grants.accounts["g"]
    for what, amount in run:
        if what == "buy" and account.room(0, reducing=False) >= amount:
            grants.spend("g", amount)
        elif what == "claim":
            for id_, most in grants.claimable("USDC", 0):
                open_sales.append(min(most, amount))
                grants.claim(id_, open_sales[-1])
        elif what == "sell" and open_sales:
            part, before = open_sales.pop(), account.used
            grants.claim("g", -part)
            grants.proceeds("g", part)
            assert account.used <= before
        elif what == "restore":
            grants.settle_cash("USDC", amount)
        assert account.used <= account.grant.limit
        assert account.claimed == sum(open_sales)
