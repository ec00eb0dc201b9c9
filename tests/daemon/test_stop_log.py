"""What the log says as a daemon ends: how much of the ledger only this box holds."""

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from edgenode.daemon.main import _tell_stopped
from edgenode.daemon.view.status import NO_LINK

LINK = replace(NO_LINK, configured=True, acked_size=90)


@pytest.mark.parametrize(
    ("link", "level", "said"),
    [
        (NO_LINK, "info", {}),
        (LINK, "info", {"acked_size": 90, "unsynced_entries": 0}),
        (
            replace(LINK, unsynced_entries=5),
            "warning",
            {"acked_size": 90, "unsynced_entries": 5},
        ),
    ],
)
def test_a_stop_tells_how_many_entries_the_centre_does_not_hold(link, level, said):
    with capture_logs() as lines:
        _tell_stopped(link)
    assert lines == [{"event": "daemon_stopped", "log_level": level, **said}]
