"""JSON and TOML by others: a value or our own error, whatever the bytes."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.model.errors import RefusedError
from edgenode.wire import foreign
from tests.foreign_texts import HOSTILE

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)


class Shape(msgspec.Struct):
    """A shape that leaves unknown fields out."""

    name: str = ""
    more: tuple[int, ...] = ()


READERS = {
    "json_value": foreign.json_value,
    "json_as object": lambda data: foreign.json_as(data, dict[str, Any]),
    "json_as shape": lambda data: foreign.json_as(data, Shape),
    "json_reader": foreign.json_reader(Shape | None),
    "toml_table": foreign.toml_table,
}
reads = pytest.mark.parametrize("read", READERS.values(), ids=READERS)


@reads
@given(st.binary(max_size=200) | st.sampled_from(sorted(HOSTILE.values())))
def test_whatever_the_bytes_a_reader_returns_or_refuses(read, data):
    refused = None
    try:
        read(data)
    except RefusedError as error:
        refused = error
    if refused is not None:
        assert refused.code == "EN002"
        assert refused.found.encode()
        assert refused.expected


@given(values)
def test_json_of_few_levels_is_its_value(value):
    text = json.dumps(value)
    assert foreign.json_value(text) == foreign.json_value(text.encode()) == value


@pytest.mark.parametrize(("opened", "closed"), [("[", "]"), ('{"a":', "}")])
def test_the_most_levels_are_read_and_one_more_is_refused(opened, closed):
    def nested(levels):
        return opened * levels + "1" + closed * levels

    assert foreign.json_value(nested(foreign.LEVELS_MAX))
    with pytest.raises(RefusedError, match="levels"):
        foreign.json_value(nested(foreign.LEVELS_MAX + 1))


def test_a_table_that_an_editor_marked_and_ended_its_own_way_is_read():
    assert foreign.toml_table(b"\xef\xbb\xbfa = 1\r\nb = [2]\r\n") == {"a": 1, "b": [2]}
