"""Signals of an invented box with a warm feed, as the views show them."""

from edgenode.daemon.view import forecast as view
from edgenode.daemon.view import signals as signals_view
from tests.core.estimate.forecast.series import wandering
from tests.services.test_signals import FEED, START, Stage, live_on


async def stage_of(count, seed=5):
    """Return a stage that heard a feed and a venue for so many minutes, from START on."""
    stage = await Stage().started()
    await stage.signals.declare(FEED)
    await live_on(stage, wandering(seed, count, step_s=60))
    await stage.at(START + 60 * (count + 1))
    return stage


def said(stage):
    """Return what GET /api/v1/forecast answers."""
    rules = stage.world.state.rules
    return view.forecast(stage.signals, rules, stage.clock.now_ns())


def heard(stage):
    """Return what GET /api/v1/signals answers."""
    rules = stage.world.state.rules
    return signals_view.signals(signals_view.Heard(stage.signals), rules, stage.clock.now_ns())
