"""How the centre is: what somebody has to do first, then counts. It waits for no fold."""

from collections import Counter

from edgenode.central.desk import nodes, told
from edgenode.central.desk.asked import Json
from edgenode.central.feeds import Prices
from edgenode.central.folder import OpenedCentre


async def status(opened: OpenedCentre, prices: Prices, args: Json) -> Json:
    """Return problems, each with what to do, and how many nodes and entries there are."""
    rows = (await nodes.ls(opened, args))["nodes"]
    problems = [problem for row in rows for problem in _of_node(row)]
    asked = (await told.requests(opened, {}))["requests"]
    problems += [{key: row[key] for key in ("node_id", "text", "do")} for row in asked]
    if prices.instruments:  # it serves: else it follows no feed
        hedges = (await told.hedges(opened, prices, args))["core_hedges"]
        problems += [_unpriced(row) for row in hedges if row["enabled"] and row["price_problem"]]
    return {
        "problems": problems,
        "nodes": dict(sorted(Counter(row["state"] for row in rows).items())),
        "entries": sum(row["entries"] for row in rows),
        "unfolded_entries": sum(row["unfolded_entries"] for row in rows),
        "breaks": sum(row["breaks"] or 0 for row in rows),
        "requests": len(asked),
    }


def _of_node(row: Json) -> list[Json]:
    node = row["node_id"]
    found = (
        (
            row["state"] == "claimed",
            f"the key {row['key']} waits for a second person",
            f"look at the box, then edgecentral node approve {node} --key FINGERPRINT",
        ),
        (
            row["rekeyed"] is not None,
            f"it is being keyed anew, as {node}/{row['rekeyed']}",
            "let the box use its code, then approve its key",
        ),
        (
            row["quarantined"],
            "two histories of its ledger are held",
            f"find out which box is the node, then edgecentral node rekey {node}",
        ),
        (
            row["told_and_lost"],
            "this centre lost entries that it told the node",
            "put its newest backup back; until then it tells the node nothing more",
        ),
        (
            row["breaks"],
            f"{row['breaks']} open breaks",
            f"edgecentral breaks ls --node {node}",
        ),
    )
    return [{"node_id": node, "text": text, "do": do} for holds, text, do in found if holds]


def _unpriced(row: Json) -> Json:
    return {
        "node_id": row["node_id"],
        "text": f"core of {row['instrument']} stands still: {row['price_problem']}",
        "do": f"look at feed {row['feed']}: edgecentral core-hedge ls",
    }
