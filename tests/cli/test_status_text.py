"""The link in one line of `edgenode status`."""

import pytest

from edgenode.cli.edgenode import link_text

SYNC = {"configured": True, "online": True, "offline_since": None, "acked_size": 495}


@pytest.mark.parametrize(
    ("sync", "text"),
    [
        ({"unsynced_entries": 0}, "online, the centre holds 495, 0 wait"),
        (
            {"online": False, "offline_since": "2026-01-01T00:00:00.000Z", "unsynced_entries": 3},
            "OFFLINE since 2026-01-01T00:00:00.000Z, the centre holds 495, 3 wait",
        ),
        (
            {"online": False, "unsynced_entries": 498, "acked_size": 0},
            "OFFLINE since the start, the centre holds 0, 498 wait",
        ),
        ({"configured": False, "online": False}, "no centre is configured"),
    ],
)
def test_the_link_is_told_with_what_waits_for_it(sync, text):
    assert link_text({"running": True, "sync": {**SYNC, **sync}}) == text
