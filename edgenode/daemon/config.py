"""The daemon's configuration: /etc file < conf.d < EDGENODE__SECTION__KEY < command line.

Checked once, at start; an unknown key refuses to start, with the path of the mistake. Limits are
not configured here: they are signed grants and policy. Each value remembers where it came from.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from edgenode.adapters.clock import MarketTime
from edgenode.adapters.config_names import Filled, Name, check_once
from edgenode.model.address import FEED_URL, HTTP, is_feed_url, is_http
from edgenode.model.errors import RefusedError
from edgenode.model.ids import LOCAL_VENUE
from edgenode.wire import foreign

ENV_PREFIX = "EDGENODE__"
DEFAULT_FILE = Path("/etc/edgenode/edgenode.toml")

DAY_S = 86_400
Seconds = Annotated[float, msgspec.Meta(gt=0, le=DAY_S)]
Mebibytes = Annotated[int, msgspec.Meta(ge=0, le=1 << 40)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]


class Control(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The control port. Port 0 takes any free one; the time limits count from connecting."""

    host: Filled = "127.0.0.1"
    port: Port = 8080
    hosts_allowed: tuple[str, ...] = ("localhost", "127.0.0.1", "[::1]")
    header_s_max: Seconds = 10.0
    request_s_max: Seconds = 20.0  # a body of 64 KiB over the slowest link that staff use
    connections_per_address_max: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 32


