"""How much may be pushed in a minute: looked at before a body is read, charged after."""

from dataclasses import dataclass

MINUTE_NS = 60_000_000_000


@dataclass(slots=True)
class Quota:
    """What may come in one minute, of the clock that is passed in."""

    requests_max: int
    rows_max: int
    requests: int = 0
    rows: int = 0
    _minute: int = -1

    def admits(self, now_ns: int) -> bool:
        """Count a request; False if the minute's requests or rows are used up."""
        self._at(now_ns)
        if self.requests >= self.requests_max or self.rows >= self.rows_max:
            return False
        self.requests += 1
        return True

    def charge(self, rows: int, now_ns: int) -> bool:
        """Count rows; False, and none is counted, if they are more than are left."""
        self._at(now_ns)
        if self.rows + rows > self.rows_max:
            return False
        self.rows += rows
        return True

    def wait_s(self, now_ns: int) -> int:
        """Return the seconds until the next minute begins, rounded up."""
        return -(-(MINUTE_NS - now_ns % MINUTE_NS) // 1_000_000_000)

    def _at(self, now_ns: int) -> None:
        minute = now_ns // MINUTE_NS
        if minute != self._minute:  # also where a clock was set back
            self._minute, self.requests, self.rows = minute, 0, 0
