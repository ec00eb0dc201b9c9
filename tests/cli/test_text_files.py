"""Files and input that people write: a byte order mark before them changes nothing."""

import io
import json

from click.testing import CliRunner

from edgenode.central import config as central_config
from edgenode.cli.edgenode import cli
from edgenode.cli.sandbox import sandbox
from edgenode.daemon import config
from edgenode.daemon.control import api_token
from edgenode.daemon.folder import enrolment
from edgenode.daemon.folder.pinned import Pinned
from edgenode.model.ledgers import LedgerId
from tests.daemon import boxes
from tests.journeys.box import CENTRE, command

BOM = b"\xef\xbb\xbf"


def test_configurations_of_box_and_centre(tmp_path):
    file = tmp_path / "c.toml"
    file.write_bytes(BOM + b'log_level = "debug"\n')
    assert config.load(file=file, environ={}).config.log_level == "debug"
    assert central_config.load(file).log_level == "debug"


def test_the_api_token(tmp_path):
    file = tmp_path / "api-token"
    file.write_bytes(BOM + b"0123456789abcdef0123\n")
    assert api_token.of(file) == "0123456789abcdef0123"


def test_the_pinned_centre(tmp_path):
    data = boxes.made(tmp_path / "node")
    pin = {"url": "http://c", "party": "centre", "vkey": boxes.CENTRE.vkey.text}
    enrolment.write_pin(data, {**pin, "cosigner": boxes.COSIGNER.vkey.text})
    file, ledger = data / "centre.json", LedgerId("edge-07", "main", 1)
    pinned = Pinned.read(data, ledger)
    file.write_bytes(BOM + file.read_bytes())
    assert Pinned.read(data, ledger) == pinned is not None


def test_an_export_that_is_folded_elsewhere(tmp_path):
    data = boxes.made(tmp_path / "node")
    exported = CliRunner().invoke(cli, ["ledger", "export", "--data", str(data)])
    file = tmp_path / "export.jsonl"
    file.write_bytes(BOM + exported.stdout_bytes)
    own = command("state", "digest", "--data", str(data))[1]["digest"]
    assert command("state", "digest", "--from", str(file))[1]["digest"] == own


def test_the_facts_that_a_node_is_told(tmp_path):
    data = tmp_path / "centre"
    assert command("init", "--data", str(data), entry=CENTRE)[0] == 0
    said = BOM.decode() + json.dumps([{"fact": "GrantRevoked", "id": "g", "reason": "r"}])
    told = command("tell", "edge-07", "--file", "-", "--data", str(data), entry=CENTRE, stdin=said)
    assert told[1]["code"] == "EN006"  # read, and of a node that is not there


def test_an_enrolment_code(tmp_path, monkeypatch):
    seen = []

    def enroll(_data, _url, code):
        seen.append(code)
        return {"ledger": "l", "fingerprint": "f"}

    monkeypatch.setattr(enrolment, "enroll", enroll)
    asked = ["enroll", "--data", str(tmp_path), "--central", "http://c", "--code-file", "-"]
    CliRunner().invoke(cli, asked, input=io.BytesIO(BOM + b"the-code\r\n"))
    assert seen == ["the-code"]


def test_the_sandbox_servers_settings(tmp_path):
    file = tmp_path / "venues.json"
    file.write_bytes(BOM + b'{"venues": [], "unknown": 1}')
    done = CliRunner().invoke(sandbox, ["venue", "--config", str(file)])
    assert "unknown" in done.output
