from edgenode.core.state.breaks import Breaks
from edgenode.model.facts import BreakClosed, BreakOpened


def opened(id_="b1", detail="x"):
    return BreakOpened(at_ns=1, break_id=id_, type="t", subject="s", detail=detail, refers_to=None)


def test_the_first_report_of_a_break_stands_until_it_is_closed():
    breaks = Breaks()
    breaks.opened(opened())
    breaks.opened(opened(detail="other"))
    assert breaks.open["b1"].detail == "x"
    breaks.closed(BreakClosed(at_ns=2, break_id="b1", reason="explained"))
    breaks.closed(BreakClosed(at_ns=2, break_id="never", reason="explained"))
    assert breaks.canonical() == [[], []]


def test_the_digest_does_not_depend_on_the_order_of_opening():
    one, two = Breaks(), Breaks()
    for id_ in ("a", "b"):
        one.opened(opened(id_))
    for id_ in ("b", "a"):
        two.opened(opened(id_))
    assert one.canonical() == two.canonical()
