"""What begins in a data folder begins whole or not at all."""

import errno

import pytest

from edgenode.adapters import data_folder
from edgenode.model.errors import RefusedError


def half(data, fails):
    with data_folder.begun(data):
        (data / "keys").mkdir()
        (data / "keys" / "ledger.key").write_text("half")
        (data / "ledger.sqlite").write_text("")
        raise fails


@pytest.mark.parametrize(
    ("fails", "code"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "EN404"),
        (RefusedError("no", expected="", do="", code="EN002"), "EN002"),
    ],
)
def test_a_beginning_that_fails_leaves_a_folder_that_can_begin_again(tmp_path, fails, code):
    data = tmp_path / "node"
    with pytest.raises(RefusedError) as caught:
        half(data, fails)
    assert caught.value.code == code
    assert list(data.iterdir()) == []
    with data_folder.begun(data):
        (data / "ledger.sqlite").write_text("")
    assert [item.name for item in data.iterdir()] == ["ledger.sqlite"]


def test_what_is_there_is_never_emptied(tmp_path):
    (tmp_path / "mine").write_text("")
    with pytest.raises(RefusedError) as caught, data_folder.begun(tmp_path):
        pytest.fail("nothing begins here")
    assert caught.value.code == "EN406"
    assert (tmp_path / "mine").exists()
