"""What the desk says to a node is judged first; what would have no effect is refused."""

from contextlib import asynccontextmanager
from dataclasses import asdict

import pytest

from edgenode.adapters.clock import WallClock
from edgenode.central import folder
from edgenode.central.desk.desk import Desk
from edgenode.central.feeds import NamedFeeds
from edgenode.model.errors import RefusedError
from edgenode.model.facts import Grant
from tests.central.sync.test_projector import entries, mirrors_in, store
from tests.central.test_desk import NODE, claimed, fresh
from tests.core.world import START, WETH

FAR = 4_000_000_000 * 10**9
FEEDS = {"core": WETH, "other": "ETHX"}


def grant(**changes):
    fact = Grant(
        at_ns=START, id="new", kind="cost", unit="USDC", limit=5, scope="node", expiry=FAR,
        grace_until=FAR, reducing_reserve=0, instrument=None, side=None,
    )  # fmt: skip
    return {"fact": "Grant", **asdict(fact), **changes}


@asynccontextmanager
async def desk_of(data, *, folded=True):
    """A desk with one approved node, whose ledger is folded or not yet."""
    async with fresh(data) as opened:
        desk = Desk(opened)
        key = await claimed(desk, actor="ann")
        await desk.perform("node.approve", {**NODE, "key": key, "actor": "bob"})
    state, run = entries(30)
    async with mirrors_in(data) as mirrors:
        await store(mirrors, run)
    wall = WallClock()
    async with folder.opened(data, wall, wall) as opened:
        if folded:
            await opened.projector.caught_up()
        yield opened, Desk(opened, NamedFeeds(FEEDS)), state


def told_kinds(opened):
    down = opened.centre.downs[NODE["node_id"]].store
    return [sealed.entry.kind for sealed in down.read(0, 100)]


REFUSED = [
    (grant(kind="position", unit="lots", side="buy"), "instrument and side: of positions"),
    (grant(kind="position", unit="lots", side="buy", instrument="ETHX"), "no instrument ETHX"),
    (grant(id="cost-1", limit=6), "another grant of this id"),
    (grant(unit="XYZ"), "XYZ"),
    (grant(grace_until=1), "grace that ends before the grant"),
    ({"fact": "GrantRevoked", "id": "nope", "reason": "r"}, "no grant nope"),
    ({"fact": "VenueLimit", "venue": "", "gross_notional_max": 1}, "a limit of no venue"),
    ({"fact": "Currency", "code": "a b", "decimals": 2}, "a b"),
    ({"fact": "Mandate", "instrument": "ETHX", "quantity_lots": 1, "version": 1,
      "valid_until": FAR}, "no instrument ETHX"),
    ({"fact": "FxRate", "base": "USDC", "quote": "USDC", "bid_ppb": 1, "ask_ppb": 1, "as_of": 1,
      "source": "s"}, "a rate of no pair"),
]  # fmt: skip


@pytest.mark.parametrize(("fact", "why"), REFUSED)
async def test_a_fact_that_the_node_would_not_apply_is_refused_and_nothing_is_told(
    tmp_path, fact, why
):
    async with desk_of(tmp_path / "data") as (opened, desk, _):
        before = told_kinds(opened)
        with pytest.raises(RefusedError) as caught:
            await desk.perform("tell", {**NODE, "facts": [grant(id="ok"), fact]})
        error = caught.value
        assert error.code == "EN002"
        assert error.found.startswith(f"{fact['fact']}, fact 2 of 2: ")
        assert why in error.found
        assert error.expected == "facts that take effect at edge-07"
        assert "nothing was told" in error.do
        assert told_kinds(opened) == before


async def test_what_is_told_names_its_entries_and_is_judged_behind_what_waits(tmp_path):
    async with desk_of(tmp_path / "data") as (opened, desk, _):
        answer = await desk.perform("tell", {**NODE, "facts": [grant(), grant(id="g2")]})
        assert (answer["told"], answer["judged"]) == (2, True)
        assert answer["entries"] == ["centre>edge-07/1/2", "centre>edge-07/1/3"]
        assert set(answer["limits"]) == {"new", "g2"}
        assert all(told.endswith(" USDC") for told in answer["limits"].values())
        assert told_kinds(opened)[1:] == ["Grant", "Grant"]
        with pytest.raises(RefusedError, match="another grant of this id"):
            await desk.perform("tell", {**NODE, "facts": [grant(limit=6)]})
        revoked = {"fact": "GrantRevoked", "id": "new", "reason": "r"}
        assert (await desk.perform("tell", {**NODE, "facts": [revoked]}))["told"] == 1