class Central(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The central book; "" = none, the node works alone."""

    url: str = ""
    hello_wait_s: Annotated[float, msgspec.Meta(ge=0, le=DAY_S)] = 5.0
    retry_max_s: Seconds = 30.0  # full jitter between zero and a pause that doubles up to this
    drain_s: Seconds = 10.0  # of a clean stop, for the last cosignature; systemd grants 20

    def __post_init__(self) -> None:
        """Refuse an address that nothing can be asked at."""
        if self.url:
            _check_url(self.url)


class Disk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much room the ledger's disk must have, in MiB; with less the node takes less risk."""

    reducing_below: Mebibytes = 128
    halted_below: Mebibytes = 32


class Ledger(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many sealed segments stay on the box (unset: all), and for how long each does.

    Only what the archive and the centre hold is ever dropped. The days are longer than any venue
    repeats a report: after them an execution is not recognised any more.
    """

    segments_kept: Count | None = None
    keep_days: Count = 30


class VenueConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One outside venue."""

    id: Name
    url: str
    account: Filled
    instrument: Filled
    kind: Literal["http"] = "http"
    deduplicates: bool = True

    def __post_init__(self) -> None:
        """Refuse an address that nothing can be asked at, and the name of the local book."""
        _check_url(self.url)
        if self.id == LOCAL_VENUE:
            raise ValueError(f"id {self.id!r} is the name of this box's own book")


class Signals(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Signals of volume: how long bars are kept, and how much may be pushed in a minute.

    `drop_folder`: CSV files of demand feeds are read from there, each once. `calendar_file`: CSV
    of scheduled events. "" = none.
    """

    keep_days: Annotated[int, msgspec.Meta(ge=1, le=3_660)] = 90
    feeds_max: Annotated[int, msgspec.Meta(ge=0, le=64)] = 16  # each takes 10 us a second
    rows_per_minute_max: Annotated[int, msgspec.Meta(ge=1, le=60_000)] = 1_000
    requests_per_minute_max: Annotated[int, msgspec.Meta(ge=1, le=6_000)] = 120
    drop_folder: str = ""
    calendar_file: str = ""


class DemandFeed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One demand feed: what its rows are. `POST /api/v1/signals` declares one without this.

    `form`: `each` row is something that happened, or a `counter` is a total so far. `kind`: things
    are counted, or an amount. `utc_offset_min`: of times without an offset; unset refuses them.
    `url`: its server is listened to, by server-sent events (http, https) or WebSocket (ws, wss);
    "" = it is pushed. A connection that is silent for `silent_s` is made again.
    """

    id: Name
    instrument: Filled
    kind: Literal["count", "amount"] = "amount"
    form: Literal["each", "counter"] = "each"
    step_s: Literal[60, 300] = 60
    decimals: Annotated[int, msgspec.Meta(ge=0, le=9)] = 3
    utc_offset_min: Annotated[int, msgspec.Meta(ge=-840, le=840)] | None = None
    url: Annotated[str, msgspec.Meta(max_length=2_000)] = ""
    silent_s: Annotated[float, msgspec.Meta(ge=1, le=DAY_S)] = 120.0  # two bars of a minute

    def __post_init__(self) -> None:
        """Refuse an address that nothing can be heard from."""
        if self.url and not is_feed_url(self.url):
            raise ValueError(f"url {self.url!r} is not {FEED_URL}")


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything the daemon reads at start."""

    control: Control = Control()
    central: Central = Central()
    market_time: MarketTime = MarketTime()
    disk: Disk = Disk()
    ledger: Ledger = Ledger()
    venues: tuple[VenueConfig, ...] = ()
    signals: Signals = Signals()
    demand_feeds: tuple[DemandFeed, ...] = ()
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    def __post_init__(self) -> None:
        """Refuse two venues, or two feeds, of one name: one of them would never be heard."""
        check_once("venues", [venue.id for venue in self.venues])
        check_once("demand_feeds", [feed.id for feed in self.demand_feeds])


class LoadedConfig(msgspec.Struct, frozen=True):
    """A checked configuration, and the source of each value that is no default."""

    config: Config
    sources: dict[str, str]


def load(
    *,
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> LoadedConfig:
    """Merge and check all sources; `overrides` are dotted keys from the command line."""
    merged: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for path in _files(file):
        _merge(merged, _read(path), str(path), sources)
    for key, text in sorted((environ if environ is not None else os.environ).items()):
        if key.startswith(ENV_PREFIX):
            dotted = key.removeprefix(ENV_PREFIX).lower().replace("__", ".")
            _merge(merged, _nest(dotted, text), f"${key}", sources)
    for dotted, value in (overrides or {}).items():
        if value is not None:
            _merge(merged, _nest(dotted, value), "command line", sources)
    try:
        config = msgspec.convert(merged, Config, strict=False)
    except msgspec.ValidationError as error:
        raise RefusedError(
            f"configuration: {error}{_told_by(str(error), merged, sources)}",
            expected="only documented keys, each of its type",
            do="edgenode config schema lists them",
            code="EN008",
        ) from error
    return LoadedConfig(config, sources)


def _check_url(url: str) -> None:
    if not is_http(url):
        raise ValueError(f"url {url!r} is not {HTTP}")


def _told_by(text: str, merged: Mapping[str, Any], sources: Mapping[str, str]) -> str:
    """Return what the configuration has at the path of a mistake, and its source."""
    path = _path_of(text)
    value: Any = merged
    for part in re.findall(r"[^.\[\]]+", path):
        if isinstance(value, list):
            value = value[int(part)]
        else:
            value = value.get(part) if isinstance(value, dict) else None
    shown = "" if isinstance(value, dict | list) else f", which is {value!r}"
    at_path = [source for key, source in sources.items() if _within(path, key)]
    came = at_path[:1] or list(dict.fromkeys(sources.values()))
    return f"{shown}, from {' or '.join(came)}" if came else shown


def _path_of(text: str) -> str:
    """Return the path of a mistake, "" if the text has none: of an unknown key the key itself."""
    at = re.search(r"`\$\.([^`]*)`$", text) or re.match(r"([\w.\[\]]+): ", text)
    unknown = re.search(r"unknown field `([^`]*)`", text)
    return ".".join(part[1] for part in (at, unknown) if part)


def _within(path: str, key: str) -> bool:
    one, other = f"{path}.".replace("[", "."), f"{key}."
    return bool(path) and (one.startswith(other) or other.startswith(one))


def _files(file: Path | None) -> list[Path]:
    if file is not None:
        return [file]
    files = [DEFAULT_FILE] if DEFAULT_FILE.is_file() else []
    return files + sorted(DEFAULT_FILE.parent.glob("conf.d/*.toml"))


def _read(path: Path) -> dict[str, Any]:
    try:
        return foreign.toml_table(path.read_bytes())
    except (OSError, RefusedError) as error:
        raise RefusedError(
            f"{path}: {error}",
            expected="a readable TOML file",
            do="correct the file, or who may read it, and start again",
            code="EN008",
        ) from error


def _nest(dotted: str, value: object) -> dict[str, Any]:
    nested: Any = value
    for part in reversed(dotted.split(".")):
        nested = {part: nested}
    return dict(nested)


def _merge(
    into: dict[str, Any], more: dict[str, Any], source: str, sources: dict[str, str], at: str = ""
) -> None:
    for key, value in more.items():
        path = f"{at}{key}"
        if isinstance(value, dict) and isinstance(into.get(key, {}), dict):
            _merge(into.setdefault(key, {}), value, source, sources, f"{path}.")
        else:
            into[key] = value
            sources[path] = source


def plain(config: Config) -> dict[str, Any]:
    """Return a configuration as plain data."""
    return dict(msgspec.to_builtins(config))


def schema() -> dict[str, Any]:
    """Return the JSON schema of the configuration."""
    return msgspec.json.schema(Config)
