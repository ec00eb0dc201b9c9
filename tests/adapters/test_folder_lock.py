"""One process writes in a data folder; whoever asks whether one does takes nothing from it."""

import os

import pytest

from edgenode.adapters import folder_lock
from edgenode.model.errors import RefusedError


def test_a_lock_is_held_until_it_is_closed_and_asking_never_takes_it(tmp_path):
    assert not folder_lock.is_held(tmp_path)
    lock = folder_lock.taken(tmp_path, "stop it")
    for _ in range(3):
        assert folder_lock.is_held(tmp_path)
    with pytest.raises(RefusedError, match="in use") as refused:
        folder_lock.taken(tmp_path, "stop it")
    assert (refused.value.code, refused.value.do) == ("EN403", "stop it")
    lock.close()
    assert not folder_lock.is_held(tmp_path)
    folder_lock.taken(tmp_path, "stop it").close()


def test_another_folder_is_not_held(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "lock").touch()
    with folder_lock.taken(tmp_path / "a", "stop it"):
        assert not folder_lock.is_held(tmp_path / "b")


@pytest.mark.parametrize("why", ["read-only", "no folder"])
def test_a_folder_that_cannot_be_written_is_named_in_words(tmp_path, monkeypatch, why):
    data = tmp_path / "none"
    if why == "read-only":
        data = tmp_path

        def refused(*_, **__):
            raise OSError(30, os.strerror(30))

        monkeypatch.setattr(type(tmp_path), "open", refused)
    with pytest.raises(RefusedError, match="cannot be written") as found:
        folder_lock.taken(data, "stop it")
    assert found.value.code == "EN404"
    assert found.value.expected
    assert found.value.do
