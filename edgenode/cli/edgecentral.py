"""`edgecentral`: the central book's commands; over its socket while it serves, else its files."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TextIO

import click

from edgenode import __version__
from edgenode.cli import tables
from edgenode.cli.decision import answered, decision_options, listed_lines, shown_lines, taken
from edgenode.cli.options import BOM, PORT, File, Group, instant
from edgenode.cli.output import Failed, Json, data_option, emit, json_option, reports_errors
from edgenode.model.errors import REGISTRY, RefusedError
from edgenode.wire import foreign

node_option = click.option("--node", "--node-id", "node_id", help="one node; all where left out")
actor_option = click.option("--actor", default="", help="who does this, for the record")


@click.group(cls=Group)
@click.version_option(__version__, prog_name="edgecentral")
def cli() -> None:
    """The central book: every node's ledger, verified, cosigned, folded and joined."""


@cli.command()
@data_option
@json_option
@reports_errors
def init(data_dir: str, *, as_json: bool) -> None:
    """Make keys and an empty desk ledger. Refuses if there is one."""
    from edgenode.central import folder

    summary = folder.init(Path(data_dir))
    emit(summary, as_json=as_json, text=f"{summary['ledger']} begins in {data_dir}")


@cli.command()
@data_option
@click.option("--config", "config_file", type=File(), help="TOML file")
@click.option("--port", type=PORT, help="0 takes a free one")
@json_option
@reports_errors
def serve(data_dir: str, config_file: str | None, port: int | None, *, as_json: bool) -> None:
    """Serve nodes and the desk until SIGTERM."""
    from edgenode.central import config
    from edgenode.central.main import run_centre

    loaded = config.load(Path(config_file) if config_file else None, port=port)
    run_centre(Path(data_dir), loaded, as_json=as_json)


@cli.command()
@data_option
@json_option
@reports_errors
def status(data_dir: str, *, as_json: bool) -> None:
    """Say how the centre is, problems first; works while it does not serve."""
    answer = _asked(data_dir, "status", {}, as_json=as_json)
    rows = answer["problems"]
    lines = [tables.inline(f"! {p['node_id']}: {p['text']}. Do: {p['do']}") for p in rows]
    counts = {key: value for key, value in answer.items() if key != "problems"}
    text = "\n".join([*(lines or ["no problems"]), tables.message(counts)])
    emit(answer, as_json=as_json, text=text)


@cli.group()
def node() -> None:
    """Who is enrolled."""


@node.command("enroll")
@click.option("--node-id", required=True)
@click.option("--desk", default="", help="the desk that the node's positions belong to")
@actor_option
@data_option
@json_option
@reports_errors
def node_enroll(node_id: str, desk: str, actor: str, data_dir: str, *, as_json: bool) -> None:
    """Print a single-use code for a box; valid for 15 minutes."""
    _perform(data_dir, "node.enroll", as_json=as_json, node_id=node_id, desk=desk, actor=actor)


@node.command("approve")
@click.argument("node_id")
@click.option("--key", required=True, help="the fingerprint that the box itself shows")
@click.option("--actor", default="", help="your name; not who issued the code")
@data_option
@json_option
@reports_errors
def node_approve(node_id: str, key: str, actor: str, data_dir: str, *, as_json: bool) -> None:
    """Approve a claimed box by its key, as a second person who looked at the box."""
    _perform(data_dir, "node.approve", as_json=as_json, node_id=node_id, key=key, actor=actor)


@node.command("revoke")
@click.argument("node_id")
@click.option("--reason", help="why, for the record")
@actor_option
@data_option
@json_option
@reports_errors
def node_revoke(
    node_id: str, reason: str | None, actor: str, data_dir: str, *, as_json: bool
) -> None:
    """Refuse a node's entries from now on."""
    _perform(data_dir, "node.revoke", as_json=as_json, node_id=node_id, reason=reason, actor=actor)


@node.command("rekey")
@click.argument("node_id")
@click.option("--reason", help="why, for the record")
@click.option(
    "--as-booked",
    is_flag=True,
    help="carry what is undecided as it is booked; each item is recorded",
)
@actor_option
@data_option
@json_option
@reports_errors
def node_rekey(
    node_id: str, reason: str | None, actor: str, data_dir: str, *, as_booked: bool, as_json: bool
) -> None:
    """Print a code for a new ledger of a node that goes on with its books.

    What is stored of its older ledgers is final from here on. A second person approves the new key
    with `node approve`, which carries the books.
    """
    asked = {"node_id": node_id, "reason": reason, "as_booked": as_booked, "actor": actor}
    _perform(data_dir, "node.rekey", as_json=as_json, **asked)