async def test_a_second_revocation_tells_nothing_and_says_so(tmp_path):
    async with desk_of(tmp_path / "data") as (opened, desk, _):
        revoked = {"fact": "GrantRevoked", "id": "cost-1", "reason": "r"}
        assert (await desk.perform("tell", {**NODE, "facts": [revoked]}))["told"] == 1
        before = told_kinds(opened)
        answer = await desk.perform("tell", {**NODE, "facts": [revoked]})
        assert (answer["told"], answer["entries"]) == (0, [])
        assert answer["revoked_before"] == ["cost-1"]
        assert told_kinds(opened) == before
        both = await desk.perform("tell", {**NODE, "facts": [revoked, grant()]})
        assert (both["told"], both["revoked_before"]) == (1, ["cost-1"])


@pytest.mark.parametrize("folded", [True, False])
async def test_a_grant_that_is_over_before_it_is_told_is_refused(tmp_path, folded):
    async with desk_of(tmp_path / "data", folded=folded) as (opened, desk, _):
        before = told_kinds(opened)
        with pytest.raises(RefusedError, match="grant 'new' expires at 2020-") as caught:
            await desk.perform("tell", {**NODE, "facts": [grant(expiry=1_580_000_000 * 10**9)]})
        assert (caught.value.code, caught.value.exit_code) == ("EN002", 2)
        assert "--expiry" in caught.value.do
        assert told_kinds(opened) == before


async def test_a_node_of_which_the_book_knows_nothing_yet_is_told_unjudged(tmp_path):
    async with desk_of(tmp_path / "data", folded=False) as (_, desk, _):
        answer = await desk.perform("tell", {**NODE, "facts": [grant(unit="XYZ")]})
        assert (answer["told"], answer["judged"]) == (1, False)


HEDGE = {**NODE, "feed": "core", "instrument": WETH, "enabled": True, "horizon_s": 300,
         "slice_s": 30, "slice_lots_max": 1, "band_lots": 0, "half_spread_ppm": 0}  # fmt: skip


@pytest.mark.parametrize(("changes", "expected"), [
    ({"instrument": "ETHX"}, f"{WETH}, of which feed core tells prices"),
    ({"instrument": WETH, "feed": "other"}, "ETHX, of which feed other tells prices"),
    ({"instrument": "ETHX", "feed": "other"}, f"one of {WETH}"),
    ({"feed": "nope"}, "one of the running centre's: core, other"),
    ({"node_id": "nope"}, "one of `node ls`"),
])  # fmt: skip
async def test_a_core_hedge_that_could_never_work_is_refused(tmp_path, changes, expected):
    async with desk_of(tmp_path / "data") as (_, desk, _):
        with pytest.raises(RefusedError) as caught:
            await desk.perform("core-hedge.set", {**HEDGE, **changes})
        assert (caught.value.code, caught.value.expected) == ("EN006", expected)
        assert (await desk.perform("core-hedge.ls", {}))["core_hedges"] == []
        assert (await desk.perform("core-hedge.set", HEDGE))["instrument"] == WETH


async def test_grants_are_listed_with_instrument_side_and_time(tmp_path):
    async with desk_of(tmp_path / "data") as (_, desk, state):
        rows = {row["grant"]: row for row in (await desk.perform("grant.ls", NODE))["grants"]}
        assert set(rows) == set(state.grants.accounts)
        row = rows["position-buy"]
        assert (row["instrument"], row["side"]) == (WETH, "buy")
        assert row["expires_at"].endswith("Z")


async def test_node_ls_counts_what_is_stored_and_the_breaks(tmp_path):
    async with desk_of(tmp_path / "data", folded=False) as (opened, desk, _):
        (row,) = (await desk.perform("node.ls", {}))["nodes"]
        stored = row["entries"]
        assert (row["unfolded_entries"], row["breaks"]) == (stored, None)
        await opened.projector.caught_up()
        (row,) = (await desk.perform("node.ls", {}))["nodes"]
        assert (row["entries"], row["unfolded_entries"], row["breaks"]) == (stored, 0, 0)
