"""What a journey takes for a status."""

from tests.journeys.events import Statuses

STREAM = b"""event: beat
data: {}

event: status
id: 7
data: {"verdict": "READY"}

event: beat
data: {}

event: status
id: 8
data: {"verdict": "PAUSED"}

"""


def test_a_beat_is_no_status():
    statuses = Statuses()
    taken = [statuses.take(line) for line in STREAM.splitlines(keepends=True)]
    assert [status["verdict"] for status in taken if status is not None] == ["READY", "PAUSED"]
