"""`edgenode conformance`: the integrator's kit."""

import asyncio
import secrets

import click

from edgenode.cli.options import Group
from edgenode.cli.options import url as http_url
from edgenode.cli.output import Failed, emit, json_option, reports_errors

TAG_CHARS = 8


@click.group(cls=Group)
def conformance() -> None:
    """Does what you integrate keep the promises that edgenode relies on?"""


@conformance.command()
@click.argument("url", type=http_url)
@click.option("--instrument", default="WETH-USDC")
@click.option("--account", default="desk", help="the account at the venue")
@json_option
@reports_errors
def venue(url: str, instrument: str, account: str, *, as_json: bool) -> None:
    """Drive a venue with small orders and check what it says; exit 1 where a promise is broken.

    Practise on: edgenode sandbox venue
    """
    from edgenode.sim.conformance import kit

    tag = secrets.token_hex(TAG_CHARS).upper()[:TAG_CHARS]
    results = asyncio.run(kit.run(url, instrument, account, tag))
    signs = {"passed": "=", "failed": "!", "skipped": "-"}
    for result in results:
        item = {"message_type": "item", "check": result.name, "outcome": result.outcome}
        text = f"{signs[result.outcome]} {result.name.replace('_', ' ')}: {result.detail}"
        emit({**item, "detail": result.detail}, as_json=as_json, text=text)
    counts = {key: sum(r.outcome == key for r in results) for key in signs}
    summary = {"message_type": "summary", "schema": "edgenode.conformance.venue/1", "url": url}
    text = ", ".join(f"{count} {key}" for key, count in counts.items())
    emit({**summary, **counts}, as_json=as_json, text=text)
    if counts["failed"]:
        raise Failed(1)
