"""What goes wrong between a payer and its rail: begun, and ended again."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from edgenode.sim.world.net import Weather
from edgenode.sim.world.payments import Payments
from edgenode.sim.world.plan import Fault

OFF_S = 0.5


async def _rail(payments: Payments, fault: Fault) -> None:
    payments.rail.strike(fault.detail, int(fault.amount))


async def _cut_rail(payments: Payments, fault: Fault) -> None:
    payments.link.set_up(False)
    await asyncio.sleep(fault.for_s)
    payments.link.set_up(True)


async def _lossy_rail(payments: Payments, fault: Fault) -> None:
    """Lose and double, but flip no bit: a rail is spoken to over TLS."""
    share = fault.amount
    await _weather(payments, fault, replace(payments.link.weather, loss=share, double=share))


async def _reorder_rail(payments: Payments, fault: Fault) -> None:
    await _weather(payments, fault, replace(payments.link.weather, held=fault.amount))


async def _weather(payments: Payments, fault: Fault, weather: Weather) -> None:
    payments.link.weather = weather
    await asyncio.sleep(fault.for_s)
    payments.link.weather = replace(Weather(), up=payments.link.weather.up)


async def _kill_payer(payments: Payments, fault: Fault) -> None:
    payments.payer.power_off()
    await asyncio.sleep(OFF_S + fault.for_s)
    payments.payer.power_on()


KINDS: dict[str, Callable[[Payments, Fault], Awaitable[None]]] = {
    "rail": _rail,
    "cut_rail": _cut_rail,
    "lossy_rail": _lossy_rail,
    "reorder_rail": _reorder_rail,
    "kill_payer": _kill_payer,
}
