"""A wall clock that a test moves under a running process, by libfaketime.

The process's monotonic clock runs on.
"""

import subprocess
from pathlib import Path


class Steps:
    """A wall clock for one process, moved by a file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.to("+0")
        asked = ["faketime", "-f", "+0", "printenv", "LD_PRELOAD"]
        library = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
        self.env = {
            "LD_PRELOAD": library,
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }

    def to(self, offset: str) -> None:
        """Step: the file is replaced whole, as it is read at every look at the clock."""
        new = self._file.with_suffix(".new")
        new.write_text(offset)
        new.rename(self._file)
