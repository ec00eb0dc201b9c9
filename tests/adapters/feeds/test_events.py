"""Server-sent events: the same in any pieces, bounded, and nothing else is ever raised."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.adapters.feeds.events import EVENT_MAX, LINE_MAX, EventReader
from edgenode.model.errors import RefusedError
from edgenode.ports.feeds import FeedMessage


def read(data, cuts=()):
    reader, found, at = EventReader(), [], 0
    for cut in [*sorted(c % (len(data) + 1) for c in cuts), len(data)]:
        found += reader.take(data[at:cut])
        at = cut
    return found


def test_an_event_has_its_lines_and_its_id_and_later_ones_keep_it():
    told = b'id: 7\ndata: {"rows":\ndata:  []}\n\nevent: x\ndata: 2\nretry: 9\n\n: alive\n\n'
    assert read(told) == [
        FeedMessage('{"rows":\n []}', "7"),
        FeedMessage("2", "7"),
        FeedMessage(""),
    ]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_lines_end_in_any_of_three_ways(end):
    lines = [b"data: a", b"", b"data: b", b"", b"data: c", b""]
    told = b"".join(line + end for line in lines) + b":" + end
    assert [m.text for m in read(told) if m.text] == ["a", "b", "c"]


LINES = st.sampled_from(
    ["data: é", "data:", "data: {}", "id: 3", "id", ": x", "", "event: y", "junk", "\ufeffdata: 1"]
)


@given(st.lists(LINES), st.sampled_from(["\n", "\r\n", "\r"]), st.lists(st.integers(0, 999)))
def test_how_bytes_are_cut_changes_nothing(lines, end, cuts):
    told = "".join(line + end for line in lines).encode()
    assert read(told, cuts) == read(told)


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=5))
def test_any_bytes_are_messages_or_refused(data, cuts):
    with suppress(RefusedError):
        assert all(isinstance(message, FeedMessage) for message in read(data, cuts))


def test_a_mark_of_the_byte_order_is_passed_over_once():
    assert read(b"\xef\xbb\xbfdata: a\n\n", [1, 2]) == [FeedMessage("a")]


@pytest.mark.parametrize("line", [b"x" * (LINE_MAX + 1), b"data: " + b"x" * LINE_MAX + b"\n"])
def test_a_line_that_is_too_long_is_refused_before_it_ends(line):
    with pytest.raises(RefusedError, match="a line of more than") as caught:
        read(line)
    assert caught.value.code == "EN004"


def test_an_event_of_many_lines_is_bounded_too():
    line = b"data: " + b"x" * 1_000 + b"\n"
    with pytest.raises(RefusedError, match="an event of more than"):
        read(line * (EVENT_MAX // 1_000 + 1))
