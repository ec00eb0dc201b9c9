"""What the desk foresees of facts is what the node makes of them as it adopts them."""

import random
from dataclasses import replace

import pytest

from edgenode.core.centre import foresight
from edgenode.core.state.digest import digest
from edgenode.model.errors import RefusedError
from edgenode.model.facts import Adopted, Currency, FxRate, GrantRevoked, Mandate, VenueLimit
from edgenode.wire import facts as wire_facts
from tests.core.centre.test_fitness import NONSENSE, held, world_with_trades
from tests.core.world import START, WETH


def some_fact(rng, world, number):
    """Return a fact that fits, or does not, or fits only behind another one."""
    rules, grants = world.state.rules, world.state.grants.accounts
    policy = replace(rules.policy, version=rules.policy.version + number)
    other = replace(rules.instruments[WETH], id=f"X{rng.randint(1, 3)}", quote=rng.choice(
        ("USDC", "NEW", "JPY")))  # fmt: skip
    name = f"g{rng.randint(1, 3)}"
    cost, position = grants["cost-1"].grant, grants["position-buy"].grant
    nonsense, changes = rng.choice(NONSENSE)
    return rng.choice((
        Currency(at_ns=START, code="NEW", decimals=rng.choice((0, 2, 99))),
        other,
        replace(policy, band_lots=rng.choice((5, -1))),
        replace(cost, id=name, limit=rng.choice((1, 2, -1))),
        replace(position, id=name, instrument=rng.choice((WETH, "X1", "ETHX", None))),
        GrantRevoked(at_ns=START, id=rng.choice((name, "cost-1", "nope")), reason=""),
        FxRate(at_ns=START, base="USDC", quote=rng.choice(("NEW", "JPY")), bid_ppb=1, ask_ppb=1,
               as_of=START, source="s"),
        VenueLimit(at_ns=START, venue="a", gross_notional_max=rng.choice((1, -1))),
        Mandate(at_ns=START, instrument=rng.choice((WETH, "X1")), quantity_lots=1, version=number,
                valid_until=START),
        replace(held(world, nonsense), **changes),
    ))  # fmt: skip


def encodes(fact):
    try:
        wire_facts.decode(type(fact).__name__, wire_facts.encode(fact))
    except (RefusedError, ValueError, OverflowError, TypeError):
        return False
    return True


@pytest.mark.parametrize("seed", range(60))
def test_what_is_foreseen_is_what_the_node_adopts(seed):
    rng, world = random.Random(seed), world_with_trades()
    facts = [some_fact(rng, world, number) for number in range(1, 9)]
    facts = [fact for fact in facts if encodes(fact)]
    cut = rng.randint(0, len(facts))
    before = digest(world.state)
    foreseen = foresight.refused(world.state, facts[:cut], facts[cut:], world.now)
    assert digest(world.state) == before, "looking ahead changes nothing"
    for fact in facts[:cut]:
        world.adopt(fact)
    adopted = [world.adopt(fact)[0].fact for fact in facts[cut:]]
    assert all(isinstance(fact, Adopted) for fact in adopted)
    assert [fact.reason for fact in adopted] == foreseen
    assert [fact.applied for fact in adopted] == [not reason for reason in foreseen]
