"""From sealed to archived to dropped: what a box still proves, knows and says behind its cut."""

import hashlib
import json
import shutil
import sqlite3
from contextlib import closing

import pytest

from edgenode.adapters.archive import folder as archive_folder
from edgenode.adapters.ledger.keeping import Keeper
from edgenode.core.ledger.merkle import check_inclusion
from edgenode.core.sync.table import Anchor
from edgenode.daemon import offline, retention, stopped
from edgenode.model.errors import RefusedError
from edgenode.wire import verifier
from tests.daemon.boxes import BEGAN, DAY_NS, cosign, grow, made, opened

GROWN = 260
CLOCK: dict[str, int] = {}
NOW = BEGAN + 60 * DAY_NS
EVERYTHING = retention.Retention(segments_kept=0, keep_days=30)


@pytest.fixture
def data(tmp_path, clock):
    data = made(tmp_path / "boxes" / "node")
    grow(data, GROWN)
    return data


@pytest.fixture
def to(tmp_path):
    """An archive."""
    made_ = tmp_path / "archive"
    made_.mkdir()
    return made_


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """The wall clock stands where folders begin, until something is pruned sixty days later."""
    at = {"now": BEGAN}
    monkeypatch.setattr(retention.WallClock, "now_ns", lambda _: at["now"])
    monkeypatch.setitem(globals(), "CLOCK", at)


def archive(data, to, *, dry_run=False):
    return list(retention.archive(data, to, dry_run=dry_run))


def prune(data, policy=EVERYTHING, *, dry_run=False):
    CLOCK["now"] = NOW
    return list(retention.prune(data, policy, dry_run=dry_run))


def ready(data, to):
    """Archive everything and let the centre cosign it."""
    archive(data, to)
    cosign(data, offline.checkpoint(data))


def files(place):
    return {
        str(p.relative_to(place)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in place.rglob("*")
        if p.is_file() and not p.name.endswith(("-wal", "-shm"))
    }


def refused(code, act, *args, **kwargs):
    with pytest.raises(RefusedError) as caught:
        list(act(*args, **kwargs))  # some say it row by row
    assert caught.value.code == code, caught.value.found
    return caught.value


def test_segments_are_copied_read_back_and_receipted_once(data, to):
    said = archive(data, to)
    here = [s for s in said if s["message_type"] == "item"]
    assert len(here) >= 4
    assert {s["outcome"] for s in here} == {"copied"}
    assert (said[-1]["copied"], said[-1]["held"]) == (len(here), 0)
    for row in here:
        name = f"{row['first']:012}-{row['last']:012}"
        copy = to / "edge-07" / "1" / f"{name}.sqlite"
        assert hashlib.sha256(copy.read_bytes()).hexdigest() == row["sha256"]
        receipt = json.loads((data / "segments" / f"{name}.archived").read_text())
        assert (receipt["ledger"], receipt["sha256"]) == ("edge-07/1", row["sha256"])
    assert archive(data, to)[-1]["held"] == len(here)


def test_a_dry_run_writes_nothing(data, to):
    before = files(data.parent)
    assert archive(data, to, dry_run=True)[-1]["copied"] >= 4
    assert files(data.parent) == before
    assert not files(to)
    ready(data, to)
    before = files(data.parent)
    assert prune(data, dry_run=True)[-1]["dropped"] >= 4
    assert files(data.parent) == before


def held_by(said):
    return [row["held_by"] for row in said if row["message_type"] == "item"]


def test_nothing_goes_that_is_not_cosigned_archived_and_old_enough(data, to):
    assert held_by(prune(data))[0] == ["cosigned", "archive"]
    archive(data, to)
    assert held_by(prune(data))[0] == ["cosigned"]
    cosign(data, offline.checkpoint(data))
    young = retention.Retention(segments_kept=0, keep_days=61)
    assert held_by(prune(data, young))[0] == ["age"]
    here = len(held_by(prune(data, young)))
    assert (
        prune(data, retention.Retention(segments_kept=here - 1, keep_days=30))[-1]["dropped"] == 1
    )
    assert prune(data)[-1]["dropped"] == here - 1
    assert offline.verify(data)["ok"]


def test_a_cosignature_by_someone_else_or_of_another_history_holds_everything(data, to, tmp_path):
    archive(data, to)
    other = made(tmp_path / "other")
    grow(other, GROWN)
    cosign(data, offline.checkpoint(other))  # another key's head
    assert "cosigned" in held_by(prune(data))[0]
    cosign(data, offline.checkpoint(data))
    with closing(sqlite3.connect(data / "peers.sqlite")) as db, db:
        db.execute("UPDATE ack SET note = replace(note, 'centre-cosigner', 'someone')")
    assert "cosigned" in held_by(prune(data))[0]


def test_an_open_order_holds_the_segment_in_which_it_began(tmp_path, to):
    data = made(tmp_path / "boxes" / "node")
    grow(data, 100)
    grow(data, GROWN, "T1")
    ready(data, to)
    rows = held_by(prune(data))
    assert "open" in rows[-1]
    began = next(i for i, row in enumerate(rows) if row == ["open"])
    assert began > 0
    with offline.reading(data) as ledger:
        first_here = next(s for s in ledger.segments() if not s.dropped)
        entries = ledger.read(first_here.first - 1, first_here.last - first_here.first + 1)
    assert "OrderGated" in [s.entry.kind for s in entries]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda receipt: receipt.unlink(),
        lambda receipt: receipt.write_text("not json"),
        lambda receipt: receipt.write_text("[1]"),
        lambda receipt: receipt.write_text(receipt.read_text().replace("edge-07/1", "edge-08/1")),
        lambda receipt: receipt.write_text(
            json.dumps({**json.loads(receipt.read_text()), "sha256": "00" * 32})
        ),
    ],
)
def test_only_a_receipt_of_exactly_this_file_counts(data, to, spoil):
    ready(data, to)
    spoil(min((data / "segments").glob("*.archived")))  # of the first: a folder has no order
    assert held_by(prune(data))[0] == ["archive"]