@node.command("ls")
@data_option
@json_option
@reports_errors
def node_ls(data_dir: str, *, as_json: bool) -> None:
    """List nodes."""
    _perform(data_dir, "node.ls", as_json=as_json)


@cli.command("tell")
@click.argument("node_id")
@click.option("--file", "facts", required=True, type=click.File("r"), help="JSON list; - = stdin")
@actor_option
@data_option
@json_option
@reports_errors
def tell(node_id: str, facts: TextIO, actor: str, data_dir: str, *, as_json: bool) -> None:
    """Tell a node instruments, policy, grants or revocations: [{"fact": KIND, fields...}, ...]."""
    try:
        rows = foreign.json_value(facts.read().removeprefix(BOM))
    except (UnicodeDecodeError, RefusedError) as error:
        raise RefusedError(
            f"the file: {error}",
            expected="a JSON list",
            do="correct the file: a list of rows, each with its `fact`",
            code="EN002",
        ) from error
    _perform(data_dir, "tell", as_json=as_json, node_id=node_id, facts=rows, actor=actor)


@cli.group("config")
def config_group() -> None:
    """The centre's configuration."""


@config_group.command("check")
@click.option("--config", "config_file", required=True, type=File())
@json_option
@reports_errors
def config_check(config_file: str, *, as_json: bool) -> None:
    """Check a file; name the path of a mistake."""
    from edgenode.central import config

    config.load(Path(config_file))
    emit({"message_type": "summary", "ok": True}, as_json=as_json, text="ok")


@config_group.command("schema")
@json_option
@reports_errors
def config_schema(*, as_json: bool) -> None:
    """Print the JSON schema of the configuration."""
    from edgenode.central import config

    found = config.schema()
    text = json.dumps(found, indent=2)
    emit({"message_type": "summary", "config_schema": found}, as_json=as_json, text=text)


@cli.group()
def grant() -> None:
    """Delegated, expiring rights."""


@grant.command("issue")
@click.argument("node_id")
@click.option("--id", "grant_id", required=True)
@click.option("--kind", required=True, type=click.Choice(["cost", "cash", "position"]))
@click.option("--limit", required=True, type=int, help="minor units, or lots for positions")
@click.option("--unit", required=True, help="currency, or lots")
@click.option("--instrument", help="of a position grant, which needs it")
@click.option(
    "--side", type=click.Choice(["buy", "sell"]), help="of a position grant, which needs it"
)
@click.option("--expiry", required=True, type=instant, help="market time: RFC 3339, or ns")
@click.option("--grace-until", type=instant, help="default: the expiry")
@click.option("--reducing-reserve", default=0, type=int)
@actor_option
@data_option
@json_option
@reports_errors
def grant_issue(data_dir: str, node_id: str, actor: str, *, as_json: bool, **grant: Any) -> None:
    """Issue a grant to a node; it takes effect once the node has adopted it."""
    grant["id"] = grant.pop("grant_id")
    grant["grace_until"] = grant["grace_until"] or grant["expiry"]
    fact = {"fact": "Grant", "scope": "node", **grant}
    _perform(data_dir, "tell", as_json=as_json, node_id=node_id, facts=[fact], actor=actor)


@grant.command("revoke")
@click.argument("node_id")
@click.argument("grant_id")
@click.option("--reason", required=True, help="why, for the record")
@actor_option
@data_option
@json_option
@reports_errors
def grant_revoke(
    node_id: str, grant_id: str, reason: str, actor: str, data_dir: str, *, as_json: bool
) -> None:
    """Take a grant back; it takes effect once the node has adopted that."""
    fact = {"fact": "GrantRevoked", "id": grant_id, "reason": reason}
    _perform(data_dir, "tell", as_json=as_json, node_id=node_id, facts=[fact], actor=actor)


