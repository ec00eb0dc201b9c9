"""Codes of input that has not the documented shape, and of commands that fail."""

import asyncio
import errno
import os
from dataclasses import replace

from edgenode import RELEASED
from edgenode.adapters.clock import check_released
from edgenode.adapters.logs import Sink
from edgenode.daemon.view import status
from edgenode.model.signals import SourceId
from edgenode.wire import canonical
from tests.codes.table import Ground, Words, answered, ended, raised, says
from tests.journeys.box import order
from tests.services.test_signals import FEED, Stage


@says(
    "EN001",
    "OSError: [Errno 36] File name too long: '{tmp}/" + "d" * 300 + "/ledger.sqlite'",
    "a command that runs to its end",
    "mend what is named, then try again",
)
def failed(ground: Ground) -> Words:
    """The system turns away what no code of ours looked for."""
    return ended(1, "ledger", "verify", "--data", str(ground.tmp / ("d" * 300)))


@says(
    "EN002",
    "Invalid enum value 'short' - at `$.side`",
    "the shape that /api/v1/openapi.json gives",
)
def malformed(ground: Ground) -> Words:
    ask = order("C002", side="short")
    return answered(400, ground.box.ask("POST", "/api/v1/orders", ask))


@says(
    "EN003",
    "non-canonical msgpack",
    "the one canonical form: shortest lengths, sorted keys, each key once",
    "encode it as FORMAT.md describes",
)
def not_canonical(_: Ground) -> Words:
    return raised(lambda: canonical.unpack(b"\xcc\x01"))


@says(
    "EN004",
    "65536 bytes",
    "at most 65535",
    "send it in smaller pieces",
)
def too_large(_: Ground) -> Words:
    return raised(lambda: canonical.unpack(bytes(canonical.BYTES_MAX + 1)))


@says(
    "EN005",
    "'1452.001' has more digits than can be kept",
    "at most 2 decimals and 18 digits",
    "round it to what the instrument or currency can keep",
)
def off_grid(ground: Ground) -> Words:
    ask = order("C005", price="1452.001")
    return answered(400, ground.box.ask("POST", "/api/v1/orders", ask))


@says(
    "EN006",
    "there is no entry 99999",
    "a seq of the log",
    "edgenode ledger log lists the entries that are here",
)
def unknown_id(ground: Ground) -> Words:
    return ended(1, "ledger", "show", "99999", "--data", str(ground.node()))


@says(
    "EN007",
    "client_order_id C007 was used at ledger seq N",
    "an id that this account never used, or exactly what it was used for",
)
def id_reused(ground: Ground) -> Words:
    ask = ("POST", "/api/v1/orders")
    seq = ground.box.ask(*ask, order("C007"))[1]["ledger_seq"]
    words = answered(409, ground.box.ask(*ask, order("C007", quantity="2.00")))
    return words._replace(found=words.found.replace(str(seq), "N"))


@says(
    "EN008",
    "configuration: Object contains unknown field `surprise`, which is 1, from"
    " {tmp}/edgenode.toml",
    "only documented keys, each of its type",
    "edgenode config schema lists them",
)
def config_refused(ground: Ground) -> Words:
    file = ground.tmp / "edgenode.toml"
    file.write_text("surprise = 1")
    return ended(2, "config", "check", "--config", str(file))


@says(
    "EN009",
    "Missing argument 'SEQ'.",
    "edgenode ledger show [OPTIONS] SEQ",
    "edgenode ledger show --help",
)
def usage(_: Ground) -> Words:
    return ended(2, "ledger", "show", "--data", "x")


@says(
    "EN010",
    "The log lost 1 lines since the start: [Errno 28] No space left on device",
    "",
    "look at who reads the log, and at its disk; nothing of the ledger is in it alone",
)
def log_lost(_: Ground) -> Words:
    def full(_: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    sink = Sink(full)
    sink.write("a line")
    sink.close(seconds=30)
    (row,) = status.log_problems(sink.lost)
    return Words(row["code"], row["text"], do=row["do"])


@says(
    "EN011",
    "the clock of this machine says 1970-01-01T01:00:00Z",
    f"{RELEASED} or later, when this release was made",
    "set the clock (date, timedatectl), then begin again: entries get its time",
)
def clock_refused(_: Ground) -> Words:
    return raised(lambda: check_released(3_600 * 10**9))


@says(
    "EN012",
    "1 feeds are declared",
    "[signals] feeds_max or fewer",
    "raise feeds_max, or push to a feed that GET /api/v1/signals lists",
)
def too_many(_: Ground) -> Words:
    async def declare() -> None:
        stage = await Stage(feeds_max=1).started()
        for name in "xy":
            await stage.signals.declare(replace(FEED, id=SourceId(f"feed:{name}")))

    return raised(lambda: asyncio.run(declare()))


@says(
    "EN013",
    "all of 1 rows; row 1: malformed, t '2022-02-30T00:00:00Z' is no time; expected RFC 3339 with"
    " its offset, or whole seconds since 1970",
    "rows of now, each once, of the documented shape",
    "correct them; edgenode help signals says when a row is late",
)
def rows_refused(ground: Ground) -> Words:
    row = {"t": "2022-02-30T00:00:00Z", "v": "1"}
    body = {"feed": "tickets", "instrument": "WETH-USDC", "rows": [row]}
    return answered(422, ground.box.ask("POST", "/api/v1/signals", body))
