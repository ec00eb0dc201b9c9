"""What nodes are told, and what was told: facts of the down-ledger, and how core is hedged."""

from collections.abc import Mapping, Sequence

from edgenode.central.desk import asked, judged
from edgenode.central.desk.asked import Json
from edgenode.central.feeds import Prices
from edgenode.central.folder import OpenedCentre
from edgenode.central.registry import NodeRecord
from edgenode.core.risk import shown
from edgenode.model import currencies
from edgenode.model.errors import RefusedError
from edgenode.model.facts import (
    DOWN_KINDS,
    KINDS,
    CoreHedgeSet,
    Currency,
    Fact,
    Grant,
    GrantRevoked,
)
from edgenode.model.ids import InstrumentId
from edgenode.model.instants import instant
from edgenode.model.money import Money, format_decimal
from edgenode.wire import facts as wire_facts
from edgenode.wire.canonical import pack


async def tell(opened: OpenedCentre, args: Json) -> Json:
    """Tell a node facts of the down-ledger, each {"fact": KIND, fields...}."""
    record = tellable(opened, args)
    facts = [_fact(opened, dict(raw)) for raw in args["facts"]]
    _check_expiry(facts, opened.centre.market.now_ns())
    is_judged = judged.check(opened, record, facts)
    gone = judged.gone(opened, record)
    again = [fact for fact in facts if isinstance(fact, GrantRevoked) and fact.id in gone]
    facts = [fact for fact in facts if fact not in again]
    # Power lost in here: all that fits one frame is told, or none of it, and nobody knows which.
    # Ask before telling it again: `grant ls`, or the node's ledger once it has synced.
    who = asked.actor(args)
    seqs = await opened.centre.tell(record.node, facts, who) if facts else range(0)
    down = opened.centre.downs[record.node].store.ledger.name
    row: Json = {"node_id": record.node, "told": len(facts), "judged": is_judged}
    row |= {"revoked_before": [fact.id for fact in again]} if again else {}
    row["entries"] = [f"{down}/{seq}" for seq in seqs]
    if limits := _limits(opened, record, facts):
        row["limits"] = limits
    return row


def _limits(opened: OpenedCentre, record: NodeRecord, facts: list[Fact]) -> Json:
    """Return the limit of each grant in words, so that nobody mistakes its scale."""
    state = opened.centre.book.states.get(record.node)
    told = {fact.code: fact for fact in facts if isinstance(fact, Currency)}
    known = {**(state.rules.currencies if state else {}), **told}
    return {
        fact.id: f"= {currencies.worded(known, Money(fact.limit, fact.unit))}"
        for fact in facts
        if isinstance(fact, Grant) and fact.kind != "position"
    }


def _check_expiry(facts: Sequence[Fact], now_ns: int) -> None:
    """Refuse a grant that is over before it is told (EN002); nodes judge no expiry."""
    for fact in facts:
        if isinstance(fact, Grant) and fact.expiry <= now_ns:
            raise RefusedError(
                f"grant {fact.id[:40]!r} expires at {instant(fact.expiry)}",
                expected=f"a time behind {instant(now_ns)}, which it is now",
                do="name a later --expiry; to end a grant that runs: edgecentral grant revoke",
                code="EN002",
            )


def tellable(opened: OpenedCentre, args: Json) -> NodeRecord:
    """Return the node that is meant; EN307 while its books wait for a new key."""
    record = asked.node(opened, args)
    if record.rekeyed is not None:
        raise RefusedError(
            f"{record.node} is being keyed anew",
            expected="a node whose books are carried",
            do="approve its new key first: edgecentral node approve",
            code="EN307",
        )
    return record


async def grants(opened: OpenedCentre, args: Json) -> Json:
    """Return the grants of nodes."""
    rows = []
    for node in asked.named(opened, args):
        state = opened.centre.book.states[node]
        for grant_id, account in sorted(state.grants.accounts.items()):
            grant = account.grant
            money = grant.kind != "position"
            row: Json = {"node_id": node, "grant": grant_id, "kind": grant.kind}
            limit = currencies.amount(state.rules.currencies, Money(grant.limit, grant.unit))
            row["limit"] = limit if money else str(grant.limit)
            row |= {"unit": grant.unit, "instrument": grant.instrument, "side": grant.side}
            row |= {"revoked": account.revoked, "expires_at": instant(grant.expiry)}
            if account.revoked:
                row |= {"revoked_at": instant(account.revoked_ns)}
                row |= {"revoked_by": account.revoked_by, "reason": account.revoked_why}
            rows.append(row)
    return {"grants": rows}