@grant.command("ls")
@node_option
@data_option
@json_option
@reports_errors
def grant_ls(node_id: str | None, data_dir: str, *, as_json: bool) -> None:
    """List grants as the nodes hold them."""
    _perform(data_dir, "grant.ls", as_json=as_json, node_id=node_id)


@cli.group()
def request() -> None:
    """What nodes ask for ahead of a micro-event: it opens nothing before it is granted."""


@request.command("ls")
@node_option
@data_option
@json_option
@reports_errors
def request_ls(node_id: str | None, data_dir: str, *, as_json: bool) -> None:
    """List open requests, each with the command that grants it."""
    _perform(data_dir, "request.ls", as_json=as_json, node_id=node_id)


@cli.group()
def mandate() -> None:
    """Core positions promised to nodes."""


@mandate.command("ls")
@node_option
@data_option
@json_option
@reports_errors
def mandate_ls(node_id: str | None, data_dir: str, *, as_json: bool) -> None:
    """List mandates as the nodes hold them."""
    _perform(data_dir, "mandate.ls", as_json=as_json, node_id=node_id)


@cli.group("core-hedge")
def core_hedge() -> None:
    """How the centre hedges what nodes report."""


@core_hedge.command("set")
@click.argument("node_id")
@click.option("--instrument", required=True)
@click.option("--feed", required=True, help="a feed of the configuration")
@click.option("--horizon-s", default=300, type=click.IntRange(1))
@click.option("--slice-s", default=30, type=click.IntRange(1))
@click.option("--slice-lots-max", default=1_000, type=click.IntRange(1))
@click.option(
    "--band-lots", default=0, type=click.IntRange(0), help="used until the node has a programme"
)
@click.option("--half-spread-ppm", default=100, type=click.IntRange(0))
@click.option("--enabled/--disabled", default=True)
@actor_option
@data_option
@json_option
@reports_errors
def core_hedge_set(data_dir: str, node_id: str, *, as_json: bool, **settings: Any) -> None:
    """Hedge an instrument of a node through core."""
    _perform(data_dir, "core-hedge.set", as_json=as_json, node_id=node_id, **settings)


@core_hedge.command("ls")
@data_option
@json_option
@reports_errors
def core_hedge_ls(data_dir: str, *, as_json: bool) -> None:
    """List core hedges."""
    _perform(data_dir, "core-hedge.ls", as_json=as_json)


@cli.group()
def breaks() -> None:
    """Differences in nodes' books that a rule or a person must close."""


@breaks.command("ls")
@node_option
@data_option
@json_option
@reports_errors
def breaks_ls(node_id: str | None, data_dir: str, *, as_json: bool) -> None:
    """List the open breaks of nodes; exit 4 if there are any."""
    answer = _asked(data_dir, "breaks.ls", {"node_id": node_id}, as_json=as_json)
    lines = [line for row in answer["breaks"] for line in listed_lines(row, f"{row['node_id']}  ")]
    emit(answer, as_json=as_json, text="\n".join(lines) or "no breaks")
    if answer["breaks"]:
        raise Failed(REGISTRY["EN408"].exit_code)


@breaks.command("show")
@click.argument("break_id")
@click.option("--node", "--node-id", "node_id", required=True, help="whose break it is")
@data_option
@json_option
@reports_errors
def breaks_show(break_id: str, node_id: str, data_dir: str, *, as_json: bool) -> None:
    """Show one break: what happened, its versions, and what may be decided about it."""
    asked = {"node_id": node_id, "break_id": break_id}
    answer = _asked(data_dir, "breaks.show", asked, as_json=as_json)
    emit(answer, as_json=as_json, text="\n".join(shown_lines(answer)))


@breaks.command("resolve")
@decision_options
@click.option("--node", "--node-id", "node_id", required=True, help="whose break it is")
@data_option
@json_option
@reports_errors
def breaks_resolve(data_dir: str, *, as_json: bool, **said: Any) -> None:
    """Decide a break of a node; it takes effect once the node has adopted it.

    Large ones need a second person's same word, here or at the box.
    """
    asked = {**taken(said), "actor": said["person"]}
    answer = _asked(data_dir, "breaks.resolve", asked, as_json=as_json)
    ended = f"{answer['break_id']}: {answer['node_id']} is told"
    emit(answer, as_json=as_json, text=answered(answer, ended))
    if answer["state"] != "told":
        raise Failed(3)


