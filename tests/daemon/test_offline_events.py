"""Micro-events of a folder without its daemon: listed, reported, also behind a cut, and copied."""

import asyncio
import json

import pytest
from click.testing import CliRunner

from edgenode.cli.edgenode import cli
from edgenode.core import node
from edgenode.core.observations import EventDeclared
from edgenode.core.seen import NOTHING_SEEN
from edgenode.daemon import offline, offline_events
from edgenode.model.errors import RefusedError
from edgenode.model.hlc import Hlc
from tests.core.report.lived import STAFF
from tests.daemon.boxes import BEGAN, grow, made, opened

HOUR = 3_600 * 10**9


def declare(data, event_id, name="Friday drop"):
    """Record a micro-event as the daemon does."""
    box = opened(data)
    now = max(BEGAN, box.state.limits.newest_ns) + 1
    asked = EventDeclared(event_id=event_id, source="declared", name=name, starts=now,
                          ends=now + HOUR, actor=STAFF)  # fmt: skip
    recorded = node.step(
        box.state, NOTHING_SEEN, asked, now_ns=now, wall_ns=now, hlc=Hlc(box.last_hlc)
    )
    asyncio.run(_append(box, [r.entry for r in recorded]))
    box.write_anchor()
    box.close()


async def _append(box, entries):
    await box.store.append(entries, [], None)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder with two micro-events, a snapshot before each and between them."""
    data = made(tmp_path_factory.mktemp("events") / "node")
    grow(data, 30)
    declare(data, "ev-1")
    grow(data, 60)
    declare(data, "ev-2", "Window")
    grow(data, 20)
    return data


def said(*args):
    done = CliRunner().invoke(cli, [*args, "--json"])
    return done.exit_code, json.loads(done.stdout.splitlines()[-1])


def test_all_that_the_ledger_tells_of_are_listed_oldest_first(data):
    code, found = said("event", "ls", "--data", str(data))
    assert code == 0
    assert [one["event_id"] for one in found["events"]] == ["ev-1", "ev-2"]
    assert all(one["closed_at"] is None for one in found["events"])


def test_a_report_is_made_of_the_files_alone(data):
    code, found = said("event", "report", "ev-2", "--data", str(data))
    assert (code, found["message_type"], found["event"]["name"]) == (0, "summary", "Window")
    size = offline.digest_of(data, None)
    assert found["records"]["digest"] == size["digest"]


def test_an_export_tells_the_same_on_another_machine(data, tmp_path):
    file = tmp_path / "export.jsonl"
    file.write_text("\n".join(offline.export(data)) + "\n")
    for event_id in ("ev-1", "ev-2"):
        there = offline_events.report_of_export(file, event_id)
        assert there == offline_events.report_of(data, event_id)


def test_an_event_that_the_ledger_does_not_name_is_refused_with_what_to_do(data):
    code, found = said("event", "report", "ev-9", "--data", str(data))
    assert (code, found["code"]) == (1, "EN006")
    assert "event ls" in found["do"]


def test_the_page_and_the_json_are_written_beside_each_other(data, tmp_path):
    out = tmp_path / "report.html"
    code, found = said("event", "report", "ev-1", "--data", str(data), "--out", str(out))
    assert code == 0
    assert found["files"] == [str(out), str(tmp_path / "report.json")]
    assert out.read_text().startswith("<!doctype html>")
    assert json.loads((tmp_path / "report.json").read_text())["event"]["event_id"] == "ev-1"


def test_a_page_that_cannot_be_written_is_refused(data, tmp_path):
    found = offline_events.report_of(data, "ev-1")
    for out in (tmp_path / "none" / "report.html", tmp_path / "report.json"):
        with pytest.raises(RefusedError):
            offline_events.write(found, out)
    assert not list(tmp_path.iterdir())


def test_exactly_one_source_is_asked_for(data):
    both = ["--data", str(data), "--from", str(data)]
    for args in ([], both):
        done = CliRunner().invoke(cli, ["event", "report", "ev-1", *args], env={})
        assert done.exit_code == 2
