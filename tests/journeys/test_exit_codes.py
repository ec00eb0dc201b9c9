"""What commands end with where something is wrong: codes that other people's scripts rely on."""

import shutil
import socket
import sqlite3
import subprocess
import sys

import pytest

from edgenode.daemon import offline
from edgenode.model.errors import REGISTRY
from tests.daemon.boxes import cosign
from tests.journeys.box import CENTRE, NODE, command, order, running
from tests.patience import PATIENCE_S


@pytest.fixture
def data(tmp_path):
    assert command("init", "--data", str(tmp_path / "node"))[0] == 0
    return tmp_path / "node"


def failed(*args, entry=NODE, stdin=""):
    code, said = command(*args, entry=entry, stdin=stdin)
    assert said["message_type"] == "error"
    assert said["found"]
    assert said["code"] in REGISTRY
    return code, said["code"]


@pytest.mark.parametrize("verb", ["run", "status", "ledger verify", "state digest"])
def test_no_ledger_at_this_path_is_10_and_nothing_is_begun(tmp_path, verb):
    assert failed(*verb.split(), "--data", str(tmp_path / "nowhere")) == (10, "EN401")
    assert not (tmp_path / "nowhere").exists()


def test_a_second_process_on_the_same_data_is_11(data):
    with running(data) as box:
        assert failed("run", "--data", str(data), "--port", "0") == (11, "EN403")
        assert box.ask("GET", "/healthz")[0] == 200
        assert box.stop() == 0


def test_a_missing_or_foreign_key_is_12(data, tmp_path):
    key = data / "keys" / "ledger.key"
    kept = key.read_text()
    key.unlink()
    assert failed("run", "--data", str(data), "--port", "0") == (12, "EN405")
    command("init", "--data", str(tmp_path / "other"))
    shutil.copy(tmp_path / "other" / "keys" / "ledger.key", key)
    assert failed("run", "--data", str(data), "--port", "0") == (12, "EN405")
    key.write_text(kept)
    key.chmod(0o644)
    assert failed("run", "--data", str(data), "--port", "0") == (12, "EN405")


def damage(data, statement):
    with sqlite3.connect(data / "ledger.sqlite") as db:
        db.executescript(f"DROP TRIGGER entry_update; DROP TRIGGER entry_delete; {statement}")
    db.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET actor = 'someone' WHERE seq = 3",
        "UPDATE entry SET body = x'80' WHERE seq = 3",
        "DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)",
        "UPDATE head SET note = 'x'",
    ],
)
def test_a_ledger_that_does_not_verify_is_13(data, statement):
    damage(data, statement)
    assert failed("ledger", "verify", "--data", str(data)) == (13, "EN402")
    assert failed("run", "--data", str(data), "--port", "0") == (13, "EN402")


def test_a_file_that_is_no_database_is_13(data):
    (data / "ledger.sqlite").write_bytes(b"not a database, but of some length" * 100)
    assert failed("run", "--data", str(data), "--port", "0") == (13, "EN402")


def test_an_older_copy_of_the_ledger_is_13(data):
    """The anchor outside the folder remembers how far it had come."""
    old = data.with_name("old")
    shutil.copytree(data, old)
    with running(data) as box:
        assert box.stop() == 0
    shutil.rmtree(data)
    old.rename(data)
    assert failed("run", "--data", str(data), "--port", "0") == (13, "EN407")


def test_a_copy_without_its_anchor_does_not_start_alone(data, tmp_path):
    clone = tmp_path / "elsewhere" / "clone"
    shutil.copytree(data, clone)
    assert failed("run", "--data", str(clone), "--port", "0") == (13, "EN407")
    code, said = command("status", "--exit-code", "--data", str(clone))
    assert (code, said["running"], said["verdict"]) == (1, False, "FAULT")
    assert said["problems"][0]["code"] == "EN407"
    assert said["problems"][0]["do"]