def pruned(data, to):
    """Prune all that can be; gives the cut."""
    ready(data, to)
    return prune(data)[-1]["cut"]


def test_behind_the_cut_everything_goes_on_as_before(data, to):
    digest, size = offline.digest_of(data, None), offline.verify(data)["size"]
    before = sum(p.stat().st_size for p in data.rglob("*.sqlite"))
    cut = pruned(data, to)
    assert cut > 100
    after = sum(p.stat().st_size for p in data.rglob("*.sqlite"))
    assert after < before
    assert offline.digest_of(data, None) == digest
    proved = offline.verify(data)
    assert (proved["from_seq"], proved["entries"]) == (cut + 1, size - cut)
    assert (proved["anchor"], proved["root"]) == ("match", digest["root"])
    assert stopped.status_of(data)["ledger"]["size"] == size
    assert [row["seq"] for row in offline.log(data, 10_000)] == list(range(size, cut, -1))
    box = opened(data)
    assert (box.state.size, box.anchor()) == (size, Anchor.AGREES)
    box.close()
    grow(data, 100)  # appends, seals and proves on
    proved = offline.verify(data)
    assert (proved["from_seq"], proved["size"] > size + 99) == (cut + 1, True)
    ready(data, to)
    assert prune(data)[-1]["cut"] > cut
    assert offline.verify(data)["ok"]


def test_what_lies_below_the_cut_is_refused_and_the_archive_is_named(data, to):
    cut = pruned(data, to)
    for act, *args in (
        (offline.show, cut), (offline.export,), (offline.prove, 1), (offline.digest_of, cut),
    ):  # fmt: skip
        error = refused("EN409", act, data, *args)
        assert "--archive" in error.do
    box = opened(data)
    refused("EN409", box.store.read, cut - 1, 1)
    refused("EN409", box.store.leaves, 0, 5)
    assert box.store.read(cut, 1)[0].entry.seq == cut + 1
    box.close()


def test_with_the_archive_at_hand_the_ledger_is_whole_again(data, to):
    whole, size = list(offline.export(data)), offline.verify(data)["size"]
    shown, at = offline.show(data, 3), offline.digest_of(data, 77)
    cut = pruned(data, to)
    proved = offline.verify(data, archive=to)
    assert (proved["from_seq"], proved["entries"]) == (1, size)
    assert list(offline.export(data, to)) == whole
    assert verifier.verify(whole)["size"] == size
    assert offline.show(data, 3, to) == shown
    assert offline.digest_of(data, 77, to)["digest"] == at["digest"]
    for seq in (1, cut, cut + 1, size):
        made_ = offline.prove(data, seq, to)
        proof = [bytes.fromhex(step) for step in made_["proof"]]
        leaf, root = bytes.fromhex(made_["leaf"]), bytes.fromhex(made_["root"])
        check_inclusion(leaf, seq - 1, size, proof, root)
    assert offline.prove(data, size)["proof"] == offline.prove(data, size, to)["proof"]


