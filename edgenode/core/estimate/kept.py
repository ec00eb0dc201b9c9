"""What is kept of a source's estimates, as one piece of bytes: [forecast, detector, aggregate].

Older releases kept the forecast alone, or with its detector: what is missing, or cannot be read,
begins anew. A detector is then warm after three days; other sources are in shadow for some days.
"""

from typing import NamedTuple

from edgenode.core.estimate.aggregate import saved as saved_aggregate
from edgenode.core.estimate.aggregate.aggregate import Aggregate
from edgenode.core.estimate.events import saved as saved_detector
from edgenode.core.estimate.events.detector import Detector
from edgenode.core.estimate.forecast import saved
from edgenode.core.estimate.forecast.signal import Signal
from edgenode.model.errors import RefusedError
from edgenode.wire.canonical import pack, unpack

BYTES_MAX = 1 << 22
ALONE = b"{"  # how a forecast that was kept alone begins


class Estimates(NamedTuple):
    """What is kept of a source; None begins anew."""

    signal: Signal | None = None
    detector: Detector | None = None
    aggregate: Aggregate | None = None


def save(signal: Signal, detector: Detector, aggregate: Aggregate) -> bytes:
    """Return all three as bytes."""
    return pack(
        [saved.save(signal), saved_detector.save(detector), saved_aggregate.save(aggregate)]
    )


def load(data: bytes) -> Estimates:
    """Return what was saved; EN002 if the forecast cannot be read."""
    if data.startswith(ALONE):
        return Estimates(saved.load(data))
    match unpack(data, bytes_max=BYTES_MAX):
        case [bytes() as forecast, bytes() as detector]:
            return Estimates(saved.load(forecast), _detector(detector))
        case [bytes() as forecast, bytes() as detector, bytes() as aggregate]:
            signal = saved.load(forecast)
            return Estimates(signal, _detector(detector), _aggregate(aggregate, signal))
        case found:
            raise RefusedError(
                f"a saved state that is {type(found).__name__}",
                expected="a forecast, a detector and an aggregate",
                do="nothing: all of them begin anew",
                code="EN002",
            )


def _detector(data: bytes) -> Detector | None:
    try:
        return saved_detector.load(data)
    except RefusedError:
        return None


def _aggregate(data: bytes, signal: Signal) -> Aggregate | None:
    try:
        return saved_aggregate.load(data, signal)
    except RefusedError:
        return None
