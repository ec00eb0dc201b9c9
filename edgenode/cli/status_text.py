"""What `edgenode status` prints for people: problems first, each with its next step."""

from typing import Any

Json = dict[str, Any]


def lines(found: Json) -> list[str]:
    """Return the status line by line."""
    told = [line for problem in found["problems"] for line in _problem(problem)]
    verdict = found["verdict"] or "STOPPED"
    held = ", hedges held too" if found.get("hedges_paused") else ""
    size = found["ledger"]["size"]
    told.append(f"{found['node_id']} {verdict}{held} ({found['mode']}), ledger {size}")
    told += [f"  {text}" for text in _facts(found)]
    return told


def link(found: Json) -> str:
    """Say on one line how the link of a status is, and what waits for it."""
    sync = found["sync"]
    acked, waiting = sync.get("acked_size"), sync.get("unsynced_entries")
    if not found["running"]:
        waits = f"; the centre holds {acked}, {waiting} wait for the next start"
        unread = "; what the centre holds could not be read"
        known = {True: waits, False: "", None: unread}
        return "down, as the daemon is stopped" + known[sync["configured"]]
    if found.get("observes"):
        return "none, as it only observes"
    if not sync["configured"]:
        return "no centre is configured; after `enroll` a restart is needed"
    if sync["online"]:
        return f"online, the centre holds {acked}, {waiting} wait"
    if sync.get("refused"):
        said = f"the centre answers and takes nothing, it holds {acked}, {waiting} wait"
        return f"{said}: {sync['refused']}"
    since = sync["offline_since"] or "the start"
    return f"OFFLINE since {since}, the centre holds {acked}, {waiting} wait"


def _problem(problem: Json) -> list[str]:
    first = f"{problem['severity'].upper()} {problem['code']}: {problem['text']}"
    return [first, f"  Do: {problem['do']}"] if problem["do"] else [first]


def _facts(found: Json) -> list[str]:
    """Return what holds: restrictions, event, quotes, orders, link, key, exposure, room."""
    orders, quoting = found["orders"], found["quoting"]
    event = found["event"]
    return [
        *map(_restriction, found["restrictions"]),
        *([f"event: {event['name']} ({event['source']}) until {event['ends']}"] if event else []),
        *([] if quoting is None else [f"quoting: {'yes' if quoting else 'no'}"]),
        f"orders: {orders['open']} open, {orders['unknown']} of them unknown",
        f"link: {link(found)}",
        f"key: {found['fingerprint'] or 'not written yet'}",
        *map(_exposure, found["exposure"]),
        *map(_room, found["hedge_room"]),
        *map(_request, found["requests"]),
    ]


def _exposure(row: Json) -> str:
    """Return one instrument's exposure, and why lots of its hedge wait."""
    net, overlay, mandate = (row[f"{name}_quantity"] for name in ("exposed", "overlay", "mandate"))
    if row["exposed_min"] != row["exposed_max"]:
        net += f" at worst ({row['exposed_min']} to {row['exposed_max']})"
    programme = row["programme"]
    waits = f"; hedge: {programme['said']}" if programme and programme["said"] else ""
    return f"{row['instrument']}: net {net}, overlay {overlay}, mandate {mandate}{waits}"


def _room(row: Json) -> str:
    """Return what the desk may still take on one side, and what needs no room there."""
    less = row["reducing_quantity"]
    reduces = f"; {less} reduce its net and need no room" if less.strip("0.") else ""
    return (
        f"{row['instrument']}: room for the desk to {row['side']} {row['quantity']} more"
        f" ({row['bounded_by']}){reduces}"
    )


def _request(row: Json) -> str:
    """Return what is asked of the desk, which opens nothing before it is granted."""
    return f"asked of the desk at {row['asked_at']}, {row['need_id']}: {row['text']}"


def _restriction(row: Json) -> str:
    """Return one cause: where, how strict, since when, why, what ends it and who may."""
    who = f"; a {row['released_by']} may: {row['do']}" if row["released_by"] else ""
    return (
        f"{row['level']} at {row['scope']} by {row['cause']} since {row['since']}:"
        f" {row['reason']}; ends with {row['ends']}{who}"
    )
