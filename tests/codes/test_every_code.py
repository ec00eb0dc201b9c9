"""Every registered code is produced by a program that reads its text; none is left over."""

from contextlib import ExitStack

import pytest

from edgenode.model.errors import REGISTRY
from tests.codes import access, gate, inputs, ledger, sync
from tests.codes.table import TABLE, Ground, Limit

KINDS = (access, gate, inputs, ledger, sync)  # importing them fills the table


@pytest.fixture(scope="module")
def standing(tmp_path_factory):
    with ExitStack() as stack:
        yield Ground(tmp_path_factory.mktemp("codes") / "node", stack)


def filled(said, tmp):
    return type(said)(*(text.replace("{tmp}", str(tmp)) for text in said))


def test_the_table_holds_each_registered_code_and_no_other():
    assert {key.partition(" ")[0] for key in TABLE} == set(REGISTRY)


@pytest.mark.parametrize("code", sorted(TABLE))
def test_a_code_is_produced_and_its_words_are_these(code, standing, tmp_path):
    standing.tmp = tmp_path
    producer = TABLE[code]
    assert producer.run(standing) == filled(producer.must_say, tmp_path)


@pytest.mark.parametrize("code", sorted(TABLE))
def test_the_words_are_whole(code):
    """Found and expected for an error, limit and value for a denial: never one alone."""
    said = TABLE[code].must_say
    if isinstance(said, Limit):
        assert all(said)
        assert said.limit != said.value
    else:
        assert said.found
        assert said.expected or said.do