def test_a_fault_is_told_until_the_box_trades_again(data):
    with running(data) as box:
        (data / "ledger.sqlite").rename(data / "elsewhere")
        assert box.process.wait(timeout=PATIENCE_S) == 1
    (data / "elsewhere").rename(data / "ledger.sqlite")
    code, said = command("status", "--exit-code", "--data", str(data))
    assert (code, said["verdict"], said["problems"][0]["code"]) == (1, "FAULT", "EN404")
    with running(data) as box:
        assert command("status", "--data", str(data))[1]["verdict"] == "READY"
        assert box.stop() == 0
    code, said = command("status", "--exit-code", "--data", str(data))
    assert (code, said["verdict"], said["problems"]) == (5, None, [])


def test_asking_a_daemon_that_is_down_is_5(data):
    assert failed("pause", "--data", str(data))[0] == 5
    claim = ("--data", str(data), "--central", "http://127.0.0.1:9", "--code-file", "-")
    assert failed("enroll", *claim, stdin="code") == (5, "EN301")
    code, said = command("status", "--data", str(data))
    assert (code, said["running"], said["verdict"]) == (0, False, None)


def test_a_release_is_6_where_no_person_may_and_1_where_nothing_is_restricted(data):
    with running(data):
        at = ("--reason", "looked", "--data", str(data))
        assert failed("release", "person", *at) == (1, "EN006")
        assert command("pause", "--reason", "lunch", "--data", str(data))[0] == 0
        assert failed("release", "person", *at) == (6, "EN507")
        code, said = command("status", "--exit-code", "--data", str(data))
        assert (code, said["verdict"]) == (3, "PAUSED")
        (row,) = said["restrictions"]
        assert (row["scope"], row["cause"], row["reason"]) == ("node", "person", "lunch")
        assert row["released_by"] == "person"
        assert command("resume", "--data", str(data))[0] == 0
        code, said = command("status", "--exit-code", "--data", str(data))
        assert (code, said["verdict"], said["restrictions"]) == (0, "READY", [])


def test_a_ledger_is_never_begun_over_another(data):
    before = (data / "ledger.sqlite").read_bytes()
    assert failed("init", "--data", str(data)) == (1, "EN406")
    assert (data / "ledger.sqlite").read_bytes() == before


VENUE = "[[venues]]\nid = 'a'\naccount = 'a'\ninstrument = 'WETH-USDC'\n"


@pytest.mark.parametrize(
    "text",
    [
        *("surprise = 1", "[control]\nport = 'x'", "= 1", "[[venues]]\nid = 'a'"),
        *("[control]\nport = 65536", "[control]\nport = -1", "log_level = 'loud'"),
        *("[central]\nurl = 'notaurl'", "[central]\nurl = 'ftp://centre'"),
        *(VENUE + "url = 'nope'", VENUE + "url = 'http://:80'"),
        *(VENUE + "url = 'http://a:99999'", VENUE + "url = 'http://a'\nkind = 'zzz'"),
    ],
)
def test_a_configuration_that_is_not_valid_is_2(data, tmp_path, text):
    file = tmp_path / "edgenode.toml"
    file.write_text(text)
    assert failed("config", "check", "--config", str(file)) == (2, "EN008")
    assert failed("run", "--data", str(data), "--config", str(file)) == (2, "EN008")


def test_a_mistake_is_told_with_what_stands_there_and_who_wrote_it(tmp_path, monkeypatch):
    file = tmp_path / "edgenode.toml"
    file.write_text("[central]\nurl = 'notaurl'")
    found = command("config", "check", "--config", str(file))[1]["found"]
    assert "'notaurl' is not an http:// or https:// URL with a host" in found
    assert found.endswith(f"at `$.central`, from {file}")
    file.write_text("")
    monkeypatch.setenv("EDGENODE__CONTROL__PORT", "99999")
    found = command("config", "check", "--config", str(file))[1]["found"]
    assert found.endswith("at `$.control.port`, which is '99999', from $EDGENODE__CONTROL__PORT")


@pytest.mark.parametrize(
    "text",
    [
        *("port = 65536", "log_level = 'loud'"),
        "[[feeds]]\nid = 'a'\nurl = 'nope'\ninstrument = 'WETH-USDC'",
    ],
)
def test_a_centre_s_configuration_that_is_not_valid_is_2(tmp_path, text):
    file = tmp_path / "centre.toml"
    file.write_text(text)
    serve = ("serve", "--data", str(tmp_path / "none"), "--config", str(file))
    assert failed(*serve, entry=CENTRE) == (2, "EN008")


