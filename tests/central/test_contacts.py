from edgenode.central.contacts import Contacts
from tests.core.world import SECOND


class Clock:
    now = 100 * SECOND

    def now_ns(self):
        return self.now


def test_a_node_is_in_contact_while_it_waits_for_news_and_as_of_its_last_request():
    clock = Clock()
    contacts = Contacts(clock)
    assert contacts.heard_ns("edge-07") == 0
    with contacts.asks("edge-07"):
        clock.now += 50 * SECOND
        assert contacts.heard_ns("edge-07") == clock.now
        with contacts.asks("edge-07"):
            pass
        assert contacts.heard_ns("edge-07") == clock.now, "the first request still waits"
    ended, clock.now = clock.now, clock.now + 7 * SECOND
    assert contacts.heard_ns("edge-07") == ended
    assert contacts.heard_ns("edge-08") == 0


def test_a_node_that_was_told_more_than_is_held_here_is_ahead_until_that_is_back():
    contacts = Contacts(Clock())
    assert contacts.ahead("edge-07") == 0
    contacts.shows("edge-07", 3, held=2)
    assert (contacts.ahead("edge-07"), contacts.ahead("edge-08")) == (3, 0)
    contacts.shows("edge-07", 3, held=3)
    assert contacts.ahead("edge-07") == 0
