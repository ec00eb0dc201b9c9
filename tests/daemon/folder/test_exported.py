"""An export on another machine: the same digest, or why not."""

import shutil
from pathlib import Path

import pytest

from edgenode.daemon import offline
from edgenode.model.errors import EdgenodeError
from tests.daemon.boxes import grow, made
from tests.journeys.box import command


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    data = made(tmp_path_factory.mktemp("grown") / "node")
    grow(data, 60)
    return data


@pytest.fixture(scope="module")
def lines(data):
    return list(offline.export(data))


def digest(tmp_path, lines, at=None, end="\n"):
    file = tmp_path / "export.jsonl"
    file.write_text("\n".join(lines) + end)
    return offline.digest_of_export(file, at)


def refused(act):
    with pytest.raises(EdgenodeError) as caught:
        act()
    assert caught.value.expected
    assert caught.value.do
    return caught.value.code, caught.value.found


def test_whole_it_gives_the_same_digest_at_every_entry(tmp_path, data, lines):
    for at in (None, len(lines) - 1, 40, 0):
        here, there = offline.digest_of(data, at), digest(tmp_path, lines, at)
        assert here["digest"] == there["digest"]
        assert here["size"] == (len(lines) - 1 if at is None else at)


def test_there_is_no_state_at_an_entry_that_is_not_there(tmp_path, data, lines):
    size = len(lines) - 1
    for act in (
        lambda: offline.digest_of(data, size + 1),
        lambda: digest(tmp_path, lines, 99_999),
    ):
        code, found = refused(act)
        assert (code, found.startswith("there is no entry ")) == ("EN006", True)
    code, said = command("state", "digest", "--data", str(data), "--at", "99999")
    assert (code, said["code"]) == (1, "EN006")
    assert str(size) in said["expected"]


@pytest.mark.parametrize(
    ("cut", "code", "words"),
    [
        (lambda rows: rows[:-1], "EN402", "without its checkpoint"),
        (lambda rows: rows[:20], "EN402", "ends at entry 20 without its checkpoint"),
        (lambda rows: [*rows[:-1], rows[-1][:-9]], "EN002", "no whole line of JSON"),
        (lambda rows: [*rows[:20], rows[-1]], "EN402", "check root"),
        (lambda rows: rows[1:], "EN402", "it begins at entry 2"),
        (lambda rows: rows[:4] + rows[5:], "EN402", "check gap"),
        (lambda rows: [*rows, rows[0]], "EN402", "behind the checkpoint"),
        (lambda rows: rows[-1:], "EN002", "no entries"),
        (lambda _: [], "EN002", "no entries"),
        (lambda _: ["7"], "EN002", "no JSON object"),
        (lambda _: ["{}"], "EN002", "no `bytes`"),
        (lambda _: ["what"], "EN002", "line 1"),
    ],
)
def test_cut_off_or_changed_it_gives_no_digest(tmp_path, lines, cut, code, words):
    got, found = refused(lambda: digest(tmp_path, cut(lines)))
    assert (got, words in found) == (code, True), found


def test_with_another_ledger_within_it_gives_no_digest(tmp_path, lines):
    other = made(tmp_path / "other")
    shutil.rmtree(other / "keys")
    mixed = [*lines[:-1], *offline.export(other)]
    assert refused(lambda: digest(tmp_path, mixed))[0] == "EN402"


def test_a_file_that_is_not_there_is_named(tmp_path):
    for path, code in ((tmp_path / "nope", "EN006"), (tmp_path, "EN006")):
        found = refused(lambda path=path: offline.digest_of_export(path, None))
        assert (found[0], str(path) in found[1]) == (code, True)
    code, said = command("state", "digest", "--from", str(tmp_path / "nope"))
    assert (code, said["code"], said["do"]) == (1, "EN006", "check --from")
    endless = refused(lambda: offline.digest_of_export(Path("/dev/zero"), None))
    assert endless == ("EN002", "/dev/zero line 1: more than 4194304 characters")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    assert refused(lambda: offline.digest_of_export(tmp_path / "bytes", None))[0] == "EN002"
