"""Every place that reads JSON or TOML by others returns or refuses, whatever it is given.

The places are found in the source: a module that reads such text and has no row here fails, and
so does one that reads it by itself.
"""

import ast
import asyncio
import json
import socketserver
import threading
import urllib.request
from contextlib import contextmanager, suppress
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from edgenode.adapters.archive import folder as archive_folder
from edgenode.adapters.clock import WallClock
from edgenode.adapters.forecast_file import ForecastFile
from edgenode.adapters.venues import answers
from edgenode.adapters.venues.answers import Answer
from edgenode.adapters.venues.messages import Reader
from edgenode.central import app as central_app
from edgenode.central import config as central_config
from edgenode.central import offline as central_offline
from edgenode.cli import control_client, sandbox
from edgenode.cli.edgecentral import cli as edgecentral
from edgenode.core.estimate.aggregate import saved as saved_aggregate
from edgenode.core.estimate.events import saved as saved_events
from edgenode.core.estimate.forecast.saved import load, save
from edgenode.core.estimate.forecast.signal import Signal
from edgenode.daemon import config, forecasting, pulled_feeds
from edgenode.daemon.control.answers import body_of
from edgenode.daemon.control.facade import OrderRequest
from edgenode.daemon.control.problems import Problem
from edgenode.daemon.folder import enrolment, exported
from edgenode.daemon.folder.pinned import Pinned
from edgenode.daemon.folder.stop_note import StopNote
from edgenode.model.errors import EdgenodeError, RefusedError
from edgenode.model.ledgers import LedgerId
from edgenode.sim.popup import world_file
from edgenode.sim.rail.engine import RailEngine
from edgenode.sim.rail.teller import Asked, Teller
from edgenode.sim.venue.server import SandboxServer, VenueSpec
from tests.foreign_texts import HOSTILE
from tests.test_shape import imported, modules, name, nodes

LEDGER = LedgerId("edge-07", "main", 1)
# What reads by itself: the one reader, the codec of msgpack, and the verifier that stands alone.
READ_THEMSELVES = {
    "edgenode/wire/foreign.py", "edgenode/wire/canonical.py", "edgenode/wire/verifier.py",
}  # fmt: skip
# Speak with programs that they started themselves, and read files that they wrote.
OF_OURS = {
    "edgenode/sim/demo/beside.py", "edgenode/sim/demo/conductor.py", "edgenode/sim/demo/desk.py",
    "edgenode/sim/demo/processes.py", "edgenode/sim/latency/trial.py",
    "edgenode/sim/popup/seeds.py",
    "edgenode/sim/world/exchange.py", "edgenode/sim/world/rail.py",
}  # fmt: skip
READER_NAMES = {"json_value", "json_as", "json_reader", "toml_table"}
PARSERS = {"loads", "load", "decode", "Decoder", "unpackb", "Unpacker"}
LIBRARIES = {"json", "tomllib", "msgspec", "msgpack", "pickle", "yaml", "marshal"}


class Request:
    """As much of a request as a handler reads."""

    content_type = "application/json"

    def __init__(self, data):
        self._data = data
        self.match_info = {}

    async def read(self):
        return self._data


def reader():
    return Reader("a", "a", "WETH-USDC")


def heard(data, _):
    for said in (data, b'{"type":"events","events":[' + data + b"]}"):
        reader().heard(said)


def answered(data, _):
    for status in (200, 404, 422):
        answer = Answer(status, "application/json", data)
        for read in (answers.submitted, answers.asked, answers.canceled):
            refuses(lambda read=read, answer=answer: read(reader(), "o", answer))
        refuses(lambda answer=answer: answers.shown(reader(), answer))


def pinned(data, room):
    (room / "centre.json").write_bytes(data)
    Pinned.read(room, LEDGER)


def enrolled(data, _):
    @contextmanager
    def opened(*_, **__):
        yield SimpleNamespace(read=lambda _: data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(urllib.request, "urlopen", opened)
        enrolment._pin("http://c", enrolment._post("http://c", {}))


def problem(data, _):
    enrolment._problem(data)


def through_a_socket(ask):
    """Make what asks over a Unix socket, where somebody answers with these bytes."""

    def asked(data, room):
        path = room / "control.sock"

        class Answers(socketserver.StreamRequestHandler):
            def handle(self):
                while self.rfile.readline().strip():
                    pass
                head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(data)}\r\n\r\n"
                self.wfile.write(head.encode() + data)

        with socketserver.UnixStreamServer(str(path), Answers) as server:
            thread = threading.Thread(target=server.handle_request)
            thread.start()
            try:
                ask(room)
            finally:
                thread.join()
                path.unlink()

    return asked


def desk(data, _):
    async def perform(body):
        return {"done": body["verb"], "args": dict(body["args"])}

    response = asyncio.run(central_app._answered(Request(data), perform))
    said = json.loads(response.body)
    assert response.status == 200 or all(said[key] for key in ("code", "found", "expected", "do"))


