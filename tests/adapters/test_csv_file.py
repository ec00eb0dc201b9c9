"""CSV files that others wrote: rows with their lines, or a refusal; nothing else."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.adapters.csv_file import BYTES_MAX, CsvFile
from edgenode.model.errors import RefusedError, UnreachableError
from tests.foreign_texts import HOSTILE


def rows(path, data, *needed):
    path.write_bytes(data)
    return list(CsvFile.read(path).rows(*needed))


def test_rows_have_their_lines_and_columns_in_any_order(tmp_path):
    data = b'\xef\xbb\xbfV , t,more\r\n1,2,"a\r\nb"\r\n\r\n3,4,\r\n5,6\r\n'
    found = rows(tmp_path / "x.csv", data, "t", "v")
    assert found == [
        (3, {"v": "1", "t": "2", "more": "a\r\nb"}),
        (5, {"v": "3", "t": "4", "more": ""}),
        (6, None),
    ]


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b"\xff\xfe\n"])
def test_what_is_no_table_of_these_columns_is_refused(tmp_path, data):
    with pytest.raises(RefusedError) as caught:
        rows(tmp_path / "x.csv", data, "t", "v")
    error = caught.value
    assert (error.code, bool(error.expected), bool(error.do)) == ("EN002", True, True)


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    path = tmp_path / "x.csv"
    with path.open("wb") as file:
        file.truncate(BYTES_MAX + 1)
    with pytest.raises(RefusedError) as caught:
        CsvFile.read(path)
    assert caught.value.code == "EN004"


def test_a_file_that_is_gone_is_told(tmp_path):
    with pytest.raises(UnreachableError) as caught:
        CsvFile.read(tmp_path / "x.csv")
    assert caught.value.code == "EN404"


def test_a_column_that_is_there_twice_is_refused(tmp_path):
    path = tmp_path / "x.csv"
    with pytest.raises(RefusedError, match="names v twice") as caught:
        rows(path, b"t,v, V\n1,2,3\n", "t", "v")
    assert caught.value.code == "EN002"
    assert rows(path, b"t,v,x,x\n1,2,3,4\n", "t", "v")


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    for text in (data, b"t,v\n" + data):
        with suppress(RefusedError):
            rows(path, text, "t", "v")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_rows_or_a_refusal(tmp_path, text):
    data = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    for made in (data, b"t,v\n" + data):
        with suppress(RefusedError):
            rows(tmp_path / "x.csv", made, "t", "v")