async def requests(opened: OpenedCentre, args: Json) -> Json:
    """Return what nodes ask for and were not granted yet, each with what to do."""
    now_ns = opened.centre.market.now_ns()
    states = {node: opened.centre.book.states[node] for node in asked.named(opened, args)}
    rows = [
        {"node_id": node, **row}
        for node, state in states.items()
        for row in shown.listed(state, now_ns)
    ]
    return {"requests": rows}


async def mandates(opened: OpenedCentre, args: Json) -> Json:
    """Return the mandates of nodes."""
    rows = []
    for node in asked.named(opened, args):
        state = opened.centre.book.states[node]
        for name, held in sorted(state.mandates.mandates.items()):
            instrument = state.rules.instruments[name]
            quantity = format_decimal(held.quantity_lots, instrument.quantity_decimals)
            row = {"node_id": node, "instrument": name, "quantity": quantity}
            rows.append({**row, "version": held.version})
    return {"mandates": rows}


async def set_hedge(opened: OpenedCentre, feeds: Mapping[str, InstrumentId], args: Json) -> Json:
    """Set how core is hedged for a node.

    EN006 if no configured feed has that name, or prices that instrument, or the node does not know
    the instrument.
    """
    feed = str(args["feed"])
    if feed not in feeds:
        raise RefusedError(
            f"feed {feed[:40]!r}",
            expected=f"one of the running centre's: {', '.join(sorted(feeds)) or 'none'}",
            do="name it in the configuration, start edgecentral serve with it, and set it again",
            code="EN006",
        )
    record, name = asked.node(opened, args), InstrumentId(str(args["instrument"]))
    _check_instrument(opened, record, name, feed, feeds[feed])
    raw = {**args, "at_ns": opened.centre.market.now_ns()}
    raw["node"] = record.node
    for extra in ("node_id", "actor"):
        raw.pop(extra, None)
    settings = wire_facts.decode("CoreHedgeSet", pack(raw))
    assert isinstance(settings, CoreHedgeSet)
    # Power lost in here: set or not; the same command again sets it.
    await opened.centre.record(settings, asked.actor(args))
    return {"node_id": settings.node, "instrument": settings.instrument}


def _check_instrument(
    opened: OpenedCentre, record: NodeRecord, name: InstrumentId, feed: str, priced: InstrumentId
) -> None:
    """Refuse an instrument that the feed does not price, or that the node does not know."""
    known = judged.instruments(opened, record)
    for found, expected in (
        (name != priced, f"{priced}, of which feed {feed} tells prices"),
        (known is not None and name not in known, f"one of {', '.join(sorted(known or ()))}"),
    ):
        if found:
            raise RefusedError(
                f"instrument {name[:40]!r}",
                expected=expected,
                do=f"name an instrument of {record.node} and a feed of that instrument",
                code="EN006",
            )


async def hedges(opened: OpenedCentre, prices: Prices, _: Json) -> Json:
    """Return how core is hedged, by node and instrument.

    `price_ticks` is None if the feed has no live price: no mandate is issued then.
    """
    rows = []
    for (node, name), s in sorted(opened.centre.registry.hedges.items()):
        price = prices.price(s.feed, name)
        row = {"node_id": node, "instrument": name, "enabled": s.enabled, "feed": s.feed}
        rows.append(
            {
                **row,
                "price_ticks": price.ticks,
                "price_age_ms": price.age_ms,
                "price_age_ms_max": price.age_ms_max,
                "price_problem": price.problem,
            }
        )
    return {"core_hedges": rows}


def _fact(opened: OpenedCentre, raw: Json) -> Fact:
    kind = str(raw.pop("fact"))
    if KINDS.get(kind) not in DOWN_KINDS:
        names = ", ".join(cls.__name__ for cls in DOWN_KINDS)
        raise RefusedError(
            f"fact {kind[:40]!r}",
            expected=names,
            do="correct the file: `fact` names the kind of each row",
            code="EN002",
        )
    raw.setdefault("at_ns", opened.centre.market.now_ns())
    return wire_facts.decode(kind, pack(raw))
