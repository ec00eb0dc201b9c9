"""What tests need from outside is skipped or deselected by developers, never by CI."""

import pytest

from tests.conftest import material, require

ABSENT = "no-such-program-on-any-machine"


def test_a_developer_without_the_program_skips_and_is_told_what_to_do(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=f"needs {ABSENT}, run tools/dev deps"):
        require("sh", ABSENT)


def test_ci_without_the_program_fails(monkeypatch):
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=f"needs {ABSENT}: CI leaves nothing out"):
        require("sh", ABSENT)


def test_a_folder_of_outside_material_that_is_not_there_is_an_error_not_a_pass(monkeypatch):
    monkeypatch.setenv("EDGENODE_RECORDED", "/no/such/folder")
    with pytest.raises(pytest.UsageError, match="EDGENODE_RECORDED names /no/such/folder"):
        material("recorded")


def test_the_folder_of_recorded_data_is_the_one_named(recorded_dir):
    assert recorded_dir.is_dir()


@pytest.mark.conformance
def test_the_folder_of_test_definitions_holds_what_is_named_in_the_environment(conformance_dir):
    assert any(conformance_dir.iterdir())
