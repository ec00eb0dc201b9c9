"""Rows of arms with figures of nobody's."""

from edgenode.sim.demo.virtual import SHOWN_FIELDS, Told

TYPICAL = {
    (True, "up"): "2.00",
    (True, "cut"): "3.00",
    (False, "up"): "8.00",
    (False, "cut"): "12.00",
}
NETS = ("0.00", "-1.50", "2.25", "0.00")


def row_of(arm, **changed):
    """Return a row in which the overlay helps, costs, and earns nothing."""
    pnl = -100 if arm.overlay else 50
    figures = dict.fromkeys(SHOWN_FIELDS, "1.00") | {
        "rms_exposure": TYPICAL[arm.overlay, arm.link],
        "hedge_cost": "120.00" if arm.overlay else "40.00",
        "trading_pnl": f"{pnl:.2f}",
    }
    return {
        "flow": arm.flow,
        "overlay": arm.overlay,
        "link": arm.link,
        "was_cut": arm.link == "cut",
        "node_id": arm.node_id,
        **figures,
        "overlay_lots": 5,
        "core_lots": 7,
        "customers_orders": {"asked": 4, "accepted": 4},
        "unfilled_quantity": "0.00",
        "digest_equal": True,
        "entries": {"node": 9, "centre": 9},
    } | changed


def told_of(arm, **changed):
    """Return what is told of an arm, its net exposure at four minutes included."""
    return Told(row_of(arm, **changed), NETS, None)
