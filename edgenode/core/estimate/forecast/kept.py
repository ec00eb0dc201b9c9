"""What is kept of a source's estimates: its forecast and its detector, as one piece of bytes.

A canonical array [forecast, detector]. Older releases kept the forecast alone: its detector then
begins anew, and is warm after three days. A detector that cannot be read begins anew too.
"""

from edgenode.core.estimate.events import saved as saved_detector
from edgenode.core.estimate.events.detector import Detector
from edgenode.core.estimate.forecast import saved
from edgenode.core.estimate.forecast.signal import Signal
from edgenode.model.errors import RefusedError
from edgenode.wire.canonical import pack, unpack

BYTES_MAX = 1 << 20
ALONE = b"{"  # how a forecast that was kept alone begins


def save(signal: Signal, detector: Detector) -> bytes:
    """Return both as bytes."""
    return pack([saved.save(signal), saved_detector.save(detector)])


def load(data: bytes) -> tuple[Signal, Detector | None]:
    """Return what was saved; EN002 if the forecast cannot be read."""
    if data.startswith(ALONE):
        return saved.load(data), None
    match unpack(data, bytes_max=BYTES_MAX):
        case [bytes() as forecast, bytes() as detector]:
            return saved.load(forecast), _detector(detector)
        case found:
            raise RefusedError(
                f"a saved state that is {type(found).__name__}",
                expected="a forecast and a detector",
                do="nothing: both begin anew",
                code="EN002",
            )


def _detector(data: bytes) -> Detector | None:
    try:
        return saved_detector.load(data)
    except RefusedError:
        return None
