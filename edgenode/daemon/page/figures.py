"""How the page writes estimates and times of the forecast."""

from datetime import datetime

MINUTE_S, HOUR_S = 60, 3_600
TENFOLD, THOUSAND = 10, 1_000


def about(value: float) -> str:
    """Write an estimate with two digits: 0.42, 7.1, 70, 1,400."""
    if value < TENFOLD:
        return f"{value:.2g}" if value < 1 else f"{value:.1f}"
    digits = len(str(int(value))) - 2
    rounded = round(value / 10**digits) * 10**digits
    return f"{rounded:,}" if rounded >= THOUSAND else str(rounded)


def epoch_s(at: str) -> int:
    """Return an RFC 3339 time as seconds since 1970."""
    return int(datetime.fromisoformat(at).timestamp())


def clock(at_s: int) -> str:
    """Write a time of the day, UTC."""
    return f"{at_s // HOUR_S % 24:02d}:{at_s // MINUTE_S % 60:02d}"