def spoilt(file):
    raw = bytearray(file.read_bytes())
    raw[-2_000] ^= 1
    file.write_bytes(raw)


def test_an_archive_that_does_not_hold_is_found(data, to):
    pruned(data, to)
    copies = sorted((to / "edge-07" / "1").iterdir())
    kept = copies[1].read_bytes()
    spoilt(copies[1])
    assert "another file" in refused("EN402", offline.verify, data, archive=to).found
    copies[1].write_bytes(kept)
    copies[0].unlink()
    assert copies[0].stem in refused("EN402", offline.verify, data, archive=to).found
    assert offline.verify(data)["ok"]  # the box itself is fine
    assert "mount" in refused("EN006", offline.verify, data, archive=to / "away").do


def test_a_file_in_the_archive_is_proved_before_a_receipt_and_never_replaced(data, to):
    name = next((data / "segments").glob("*.sqlite")).name
    copy = to / "edge-07" / "1" / name
    copy.parent.mkdir(parents=True)
    shutil.copy(data / "segments" / name, copy)
    assert archive(data, to)[0]["outcome"] == "copied"  # a run that ended before its receipt
    for receipt in (data / "segments").glob("*.archived"):
        receipt.unlink()
    spoilt(copy)
    before = copy.read_bytes()
    assert str(copy) in refused("EN402", archive, data, to).found
    assert copy.read_bytes() == before
    assert not list((data / "segments").glob(f"{copy.stem}.archived"))


def test_a_damaged_segment_is_not_archived(data, to):
    spoilt(min((data / "segments").glob("*.sqlite")))
    refused("EN402", archive, data, to)
    assert not files(to)


def test_a_full_archive_is_told_and_leaves_no_receipt(data, to, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive_folder.shutil, "copyfile", full)
    assert "No space left" in refused("EN001", archive, data, to).found
    assert not list((data / "segments").glob("*.archived"))


def test_a_running_daemon_is_not_pruned_from_outside(data):
    box = opened(data)
    refused("EN403", prune, data)
    assert prune(data, dry_run=True)[-1]["dropped"] == 0
    box.close()


def test_a_box_without_a_snapshot_it_can_use_gets_one_from_the_archive(data, to):
    digest = offline.digest_of(data, None)["digest"]
    cut = pruned(data, to)
    with closing(sqlite3.connect(data / "ledger.sqlite")) as db, db:
        db.execute("UPDATE snapshot SET version = 999")  # as after an update
    for act in (opened, stopped.status_of):
        assert "ledger snapshot --archive" in refused("EN409", act, data).do
    refused("EN402", retention.resnapshot, data, (to / "empty").mkdir() or to / "empty")
    assert retention.resnapshot(data, to)["digest"] == digest
    box = opened(data)
    assert box.state.size > cut
    box.close()
    assert offline.verify(data)["ok"]


def test_an_anchor_from_below_the_cut_does_not_vouch_for_the_copy(data, to):
    grow(data, 1)
    old = (data.parent / ".node.anchor").read_bytes()
    for _ in range(2):
        grow(data, 200)
    pruned(data, to)
    (data.parent / ".node.anchor").write_bytes(old)
    box = opened(data)
    assert box.anchor() is Anchor.DIFFERS
    box.close()
    assert offline.verify(data)["anchor"] == "pruned"


def test_a_crash_between_the_cut_and_the_file_leaves_nothing_half_done(data, to, monkeypatch):
    ready(data, to)
    monkeypatch.setattr(Keeper, "_forget", lambda _: iter(()))
    cut = prune(data)[-1]["cut"]
    refused("EN409", offline.show, data, cut)  # though the file is still there
    assert list((data / "segments").glob(f"*{cut:012}.sqlite"))
    monkeypatch.undo()
    opened(data).close()
    box = opened(data)
    box.store.rest()
    box.close()
    assert not list((data / "segments").glob(f"*{cut:012}.sqlite"))
