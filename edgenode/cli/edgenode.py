"""`edgenode`: the box's own commands. Each imports what it needs when it runs."""

from pathlib import Path
from typing import Any, TextIO

import click

from edgenode import __version__
from edgenode.cli import status_text, tables
from edgenode.cli.options import BOM, PORT, File, Folder, Group, folder_unless, url
from edgenode.cli.output import (
    Failed,
    Json,
    archive_option,
    data_option,
    emit,
    folder_of,
    json_option,
    print_error,
    reports_errors,
)
from edgenode.model.errors import REGISTRY, InvariantBrokenError, UnreachableError

FAULT, STOPPED, LOCKED, DISK_FAILED = 1, 5, "EN403", "EN404"


@click.group(cls=Group)
@click.version_option(__version__, prog_name="edgenode")
def cli() -> None:
    """A box that keeps hedging, and keeps its books straight, when the network does not."""


@cli.command()
@data_option
@click.option("--node-id", default="edge-01", help="the node's name, unique at its centre")
@click.option("--paper/--live", default=True, help="paper: made-up money, signed locally")
@click.option(
    "--config",
    "config_file",
    type=File(),
    help="TOML file as of `run`: paper funds the desk at its venues",
)
@click.option(
    "--incarnation",
    default=1,
    type=click.IntRange(1),
    help="beyond 1: the next ledger of a node whose disk was lost, see `edgecentral node rekey`",
)
@json_option
@reports_errors
def init(
    data_dir: str,
    node_id: str,
    config_file: str | None,
    incarnation: int,
    *,
    paper: bool,
    as_json: bool,
) -> None:
    """Make keys and an empty ledger. Refuses if there is one.

    A paper box quotes from its first start. Its policy admits the venues that are configured now,
    and the desk's opening balance at each is booked as a sandbox venue opens it.
    """
    from edgenode.daemon import config
    from edgenode.daemon.folder import folder
    from edgenode.daemon.paper import WETH_USDC, by_hand

    mode, world = "live", None
    if paper:
        loaded = config.load(file=Path(config_file) if config_file else None)
        venues = (v.id for v in loaded.config.venues if v.instrument == WETH_USDC)
        mode, world = "paper", by_hand(tuple(venues), speed=loaded.config.market_time.speed)
    if incarnation > 1:
        world = None  # the centre gives it rules and books
    summary = folder.init(
        Path(data_dir), node_id=node_id, mode=mode, incarnation=incarnation, world=world
    )
    text = f"{summary['ledger']} begins in {data_dir}\nkey {summary['fingerprint']}"
    emit(summary, as_json=as_json, text=text)


@cli.command()
@data_option
@click.option("--config", "config_file", type=File(), help="TOML file")
@click.option("--port", type=PORT, help="control port; 0 takes a free one")
@click.option("--central", "central_url", type=url, help="URL of the central book")
@click.option(
    "--observe", is_flag=True, help="look at a copy: record and submit nothing, ask no centre"
)
@json_option
@reports_errors
def run(
    data_dir: str,
    config_file: str | None,
    port: int | None,
    central_url: str | None,
    *,
    observe: bool,
    as_json: bool,
) -> None:
    """Run the daemon until SIGTERM."""
    from edgenode.daemon import config
    from edgenode.daemon.main import run_daemon

    def read() -> config.Config:
        overrides = {"control.port": port, "central.url": central_url}
        file = Path(config_file) if config_file else None
        return config.load(file=file, overrides=overrides).config

    run_daemon(Path(data_dir), read(), read, observe=observe, as_json=as_json)


@cli.command()
@data_option
@click.option(
    "--exit-code",
    "use_exit_code",
    is_flag=True,
    help="0 ready, 3 held or exposed, 1 fault, 5 down",
)
@json_option
@reports_errors
def status(data_dir: str, *, use_exit_code: bool, as_json: bool) -> None:
    """Say how the node is, problems first; works with the daemon stopped."""
    from edgenode.cli.control_client import ask

    try:
        found = ask(Path(data_dir), "GET", "/api/v1/status")
    except UnreachableError as error:
        if error.code == LOCKED:  # it trades: what is on disk is no status of it
            raise
        found = _stopped(Path(data_dir), use_exit_code=use_exit_code, as_json=as_json)
    emit(found, as_json=as_json, text="\n".join(status_text.lines(found)))
    if use_exit_code:
        codes = {"READY": 0, "HEDGING": 0, "EXPOSED": 3, "HOLD": 3, "PAUSED": 3, "FAULT": FAULT}
        raise Failed(codes.get(str(found["verdict"]), STOPPED))


