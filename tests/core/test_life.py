"""A node's own life: birth, start, funds, digest."""

from edgenode.core import life
from edgenode.core.observations import ConfigRead, DigestDue, Funded, OrderAsked, Started, Tick
from edgenode.core.state.digest import digest
from edgenode.daemon.paper import PaperWorld
from edgenode.model.orders import OrderState
from tests.core.world import WETH, World, intent


def test_a_start_makes_every_order_at_a_venue_unknown_once():
    world = World(PaperWorld(venues=("a",)))
    world.publish("a", 150_000)
    ask = intent("H", account="desk:overlay", venue="a", price=150_100, time_in_force="ioc")
    order_id = world.facts(OrderAsked(ask, "rule:overlay"))[0].order_id
    kinds = [r.entry.kind for r in world.observe(Started(boot_tag=2, version="1", mode="paper"))]
    assert kinds == ["BootStarted", "OrderUnknown"]
    assert world.state.orders.orders[order_id].state is OrderState.UNKNOWN
    kinds = [r.entry.kind for r in world.observe(Started(boot_tag=3, version="1", mode="paper"))]
    assert kinds == ["BootStarted"]
    world.assert_refolds()


def test_a_start_pulls_a_quote_whose_reference_was_seen_before_it():
    world = World(PaperWorld(static_reference_ticks=None, quote_size_lots=500, venues=("a",)))
    world.publish("a", 150_000)
    world.observe(Tick())
    assert world.state.orders.quote_lots(WETH) == (500, 500)
    world.books.clear()
    world.observe(Started(boot_tag=9, version="1", mode="paper"))
    assert world.state.orders.quote_lots(WETH) == (0, 0)
    assert not world.state.wallet.held
    world.assert_refolds()


def test_a_configuration_that_was_read_again_is_recorded_by_its_keys_and_changes_nothing_else():
    world = World()
    before = digest(world.state)
    read = ConfigRead(applied=("log_level",), waiting=("control.port", "venues"))
    (fact,) = world.facts(read)
    assert (fact.applied, fact.waiting) == ("log_level", "control.port, venues")
    assert digest(world.state).parts == before.parts
    world.assert_refolds()


def test_what_an_observing_start_of_an_earlier_release_recorded_ends_with_a_start():
    world = World()
    world.restrict("node", "halted", "observe")
    world.observe(Started(boot_tag=4, version="1", mode="paper"))
    assert world.restricted() == {}
    world.assert_refolds()


def test_funds_are_booked_as_they_are_told():
    world = World()
    funded = Funded(
        account="customer:c9", venue="local", currency="USDC", instrument=None, amount=7,
        reference="r",
    )  # fmt: skip
    (fact,) = world.facts(funded)
    assert (fact.account, fact.amount, fact.reference) == ("customer:c9", 7, "r")


def test_a_digest_is_of_the_state_before_its_own_entry():
    world = World()
    before = digest(world.state)
    (act,) = life.decide(world.state, DigestDue(), world.now).acts
    assert (act.fact.size, act.fact.digest) == (before.size, before.digest)
