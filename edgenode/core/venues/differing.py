"""How two reports of one execution differ, worded for a person with both figures."""

from edgenode.core.breaks.opening import holding, price, quantity
from edgenode.core.state.node_state import NodeState
from edgenode.model.facts import FillRecorded

Row = tuple[str, str]  # what, the figure


def difference(state: NodeState, known: FillRecorded, told: FillRecorded) -> str:
    """Return what differs, each with the figure told before and the one told now."""
    pairs = zip(_figures(state, known), _figures(state, told), strict=True)
    return "; ".join(f"{what} {was}, now {now}" for (what, was), (_, now) in pairs if was != now)


def _figures(state: NodeState, fill: FillRecorded) -> tuple[Row, ...]:
    instrument = state.rules.instruments[fill.instrument]
    return (
        ("side", fill.side),
        ("quantity", quantity(fill.quantity_lots, instrument)),
        ("price", price(fill.price_ticks, instrument)),
        ("fee", holding(state, fill.fee_currency, fill.fee_minor)),
        ("instrument", fill.instrument),
        ("order", fill.order_id),
    )