def _stopped(data: Path, *, use_exit_code: bool, as_json: bool) -> dict[str, Any]:
    """Return the status of a folder that no daemon runs on.

    With `--exit-code` a disk that fails hides neither a daemon that is stopped nor a fault.
    """
    from edgenode.daemon import stopped

    try:
        return stopped.status_of(data)
    except InvariantBrokenError as error:
        if use_exit_code and error.code == DISK_FAILED:
            print_error(error, as_json=as_json)
            raise Failed(FAULT if stopped.stopped_itself(data) else STOPPED) from error
        raise


@cli.command()
@data_option
@click.option("--hedges", is_flag=True, help="hold hedges of existing exposure too")
@click.option("--reason", default="", help="why, for the record")
@json_option
@reports_errors
def pause(data_dir: str, *, hedges: bool, reason: str, as_json: bool) -> None:
    """Pull quotes and refuse new customer risk; hedging goes on."""
    _post(data_dir, "/api/v1/pause", {"hedges": hedges, "reason": reason}, as_json=as_json)


@cli.command()
@data_option
@json_option
@reports_errors
def resume(data_dir: str, *, as_json: bool) -> None:
    """End a person's pause, and nothing else: `edgenode release` ends what a rule restricted."""
    _post(data_dir, "/api/v1/resume", {}, as_json=as_json)


@cli.command()
@click.argument("cause")
@click.option("--reason", required=True, help="what you found, for the record")
@data_option
@json_option
@reports_errors
def release(cause: str, reason: str, data_dir: str, *, as_json: bool) -> None:
    """Release a loss stop or a stress trigger (`loss:day`); `status` names what restricts."""
    _post(data_dir, "/api/v1/release", {"cause": cause, "reason": reason}, as_json=as_json)


@cli.command()
@data_option
@click.option("--central", "central_url", required=True, type=url, help="URL of the central book")
@click.option("--code-file", required=True, type=click.File("r"), help="- reads stdin")
@json_option
@reports_errors
def enroll(data_dir: str, central_url: str, code_file: TextIO, *, as_json: bool) -> None:
    """Claim this box at a centre with a single-use code; a second person approves there."""
    from edgenode.daemon.folder import enrolment

    code = code_file.read().lstrip(BOM).strip()
    made = enrolment.enroll(Path(data_dir), central_url, code)
    text = f"{made['ledger']} is claimed at {central_url}; for whoever approves it, this box has\n"
    text += f"key {made['fingerprint']}\nIt syncs from its next start on: restart it if it runs"
    emit(made, as_json=as_json, text=text)


@cli.command()
@data_option
@json_option
@reports_errors
def rekey(data_dir: str, *, as_json: bool) -> None:
    """Begin the next ledger with a new key, and keep the older one to read.

    `edgecentral node rekey` admits it, and gives it the older one's books. Refuses while the
    daemon runs. What was cut off, the same command finishes.
    """
    from edgenode.daemon.folder import rekeying

    made = rekeying.rekey(Path(data_dir))
    text = f"{made['ledger']} begins in {data_dir}; the older ledger is kept in {made['older']}\n"
    emit(made, as_json=as_json, text=f"{text}key {made['fingerprint']}")


@cli.group()
def state() -> None:
    """The state folded from the ledger."""


