"""A signal's forecast on disk: a whole state now and then, and beside it each bar taken since.

    file            written                                  lost or cut off
    --------------  ---------------------------------------  --------------------------------------
    FILE            every `BARS_A_SAVE` bars, whole or not   the forecast begins anew, and is warm
                    at all                                   again after some hours
    FILE.bars       one line a bar, before it is answered    those bars: a cut line is not read

A killed process loses nothing: the next start loads the state, takes the bars again and gives the
same quantiles. What the power takes are the bars that the system had not written yet.

FILE.bars is locked by the one process that takes bars; without bars it stays there, empty. A link
is followed once, at the start: its target is written, and the link stays.
"""

import fcntl
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edgenode.adapters import durable_file, plain_file
from edgenode.core.estimate.forecast import saved
from edgenode.core.estimate.forecast.signal import Signal
from edgenode.model.errors import RefusedError
from edgenode.wire import foreign

BARS_A_SAVE = 256
BARS_FILE = ".bars"
BARS_BYTES_MAX = 1 << 20
_ANY_STATE = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK


class ForecastFile:
    """The state of one signal, kept in a file."""

    def __init__(self, path: Path) -> None:
        self._path = Path(os.path.realpath(path))
        self._beside = self._path.with_name(self._path.name + BARS_FILE)
        self._bars = -1  # descriptor of the file of bars, with its lock
        self._since_save = 0

    def load(self) -> Signal | None:
        """Return the signal as it was; None if nothing was kept.

        EN002 if the file is none, EN009 if its folder does not exist, EN403 if another process
        keeps its signal there, EN404 if the disk fails: also of all that follows.
        """
        if not self._path.parent.is_dir():
            raise RefusedError(
                f"{self._path.parent} is no folder",
                expected="a file in a folder that exists",
                do=f"make the folder: mkdir -p {self._path.parent}",
                code="EN009",
            )
        with self._disk():
            self._lock()
            if not os.path.lexists(self._path):
                os.ftruncate(self._bars, 0)  # bars of a state that somebody deleted
                return None
            signal = self._state()
            for at_s, value in self._lines():
                signal.bar(at_s, value)
            return signal

    def take(self, signal: Signal, at_s: int, value: float | None) -> None:
        """Keep a bar that the signal is about to take."""
        with self._disk():
            if not os.path.lexists(self._path):
                self.save(signal)
            line = f"{json.dumps([at_s, value])}\n".encode()
            while line:
                line = line[os.write(self._bars, line) :]
            # Killed here: the bar is taken again at the next start, and answered.

    def taken(self, signal: Signal) -> None:
        """Save the whole state once enough bars were taken since."""
        self._since_save += 1
        if self._since_save >= BARS_A_SAVE:
            self.save(signal)

    def save(self, signal: Signal) -> None:
        """Save the whole state; the bars before it are not needed any more."""
        with self._disk():
            durable_file.write(self._path, saved.save(signal))
            # Power lost here: the older bars are read again, and change nothing: they are older.
            os.ftruncate(self._bars, 0)
        self._since_save = 0

    def close(self) -> None:
        """Close the file of bars: another process may go on with the signal."""
        if self._bars >= 0:
            os.close(self._bars)
            self._bars = -1

    def _lock(self) -> None:
        self._bars = os.open(self._beside, _ANY_STATE, 0o644)
        if not stat.S_ISREG(os.fstat(self._bars).st_mode):
            raise self._refused("a pipe or a device", "name another --state", self._beside)
        try:
            fcntl.flock(self._bars, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RefusedError(
                f"{plain_file.shown(self._path.name)} is in use by another process",
                expected="one process for one signal",
                do="end the other one, or give this one a --state of its own",
                code="EN403",
            ) from error

    def _state(self) -> Signal:
        try:
            return saved.load(plain_file.read(self._path, saved.BYTES_MAX))
        except RefusedError as error:
            raise self._refused(error.found, error.do, self._path) from error

    def _lines(self) -> list[tuple[int, float | None]]:
        """Return the bars beside the state, and cut off a line that is not whole."""
        held = plain_file.read(self._beside, BARS_BYTES_MAX)
        whole = held[: held.rfind(b"\n") + 1]
        # Killed here: the next start cuts it off.
        os.ftruncate(self._bars, len(whole))
        try:
            return [foreign.json_as(line, tuple[int, float | None]) for line in whole.splitlines()]
        except RefusedError as error:
            do = "delete the file: the bars since the newest save are forgotten"
            raise self._refused(error.found, do, self._beside) from error

    def _refused(self, found: str, do: str, path: Path) -> RefusedError:
        found = f"{plain_file.shown(str(path))}: {found}"
        return RefusedError(found, expected="what this command kept there", do=do, code="EN002")

    @contextmanager
    def _disk(self) -> Iterator[None]:
        """Tell what the system does not let us do as an error of ours."""
        try:
            yield
        except OSError as error:
            raise plain_file.unreadable(plain_file.shown(str(self._path)), error) from error
