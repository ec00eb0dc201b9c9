"""Paths, names and files that cannot be are told in the words of the product."""

import pytest

from tests.journeys.box import CENTRE, NODE, command


@pytest.fixture
def data(tmp_path):
    assert command("init", "--data", str(tmp_path / "node"))[0] == 0
    return tmp_path / "node"


def told(exit_code, code, *args, entry=NODE):
    """Return what was found, where it is told whole: found, expected, do, none of it internals."""
    got, said = command(*map(str, args), entry=entry)
    assert (got, said["code"], said["exit_code"]) == (exit_code, code, exit_code), said
    assert said["found"]
    assert said["expected"]
    assert said["do"]
    for internal in ("LedgerId(", "Error(", "Errno", "no such table", "FORMAT.md"):
        assert internal not in said["found"] + said["expected"] + said["do"]
    return said["found"]


@pytest.mark.parametrize("name", ["bad id", "", "a/b", "a>b", "x" * 65])
def test_a_node_id_that_is_no_name(tmp_path, name):
    assert name in told(2, "EN002", "init", "--data", tmp_path / "node", "--node-id", name)
    assert not (tmp_path / "node").exists()


@pytest.mark.parametrize("entry", [NODE, CENTRE])
def test_init_under_a_file(tmp_path, entry):
    (tmp_path / "file").write_text("x")
    found = told(2, "EN009", "init", "--data", tmp_path / "file" / "node", entry=entry)
    assert found.endswith("a file is in its way")


def test_init_on_a_disk_that_makes_no_folder(tmp_path):
    told(1, "EN404", "init", "--data", "/proc/node")


@pytest.mark.parametrize("verb", ["run", "status", "ledger verify", "state digest"])
def test_a_ledger_of_no_bytes(data, verb):
    (data / "ledger.sqlite").write_bytes(b"")
    assert "ledger.sqlite is empty" in told(13, "EN402", *verb.split(), "--data", data)
    assert (data / "ledger.sqlite").read_bytes() == b""


@pytest.mark.parametrize("text", ["garbage", "{}", "[]", '{"vkey": "x"}'])
def test_a_pin_of_garbage(data, text):
    (data / "centre.json").write_text(text)
    found = told(12, "EN405", "run", "--data", data, "--port", "0")
    assert found.startswith(f"{data}/centre.json does not name the centre: ")


def test_an_archive_that_is_not_there(data, tmp_path):
    missing = tmp_path / "missing" / "dir"
    found = told(1, "EN006", "ledger", "archive", "--data", data, "--to", missing)
    assert found == f"there is no folder {missing}"
    told(1, "EN006", "ledger", "verify", "--data", data, "--archive", missing)
    assert not missing.exists()
