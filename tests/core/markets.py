"""An invented node with many instruments, all quoted by the desk."""

from dataclasses import replace

from edgenode.core.observations import Funded
from edgenode.daemon.paper import PaperWorld
from edgenode.model.facts import Currency, Grant
from edgenode.model.venue import BookView
from tests.core.world import WETH, World

FOREVER = 10**17


class Markets(World):
    """A desk that quotes 5 units a side of each instrument; one venue prices all of them."""

    def __init__(self, count, **figures):
        wanted = {
            "quote_size_lots": 500, "venues": ("a",), "cash_limit": 2_000_000 * count,
            "gross_max": 10**9, "funds_cash": 10**8, "open_notional_max": 10**9,
            "static_reference_ticks": None, **figures,
        }  # fmt: skip
        super().__init__(PaperWorld(**wanted))
        self.ids = [WETH, *(f"X{k:03d}-USDC" for k in range(1, count))]
        shape, policy = self.state.rules.instruments[WETH], self.state.rules.policy
        for name in self.ids[1:]:
            self.adopt(Currency(at_ns=self.now, code=name[:4], decimals=18))
            self.adopt(replace(shape, id=name, base=name[:4]))
            for side in ("buy", "sell"):
                self.adopt(self.position_grant(name, side))
        for name in self.ids:
            for account in ("customer:c1", "desk:book"):
                self.observe(
                    Funded(account=account, venue="local", currency=None, instrument=name,
                           amount=10_000, reference="")
                )  # fmt: skip
        self.policy(
            orders_per_s_max=10**6, event_orders_per_s_max=10**6,
            standard=tuple(replace(s, instrument=n) for s in policy.standard for n in self.ids),
        )  # fmt: skip

    def position_grant(self, name, side):
        return Grant(
            at_ns=self.now, id=f"p-{name}-{side}", kind="position", limit=10**6, unit="lots",
            scope="node", instrument=name, side=side, expiry=self.now + FOREVER,
            grace_until=self.now + FOREVER, reducing_reserve=0,
        )  # fmt: skip

    def publish_all(self, mid):
        for name in self.ids:
            self.books["a", name] = BookView(
                venue="a", instrument=name, published_ns=self.now, mid_ticks=mid,
                bids=tuple((mid - d, 90) for d in range(5, 55, 10)),
                asks=tuple((mid + d, 90) for d in range(5, 55, 10)),
            )  # fmt: skip