def told(data, room):
    file = room / "facts.json"
    file.write_bytes(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("edgenode.cli.edgecentral._perform", lambda *_, **__: None)
        args = ["tell", "edge-07", "--file", str(file), "--actor", "a", "--data", str(room)]
        result = CliRunner().invoke(edgecentral, args)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "EN001" not in result.output


def sandbox_venue(data, _):
    server = SandboxServer([VenueSpec(name="a", kind="plain")], WallClock(), speed=1)
    for handler in (server._submit, server._faults):
        asyncio.run(server._on(handler)(Request(data)))


def sandbox_rail(data, _):
    teller = Teller(RailEngine(), WallClock())
    for path in ("/transfers", "/faults"):
        teller.answer(Asked("POST", path, {}, data))


def file_of(read):
    def from_file(data, room):
        (room / "file").write_bytes(data)
        read(room / "file")

    return from_file


def receipt(data, room):
    segment = SimpleNamespace(first=1, last=9, sha256=b"")
    (room / "1-9.archived").write_bytes(data)
    assert not archive_folder._confirms(room / "1-9.archived", LEDGER, segment)


def forecast_state(data, room):
    (room / "state.bars").write_bytes(data + b"\n")
    (room / "state").write_bytes(save(Signal(300, counts=True)))
    ForecastFile(room / "state").load()


def forecast_bar(data, _):
    line = data.decode(errors="replace").replace("\n", " ").strip() or "x"
    (said,) = forecasting.answers([line], None)
    if isinstance(said, RefusedError):
        raise said
    assert json.loads(said) == {}


def written(path, data):
    path.write_bytes(data)
    return path


def stop_note(data, room):
    note = StopNote(room)
    note.path.write_bytes(data)
    assert note.read() is None


PLACES = {
    "edgenode/daemon/folder/stop_note.py": [stop_note],
    "edgenode/adapters/forecast_file.py": [forecast_state],
    "edgenode/core/estimate/aggregate/saved.py": [
        lambda data, _: saved_aggregate.load(data, Signal(300, counts=True))
    ],
    "edgenode/core/estimate/events/saved.py": [lambda data, _: saved_events.load(data)],
    "edgenode/core/estimate/forecast/saved.py": [lambda data, _: load(data)],
    "edgenode/daemon/forecasting.py": [forecast_bar],
    "edgenode/adapters/archive/folder.py": [receipt],
    "edgenode/adapters/venues/messages.py": [heard, answered],
    "edgenode/central/app.py": [desk],
    "edgenode/central/config.py": [file_of(central_config.load)],
    "edgenode/central/offline.py": [
        through_a_socket(lambda room: central_offline._ask(room / "control.sock", {}))
    ],
    "edgenode/cli/control_client.py": [
        through_a_socket(lambda room: control_client.ask(room, "GET", "/"))
    ],
    "edgenode/cli/edgecentral.py": [told],
    "edgenode/cli/sandbox.py": [file_of(sandbox._settings)],
    "edgenode/daemon/config.py": [file_of(lambda f: config.load(file=f, environ={}))],
    "edgenode/daemon/control/answers.py": [
        lambda data, _: asyncio.run(body_of(Request(data), OrderRequest))
    ],
    "edgenode/daemon/pulled_feeds.py": [
        lambda data, _: pulled_feeds.read("x", data.decode(errors="surrogateescape"))
    ],
    "edgenode/daemon/folder/enrolment.py": [enrolled, problem],
    "edgenode/daemon/folder/exported.py": [file_of(exported.read)],
    "edgenode/daemon/folder/pinned.py": [pinned],
    "edgenode/sim/faults.py": [sandbox_venue, sandbox_rail],
    "edgenode/sim/popup/world_file.py": [
        file_of(world_file.read),
        lambda data, room: world_file.read(written(room / "world.toml", data)),
    ],
    "edgenode/sim/rail/teller.py": [sandbox_rail],
    "edgenode/sim/venue/server.py": [sandbox_venue],
}
CASES = [
    pytest.param(read, data, id=f"{place}-{k}-{said}")
    for place, reads in PLACES.items()
    for k, read in enumerate(reads)
    for said, data in HOSTILE.items()
]


def refuses(read):
    """Let it return, or raise an error of ours."""
    with suppress(EdgenodeError, Problem):
        read()


@pytest.mark.parametrize(("read", "data"), CASES)
def test_whatever_it_is_given_it_returns_or_refuses(read, data, tmp_path):
    refuses(lambda: read(data, tmp_path))


def reads_foreign_text(module):
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in READER_NAMES
        and isinstance(node.value, ast.Name)
        and node.value.id == "foreign"
        for node in nodes(module)
    )


def parses_itself(module):
    """Return whether a module calls a parser of a library, or lets a response parse."""
    for node in nodes(module):
        if not isinstance(node, ast.Attribute):
            continue
        chain = ast.unparse(node).split(".")
        if chain[0] in LIBRARIES and chain[-1] in PARSERS:
            return True
        if chain[-1] == "json" and ast.unparse(node.value) in {"response", "answer", "request"}:
            return True
    return False


def test_every_module_that_reads_such_text_has_a_row():
    found = {name(one) for one in modules("edgenode") if reads_foreign_text(one)}
    assert found - OF_OURS - READ_THEMSELVES == set(PLACES)


def test_no_module_parses_by_itself():
    found = {name(one) for one in modules("edgenode") if parses_itself(one)}
    assert found - OF_OURS == READ_THEMSELVES


def test_no_module_takes_a_parser_out_of_its_library():
    taken = [
        (name(one), node.module)
        for one in modules("edgenode")
        for node in nodes(one)
        if isinstance(node, ast.ImportFrom)
        and set(imported(node)) & {"json", "tomllib", "msgspec.json", "msgspec.msgpack", "msgpack"}
    ]
    assert taken == []


@pytest.mark.parametrize(
    "text",
    ["json.loads(x)", "msgspec.json.decode(x)", "tomllib.load(x)", "response.json()",
     "msgspec.json.Decoder(X)", "msgpack.unpackb(x)"],
)  # fmt: skip
def test_what_parses_by_itself_is_found(text, tmp_path):
    file = tmp_path / "one.py"
    file.write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.test_foreign.nodes", lambda f: ast.walk(ast.parse(f.read_text())))
        assert parses_itself(file)
