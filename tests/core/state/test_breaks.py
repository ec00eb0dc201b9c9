from edgenode.core.state.breaks import Breaks
from edgenode.model.facts import BreakClosed, BreakOpened, BreakResolved


def opened(id_="b1", detail="x"):
    return BreakOpened(at_ns=1, break_id=id_, type="t", subject="s", detail=detail, refers_to=None)


def test_the_first_report_of_a_break_stands_until_it_is_closed():
    breaks = Breaks()
    breaks.opened(opened())
    breaks.opened(opened(detail="other"))
    assert breaks.open["b1"].detail == "x"
    breaks.closed(BreakClosed(at_ns=2, break_id="b1", reason="explained"))
    breaks.closed(BreakClosed(at_ns=2, break_id="never", reason="explained"))
    assert breaks.canonical() == [[], [], []]


def test_the_digest_does_not_depend_on_the_order_of_opening():
    one, two = Breaks(), Breaks()
    for id_ in ("a", "b"):
        one.opened(opened(id_))
    for id_ in ("b", "a"):
        two.opened(opened(id_))
    assert one.canonical() == two.canonical()


def resolved(id_, at_ns=2):
    return BreakResolved(
        at_ns=at_ns, break_id=id_, decision="never_happened", effect="", evidence=(), holds=(),
        refers_to=None, account=None, carried=None, persons=("ann",), reason="",
    )  # fmt: skip


def test_a_decision_is_corrected_once_its_break_is_closed_until_it_is_open_again():
    breaks = Breaks()
    breaks.opened(opened())
    assert (breaks.corrects("b1"), breaks.subject_of("b1")) == (None, opened())
    breaks.resolved(resolved("b1"))
    assert (breaks.open, breaks.subject_of("b1")) == ({}, opened())
    assert breaks.corrects("b1") == resolved("b1")
    breaks.resolved(resolved("b1", 3))
    assert breaks.corrects("b1") == resolved("b1", 3)
    breaks.opened(opened(detail="again"))
    assert breaks.corrects("b1") is None
    assert breaks.subject_of("b1").detail == "again"
    breaks.resolved(resolved("of a break that was never open"))
    assert list(breaks.decided) == ["b1"]


def test_what_people_decided_of_an_order_ends_as_it_works_again():
    breaks = Breaks()
    for id_ in ("forgotten:O1", "forgotten:O2", "overfill:O1"):
        breaks.opened(opened(id_))
        breaks.resolved(resolved(id_))
    breaks.works_again("O1")
    assert list(breaks.decided) == ["forgotten:O2", "overfill:O1"]
