"""A signal's forecast on disk: a whole state now and then, and beside it each bar taken since.

    file            written                                  lost or cut off
    --------------  ---------------------------------------  --------------------------------------
    FILE            every `BARS_A_SAVE` bars, whole or not   the forecast begins anew, and is warm
                    at all                                   again after some hours
    FILE.bars       one line a bar, before it is answered    those bars: a cut line is not read

A killed process loses nothing: the next start loads the state, takes the bars again and gives the
same quantiles. What the power takes are the bars that the system had not written yet.
"""

import json
from pathlib import Path
from typing import TextIO

from edgenode.adapters import durable_file
from edgenode.core.estimate.forecast import saved
from edgenode.core.estimate.forecast.signal import Signal
from edgenode.model.errors import RefusedError
from edgenode.wire import foreign

BARS_A_SAVE = 256
BARS_FILE = ".bars"


class ForecastFile:
    """The state of one signal, kept in a file."""

    def __init__(self, path: Path) -> None:
        self._path, self._beside = path, path.with_name(path.name + BARS_FILE)
        self._bars: TextIO | None = None
        self._since_save = 0

    def load(self) -> Signal | None:
        """Return the signal as it was; None if nothing was kept.

        EN002 if the file is none, EN009 if its folder does not exist.
        """
        if not self._path.parent.is_dir():
            raise RefusedError(
                f"{self._path.parent} is no folder",
                expected="a file in a folder that exists",
                do=f"make the folder: mkdir -p {self._path.parent}",
                code="EN009",
            )
        if not self._path.exists():
            self._beside.unlink(missing_ok=True)  # of a state that somebody deleted
            return None
        signal = saved.load(self._path.read_bytes())
        for line in self._lines():
            at_s, value = line
            signal.bar(at_s, value)
        return signal

    def take(self, signal: Signal, at_s: int, value: float | None) -> None:
        """Keep a bar that the signal is about to take."""
        if self._bars is None:
            if not self._path.exists():
                self.save(signal)
            self._bars = self._beside.open("a")
        self._bars.write(f"{json.dumps([at_s, value])}\n")
        self._bars.flush()  # Killed here: the bar is taken again at the next start, and answered.

    def taken(self, signal: Signal) -> None:
        """Save the whole state once enough bars were taken since."""
        self._since_save += 1
        if self._since_save >= BARS_A_SAVE:
            self.save(signal)

    def save(self, signal: Signal) -> None:
        """Save the whole state; the bars before it are not needed any more."""
        durable_file.write(self._path, saved.save(signal))
        # Power lost here: the older bars are read again, and change nothing: they are not newer.
        self.close()
        self._beside.unlink(missing_ok=True)
        self._since_save = 0

    def close(self) -> None:
        """Close the file of bars."""
        if self._bars is not None:
            self._bars.close()
            self._bars = None

    def _lines(self) -> list[tuple[int, float | None]]:
        """Return the bars beside the state, up to a line that was cut off."""
        if not self._beside.exists():
            return []
        whole = self._beside.read_bytes().split(b"\n")[:-1]
        try:
            return [foreign.json_as(line, tuple[int, float | None]) for line in whole]
        except RefusedError as error:
            raise RefusedError(
                f"{self._beside}: {error.found}",
                expected="a bar a line, as it was written",
                do="delete the file: the bars since the newest save are forgotten",
                code="EN002",
            ) from error
