from dataclasses import replace

import pytest

from edgenode.core.observations import CentreSaid, Tick
from edgenode.daemon.paper import PaperWorld
from edgenode.model.errors import RefusedError
from edgenode.model.facts import (
    Adopted,
    BreakOpened,
    GrantRevoked,
    Mandate,
    QuotesSet,
    SessionOpened,
)
from edgenode.model.ledgers import Entry
from edgenode.wire import entry as wire_entry
from edgenode.wire import facts as wire_facts
from tests.core.world import DOWN, START, WETH, World


def mandate(version, lots=-40):
    return Mandate(
        at_ns=START, instrument=WETH, quantity_lots=lots, version=version, valid_until=START + 1
    )


def test_a_centres_entry_takes_effect_only_as_an_entry_of_our_own():
    world = World(PaperWorld(quote_size_lots=0))
    step = world.adopt(mandate(1))
    assert [type(r.fact) for r in step] == [Adopted]
    assert world.exposure().mandate == -40
    world.assert_refolds()


def test_the_same_entry_again_decides_nothing():
    world = World()
    data = world.adopt(mandate(1))[0].fact.bytes
    assert world.observe(CentreSaid(data)) == []


def test_an_entry_out_of_order_is_refused_and_nothing_changes():
    world = World()
    size = world.state.size
    world._down_seq += 1  # an entry lost on the way
    with pytest.raises(RefusedError, match=f"entry {world._down_seq + 1}") as caught:
        world.adopt(mandate(1))
    assert caught.value.code == "EN306"
    assert world.state.size == size


@pytest.mark.parametrize(
    ("kind", "body", "why"),
    [
        ("Surprise", b"\x80", "Surprise"),
        ("Mandate", b"\x80", "Mandate"),
        ("SessionOpened", None, "SessionOpened is not for a down-ledger"),
    ],
)
def test_what_cannot_be_applied_is_adopted_with_a_break_and_stalls_nothing(kind, body, why):
    world = World()
    if body is None:
        body = wire_facts.encode(SessionOpened(at_ns=1, account="customer:c1"))
    seq = world._down_seq + 1
    entry = Entry(seq, 1, kind, "centre", True, seq.to_bytes(16, "big"), body)
    sealed = wire_entry.seal(DOWN, entry, world._down_prev)
    world._down_seq, world._down_prev = seq, sealed.leaf
    adopted, broken = (r.fact for r in world.observe(CentreSaid(wire_entry.data_of(DOWN, sealed))))
    assert not adopted.applied
    assert isinstance(broken, BreakOpened)
    assert why in broken.detail
    assert not world.state.orders.sessions
    world.adopt(mandate(1))  # the next one goes on
    assert world.exposure().mandate == -40
    world.assert_refolds()


def test_limits_change_their_version_with_each_grant_and_revocation():
    world = World()
    before = world.state.rules.version
    world.adopt(GrantRevoked(at_ns=START, id="cost-1", reason="drill"))
    assert world.state.rules.version == before + 1
    assert world.state.grants.accounts["cost-1"].revoked


def test_the_desks_quote_follows_what_the_centre_allows_in_the_same_step():
    world = World()
    world.publish("a", 150_000)
    world.observe(Tick())
    held = world.state.rules.policy
    step = world.adopt(replace(held, version=2, quote_size_lots=0))
    assert [type(r.fact) for r in step] == [Adopted, QuotesSet]
    assert world.state.orders.quote_lots(WETH) == (0, 0)
    world.adopt(replace(held, version=3))
    step = world.adopt(GrantRevoked(at_ns=START, id="position-buy", reason=""))
    assert [type(r.fact) for r in step] == [Adopted, QuotesSet]
    assert world.state.orders.quote_lots(WETH)[0] == 0
