"""Open requests are held by what they are for; when they were asked is kept for a while."""

from edgenode.core.state.needs import QUIET_NS, Needs, key_of
from edgenode.model.facts import NeedAsked, NeedEnded


def asked(at_ns=0, need_id="need-1", need="cash", **more):
    made = {
        "at_ns": at_ns, "need_id": need_id, "need": need, "unit": "USDC", "instrument": None,
        "decimals": 6, "event_id": "e", "needed": 10, "left": 3, "until": 100, "sized": (),
    }  # fmt: skip
    return NeedAsked(**(made | more))


def test_a_need_has_one_open_request_the_newest():
    needs = Needs()
    needs.asks(asked())
    needs.asks(asked(need_id="need-2", needed=20))
    needs.asks(asked(need_id="need-3", need="cost"))
    assert [one.need_id for one in needs.rows()] == ["need-2", "need-3"]


def test_ending_a_superseded_request_leaves_the_newer_one():
    needs = Needs()
    needs.asks(asked())
    needs.asks(asked(need_id="need-2"))
    needs.ended(NeedEnded(at_ns=1, need_id="need-1", reason="granted", left=9))
    assert [one.need_id for one in needs.rows()] == ["need-2"]
    needs.ended(NeedEnded(at_ns=1, need_id="need-2", reason="granted", left=9))
    assert needs.rows() == []


def test_a_need_is_quiet_for_a_while_after_it_was_asked_for_and_then_forgotten():
    needs = Needs()
    needs.asks(asked(at_ns=5))
    key = key_of(asked())
    assert needs.is_quiet(key, 5)
    assert needs.is_quiet(key, 4 + QUIET_NS)
    assert not needs.is_quiet(key, 5 + QUIET_NS)
    assert not needs.is_quiet(key, 4)  # a clock that was set back keeps nobody quiet
    needs.asks(asked(at_ns=5 + QUIET_NS, need="cost"))
    assert key not in needs.asked


def test_the_digest_tells_requests_apart():
    one, other = Needs(), Needs()
    one.asks(asked())
    other.asks(asked(needed=11))
    assert one.canonical() != other.canonical() != Needs().canonical()