def test_a_sandbox_configuration_that_is_not_valid_is_2(tmp_path):
    file = tmp_path / "venues.json"
    for text in ("{", '{"venues": [{"name": "a", "kind": "zzz"}]}'):
        file.write_text(text)
        assert failed("sandbox", "venue", "--config", str(file)) == (2, "EN008")


def test_a_folder_too_deep_for_its_socket_is_2_and_told_so(tmp_path):
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    assert command("init", "--data", str(deep))[0] == 0
    code, said = command("run", "--data", str(deep), "--port", "0")
    assert (code, said["code"], said["do"]) == (2, "EN008", "choose a shorter --data")
    assert "107 bytes" in said["expected"]


@pytest.mark.parametrize(
    "args",
    [
        ("nonsense",),
        ("run",),
        ("init", "--surprise"),
        ("run", "--data", "none", "--port", "99999"),
        ("run", "--data", "none", "--port", "-1"),
        ("run", "--data", "none", "--central", "notaurl"),
        ("demo", "--port", "65536"),
        ("sandbox", "venue", "--port", "99999"),
        ("sandbox", "rail", "--port", "-1"),
        ("conformance", "venue", "nope"),
        ("enroll", "--data", "none", "--central", "http://", "--code-file", "-"),
        ("event", "declare", "drop", "--data", "none", "--ends", "tomorrow"),
        ("event", "declare", "drop", "--data", "none", "--ends", "2026-01-01T00:00:00"),
    ],
)
def test_a_wrong_command_line_is_2(args):
    done = subprocess.run([sys.executable, "-c", NODE, *args], capture_output=True, check=False)
    assert done.returncode == 2
    assert b"Usage" in done.stderr


def test_the_centre_has_the_same_codes(tmp_path):
    assert failed("serve", "--data", str(tmp_path / "x"), entry=CENTRE) == (10, "EN401")
    assert command("init", "--data", str(tmp_path / "c"), entry=CENTRE)[0] == 0
    assert failed("init", "--data", str(tmp_path / "c"), entry=CENTRE) == (1, "EN406")


def test_every_code_is_listed_once_with_its_exit_code():
    code, said = command("errors")
    assert (code, said["codes"]) == (0, len(REGISTRY))


def test_a_box_whose_ledger_is_deleted_under_it_ends_and_says_so(data):
    with running(data) as box:
        for file in data.glob("ledger.sqlite*"):
            file.unlink()
        assert box.process.wait(timeout=PATIENCE_S) == REGISTRY["EN404"].exit_code


def test_an_observed_copy_records_nothing_asks_nobody_and_takes_no_order(data, tmp_path):
    """A copy has no anchor, and may be old: it writes nothing, so it need not be the newest."""
    cosign(data, offline.checkpoint(data))  # it is enrolled
    copy = tmp_path / "elsewhere" / "copy"
    shutil.copytree(data, copy)
    before = {name: offline.export(folder) for name, folder in (("copy", copy), ("box", data))}
    before = {name: list(rows) for name, rows in before.items()}
    with socket.create_server(("127.0.0.1", 0)) as centre:
        url = f"http://127.0.0.1:{centre.getsockname()[1]}"
        with running(copy, "--observe", "--central", url) as box:
            for path, body in (("orders", order("O1")), ("pause", {})):
                code, said, _ = box.ask("POST", f"/api/v1/{path}", body)
                assert (400 <= code < 500, said["code"]) == (True, "EN121"), said
            assert box.ask("GET", "/readyz")[0] == 503
            code, said = command("status", "--exit-code", "--data", str(copy))
            assert (code, said["verdict"], said["trading_state"]) == (3, "HOLD", "halted")
            assert said["observes"] is True
            assert "records, sends and submits nothing" in said["problems"][0]["text"]
            assert "Observes a copy" in box.text("/")
            assert box.stop() == 0
        centre.settimeout(0)
        with pytest.raises(BlockingIOError):
            centre.accept()
    assert list(offline.export(copy)) == before["copy"] == before["box"]
    assert not (copy.parent / ".copy.anchor").exists()