@cli.group()
def export() -> None:
    """A node's ledger as this centre holds it, to be proved anywhere."""


@export.command("jsonl")
@click.option("--node", "node_id", required=True)
@click.option("--out", required=True, type=File(), help="write it here")
@data_option
@json_option
@reports_errors
def export_jsonl(node_id: str, out: str, data_dir: str, *, as_json: bool) -> None:
    """Write what `edgenode ledger export` writes at the box: every entry, then the checkpoint."""
    size = _exported(data_dir, node_id, Path(out), as_json=as_json)
    answer: Json = {"message_type": "summary", "schema": "edgecentral.export/1"}
    emit({**answer, "node_id": node_id, "entries": size, "file": out}, as_json=as_json)


@cli.group()
def event() -> None:
    """Micro-events of a node, as its ledger here tells them."""


@event.command("ls")
@click.argument("node_id")
@data_option
@json_option
@reports_errors
def event_ls(node_id: str, data_dir: str, *, as_json: bool) -> None:
    """List the micro-events of a node, oldest first."""
    from edgenode.daemon import offline_events

    with TemporaryDirectory() as folder:
        file = Path(folder) / "ledger.jsonl"
        _exported(data_dir, node_id, file, as_json=as_json)
        rows = offline_events.listed_of_export(file)
    text = tables.table(rows) if rows else "no micro-event yet"
    emit({"message_type": "summary", "events": rows}, as_json=as_json, text=text)


@event.command("report")
@click.argument("node_id")
@click.argument("event_id")
@click.option("--out", type=File(), help="write the page here, and JSON beside")
@data_option
@json_option
@reports_errors
def event_report(
    node_id: str, event_id: str, out: str | None, data_dir: str, *, as_json: bool
) -> None:
    """Report one micro-event of a node: what `edgenode event report` says at the box.

    It is made of the entries that this centre holds, proved first.
    """
    from edgenode.cli.event import text_of
    from edgenode.daemon import offline_events

    with TemporaryDirectory() as folder:
        file = Path(folder) / "ledger.jsonl"
        _exported(data_dir, node_id, file, as_json=as_json)
        found = offline_events.report_of_export(file, event_id)
    if out is not None:
        found["files"] = offline_events.write(found, Path(out))
    emit({"message_type": "summary", **found}, as_json=as_json, text=text_of(found))


def _exported(data_dir: str, node_id: str, file: Path, *, as_json: bool) -> int:
    """Write a node's ledger as it was held when the first page was read; returns its size."""
    with file.open("w", encoding="utf-8") as lines:
        first = page = _asked(data_dir, "book.log", {"node_id": node_id}, as_json=as_json)
        after, size = 0, int(first["size"])
        while rows := [row for row in page["entries"] if row["seq"] <= size]:
            lines.writelines(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)
            after = int(rows[-1]["seq"])
            args = {"node_id": node_id, "after": after}
            page = _asked(data_dir, "book.log", args, as_json=as_json)
        lines.write(json.dumps({"checkpoint": first["checkpoint"]}) + "\n")
    return after


@cli.group()
def book() -> None:
    """The joined book."""


def _book_command(name: str, text: str) -> None:
    @book.command(name, help=text)
    @node_option
    @data_option
    @json_option
    @reports_errors
    def command(node_id: str | None, data_dir: str, *, as_json: bool) -> None:
        _perform(data_dir, f"book.{name}", as_json=as_json, node_id=node_id)


_book_command("positions", "Positions of book, overlay and core, by every key.")
_book_command("pnl", "Cash flows and marked totals per node and instrument.")
_book_command("exposure", "Customers' exposure, mandate, core, overlay and net with its interval.")
_book_command("digest", "Hash of a node's folded state, or of the whole book.")


def _perform(data_dir: str, verb: str, *, as_json: bool, **args: object) -> None:
    emit(_asked(data_dir, verb, dict(args), as_json=as_json), as_json=as_json)


def _asked(data_dir: str, verb: str, args: Json, *, as_json: bool) -> Json:
    """Return the centre's answer; says what it waits for, if that takes long."""
    from edgenode.central import offline

    def waits(said: Json) -> None:
        if as_json:
            emit(said, as_json=True)
        else:
            click.echo(said["text"], err=True)

    return offline.perform(Path(data_dir), verb, args, waits)
