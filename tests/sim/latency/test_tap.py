"""The tap finds every body however the wire cuts it up, and reads no more than sync messages."""

from hypothesis import given
from hypothesis import strategies as st

from edgenode.model.ids import NodeId
from edgenode.model.ledgers import MAIN, LedgerId
from edgenode.sim.latency.tap import Bodies, Tap
from edgenode.wire import message
from edgenode.wire.message import PushAck
from tests.core.sync.parties import Writer

OWN = Writer(9)
LEDGER = LedgerId(NodeId("edge-07"), MAIN, 1)


class Clock:
    """Counts its looks."""

    def __init__(self):
        self.looks = 0

    def now_ns(self):
        self.looks += 1
        return self.looks


def http(body, head=b"POST /sync/v1 HTTP/1.1"):
    return head + b"\r\nHost: x\r\nCONTENT-length: %d\r\n\r\n" % len(body) + body


@given(st.lists(st.binary(max_size=60), max_size=6), st.lists(st.integers(1, 40), max_size=60))
def test_bodies_are_found_however_they_are_cut(bodies, cuts):
    wire, cutter, found = b"".join(map(http, bodies)), Bodies(), []
    for size in cuts:
        found += cutter.feed(wire[:size])
        wire = wire[size:]
    found += cutter.feed(wire)
    assert found == bodies


def test_a_message_without_a_length_has_no_body():
    cutter = Bodies()
    assert list(cutter.feed(b"GET / HTTP/1.1\r\n\r\n" + http(b"later"))) == [b"", b"later"]


def test_a_cosignature_of_the_node_is_noted_once_it_is_whole_and_no_others():
    clock = Clock()
    tap = Tap(clock, LEDGER)
    _, back = tap.connection()
    mine = message.encode(PushAck(ledger=LEDGER, note=OWN.head(7).note))
    other = LedgerId(NodeId("edge-08"), MAIN, 1)
    theirs = message.encode(PushAck(ledger=other, note=OWN.head(9).note))
    answers = http(theirs, b"HTTP/1.1 200 OK") + http(mine, b"HTTP/1.1 200 OK")
    back(answers[:-1])
    assert tap.cosigned == []
    back(answers[-1:])
    assert tap.cosigned == [(1, 7)]
    back(http(b"<html>sign in", b"HTTP/1.1 200 OK"))
    assert len(tap.cosigned) == 1
    assert tap.pushed == []
