"""What a submitter's id was used for, while its order is at hand; and a hash for ever."""

from edgenode.core.state.names import Names, UsedId
from edgenode.model.orders import OrderKey
from tests.core.world import CUSTOMER

ONE, TWO = OrderKey(CUSTOMER, "one"), OrderKey(CUSTOMER, "two")


def test_an_id_is_known_by_what_was_asked_and_what_became_of_it():
    names = Names()
    names.use(ONE, b"content", 7, "ORDER")
    assert names.used == {ONE: UsedId(b"content", "ORDER", 7)}


def test_the_hash_is_over_all_ids_in_their_order():
    chains = set()
    for keys in ((ONE, TWO), (TWO, ONE), (ONE,)):
        names = Names()
        for key in keys:
            names.use(key, b"c", 1, None)
        chains.add(names.chain)
    assert len(chains) == 3


def test_an_id_goes_with_its_order_and_the_hash_stays():
    names = Names()
    names.use(ONE, b"c", 1, "OPEN")
    names.use(TWO, b"c", 2, None)
    names.denials[TWO] = object()
    chain = names.chain
    names.close(1, ())
    assert (set(names.used), set(names.denials)) == ({ONE, TWO}, {TWO})
    names.close(2, ())
    assert (set(names.used), set(names.denials)) == ({ONE}, set())
    names.close(2, (ONE,))
    assert (names.used, names.chain) == ({}, chain)
