"""The centre's configuration: one TOML file, checked at start."""

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from edgenode.adapters.clock import MarketTime
from edgenode.adapters.config_names import Filled, Name, check_once
from edgenode.model.address import HTTP, is_http
from edgenode.model.errors import RefusedError
from edgenode.wire import foreign


class Feed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A source of reference prices for the core hedge."""

    id: Name
    url: str
    instrument: Filled
    age_s_max: Annotated[int, msgspec.Meta(gt=0, le=86_400)] = 30  # an older price hedges nothing

    def __post_init__(self) -> None:
        """Refuse an address that nothing can be asked at."""
        if not is_http(self.url):
            raise ValueError(f"url {self.url!r} is not {HTTP}")


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything the centre reads at start."""

    host: Filled = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8090
    feeds: tuple[Feed, ...] = ()
    market_time: MarketTime = MarketTime()
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    def __post_init__(self) -> None:
        """Refuse two feeds of one name: one of them would never be looked at."""
        check_once("feeds", [feed.id for feed in self.feeds])


def schema() -> dict[str, Any]:
    """Return the JSON schema of the configuration."""
    return msgspec.json.schema(Config)


def load(file: Path | None, *, port: int | None = None) -> Config:
    """Read and check; EN008 with the path of the mistake."""
    try:
        raw = foreign.toml_table(file.read_bytes()) if file else {}
        if port is not None:
            raw["port"] = port
        return msgspec.convert(raw, Config)
    except (OSError, RefusedError, msgspec.ValidationError) as error:
        raise RefusedError(
            f"{file}: {error}",
            expected="a TOML file with documented keys only",
            do="correct the file and start again; edgecentral config schema lists the keys",
            code="EN008",
        ) from error
