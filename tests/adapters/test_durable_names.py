"""What a command has made is there after a power cut: the name of a file is synced as its bytes.

A file system may forget any name that was made in a folder until that folder is synced. So every
folder in which a name was made is noted, until it is synced; at the end of an act none is left.
"""

import os
from pathlib import Path

import pytest

from edgenode.adapters import durable_file
from edgenode.adapters.archive import folder as archive_folder
from edgenode.adapters.keys import file as keys_file
from edgenode.adapters.ledger import store as ledger_store
from edgenode.adapters.ledger.anchor import AnchorFile
from edgenode.central import folder as centre_folder
from edgenode.core.sync.anchor import Anchored
from edgenode.daemon import retention
from edgenode.daemon.control import api_token
from edgenode.daemon.folder import enrolment, folder, rekeying
from tests.daemon import boxes

NO_LEDGER = Anchored("edge-07/1", 0, b"")


class Names:
    """Folders in which a name was made, changed or removed, and not synced since."""

    def __init__(self, monkeypatch):
        self.loose: set[Path] = set()
        real = {name: getattr(os, name) for name in ("open", "mkdir", "rmdir", "replace", "fsync")}

        def opened(path, flags, *args, **kwargs):
            if flags & os.O_CREAT and not os.path.lexists(path):
                self.made(path)
            return real["open"](path, flags, *args, **kwargs)

        def mkdir(path, *args, **kwargs):
            real["mkdir"](path, *args, **kwargs)
            self.made(path)

        def rmdir(path, *args, **kwargs):
            real["rmdir"](path, *args, **kwargs)
            if not kwargs.get("dir_fd"):  # else it lies in a folder that goes too
                self.made(path)

        def replace(source, target, **kwargs):
            real["replace"](source, target, **kwargs)
            self.made(source)
            self.made(target)

        def fsync(fd):
            real["fsync"](fd)
            self.loose.discard(Path(f"/proc/self/fd/{fd}").readlink())

        for name, fake in (
            ("open", opened), ("mkdir", mkdir), ("rmdir", rmdir), ("replace", replace),
            ("fsync", fsync),
        ):  # fmt: skip
            monkeypatch.setattr(os, name, fake)

    def made(self, path):
        self.loose.add(Path(path).resolve().parent)


def init_node(tmp):
    boxes.made(tmp / "boxes" / "one")


def init_centre(tmp):
    centre_folder.init(tmp / "above" / "centre")


def write_anchor(tmp):
    AnchorFile(tmp / "data").write(NO_LEDGER)


def create_key(tmp):
    keys_file.create(tmp / "keys" / "k", "n")


def pin(tmp):
    enrolment.write_pin(tmp, {"url": ""})


def token(tmp):
    api_token.of(tmp / "api-token")


ACTS = (init_node, init_centre, write_anchor, create_key, pin, token)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_every_name_that_was_made_is_durable_at_the_end(act, tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        names = Names(patched)
        act(tmp_path)
    assert names.loose == set()


@pytest.fixture
def grown(tmp_path):
    data = boxes.made(tmp_path / "box")
    boxes.grow(data, 2 * boxes.LENGTH)
    (tmp_path / "archive").mkdir()
    return data


def push(data, monkeypatch):
    with monkeypatch.context() as patched:
        names = Names(patched)
        rows = list(retention.archive(data, data.parent / "archive", dry_run=False))
    assert rows[-1]["held"] + rows[-1]["copied"] > 0
    return names


def test_the_archive_s_copies_and_receipts_are_durable_at_the_end(grown, monkeypatch):
    assert push(grown, monkeypatch).loose == set()


def test_what_a_killed_run_left_in_the_archive_is_durable_before_its_receipt(grown, monkeypatch):
    """The run before was killed behind a rename: the file is whole, its name not yet durable."""
    archive = grown.parent / "archive"
    list(retention.archive(grown, archive, dry_run=False))
    for receipt in (grown / "segments").glob(f"*{archive_folder.SUFFIX}"):
        receipt.unlink()
    synced, real = [], durable_file.sync
    monkeypatch.setattr(durable_file, "sync", lambda path: (synced.append(path), real(path)))
    place = archive / "edge-07" / "1"
    list(retention.archive(grown, archive, dry_run=False))
    copies = set(place.iterdir())
    assert copies
    assert {archive, place.parent, place, *copies} <= set(synced)


def test_a_box_that_was_keyed_anew_is_so_durably(tmp_path, monkeypatch):
    data = boxes.made(tmp_path / "box")
    boxes.cosign(data, folder_note(data))
    with monkeypatch.context() as patched:
        names = Names(patched)
        rekeying.rekey(data)
    # its older ledger's anchor went with that one, and nothing is left of `next`
    assert names.loose - {data / "next", data / "next" / "keys"} == set()
    assert not (data / "next").exists()


def folder_note(data):
    with ledger_store.reading(data / "ledger.sqlite") as files:
        return files.newest_head().note


def test_a_folder_that_is_opened_again_needs_no_more_names(grown, monkeypatch):
    with monkeypatch.context() as patched:
        names = Names(patched)
        opened = folder.open_for_writing(grown)
        opened.write_anchor()
        opened.close()
    assert names.loose == set()