@state.command("digest")
@click.option("--data", "data_dir", envvar="EDGENODE_DATA", type=Folder())
@click.option("--from", "export_file", type=File(), help="fold an export")
@click.option("--at", "at_seq", type=click.IntRange(0), help="fold up to this entry")
@archive_option
@json_option
@reports_errors
def state_digest(
    data_dir: str | None,
    export_file: str | None,
    at_seq: int | None,
    archive_dir: str | None,
    *,
    as_json: bool,
) -> None:
    """Hash the folded state; equal on any machine that holds the same entries."""
    from edgenode.daemon import offline

    folder = folder_unless(export_file, data_dir)
    if folder is not None:
        found = offline.digest_of(folder, at_seq, folder_of(archive_dir))
    else:
        assert export_file is not None
        found = offline.digest_of_export(Path(export_file), at_seq)
    emit(found, as_json=as_json)


@cli.command("errors")
@json_option
@reports_errors
def errors(*, as_json: bool) -> None:
    """List every stable code."""
    for code, info in sorted(REGISTRY.items()):
        row = {"code": code, "name": info.name, "text": info.text, "exit_code": info.exit_code}
        line = f"{code}  {info.name:<26} {info.text}"
        emit({"message_type": "item", **row}, as_json=as_json, text=line)
    emit({"message_type": "summary", "codes": len(REGISTRY)}, as_json=as_json, text="")


@cli.group("config")
def config_group() -> None:
    """The daemon's configuration."""


@config_group.command("check")
@click.option("--config", "config_file", type=File())
@json_option
@reports_errors
def config_check(config_file: str | None, *, as_json: bool) -> None:
    """Check every source; name the path of a mistake."""
    from edgenode.daemon import config

    config.load(file=Path(config_file) if config_file else None)
    emit({"message_type": "summary", "ok": True}, as_json=as_json, text="ok")


@config_group.command("show")
@click.option("--config", "config_file", type=File())
@click.option("--effective", is_flag=True, help="with the source of every value")
@json_option
@reports_errors
def config_show(config_file: str | None, *, effective: bool, as_json: bool) -> None:
    """Show the merged configuration."""
    from edgenode.daemon import config

    loaded = config.load(file=Path(config_file) if config_file else None)
    found: Json = {"message_type": "summary", "config": config.plain(loaded.config)}
    if effective:
        found["sources"] = loaded.sources
    emit(found, as_json=as_json, text=_config_text(found))


@config_group.command("schema")
@json_option
@reports_errors
def config_schema(*, as_json: bool) -> None:
    """Print the JSON schema of the configuration."""
    import json

    from edgenode.daemon import config

    found = config.schema()
    text = json.dumps(found, indent=2)
    emit({"message_type": "summary", "config_schema": found}, as_json=as_json, text=text)


@cli.command()
@json_option
def version(*, as_json: bool) -> None:
    """Print the version."""
    emit({"message_type": "summary", "version": __version__}, as_json=as_json, text=__version__)


def _post(data_dir: str, path: str, body: Json, *, as_json: bool) -> None:
    from edgenode.cli.control_client import ask

    answer = ask(Path(data_dir), "POST", path, body)
    emit({"message_type": "summary", **answer}, as_json=as_json)


def _config_text(found: Json) -> str:
    """Return a line per key; with its source, where those were asked for."""
    rows = []
    for key, value in tables.flat(found["config"]):
        row = {"key": key, "value": value}
        if "sources" in found:
            row["source"] = found["sources"].get(key, "default")
        rows.append(row)
    return tables.table(rows)


def _attach() -> None:
    """Add the command groups that live in their own modules."""
    from edgenode.cli.breaks import breaks
    from edgenode.cli.conformance import conformance
    from edgenode.cli.demo import demo
    from edgenode.cli.drill import drill
    from edgenode.cli.event import event
    from edgenode.cli.forecast import forecast
    from edgenode.cli.handbook import handbook
    from edgenode.cli.ledger import ledger
    from edgenode.cli.risk import risk
    from edgenode.cli.sandbox import sandbox
    from edgenode.cli.signals import signals
    from edgenode.cli.venues import venues

    cli.add_command(breaks)
    cli.add_command(conformance)
    cli.add_command(sandbox)
    cli.add_command(demo)
    cli.add_command(drill)
    cli.add_command(event)
    cli.add_command(forecast)
    cli.add_command(venues)
    cli.add_command(risk)
    cli.add_command(handbook)
    cli.add_command(ledger)
    cli.add_command(signals)


_attach()
