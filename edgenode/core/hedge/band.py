"""The no-trade band: how far a hedge may stand from its target before it trades."""


def to_edge(target_lots: int, position_lots: int, band_lots: int) -> int:
    """Return the change wanted: 0 within the band, else to its nearest edge."""
    gap = target_lots - position_lots
    if abs(gap) <= band_lots:
        return 0
    return gap - band_lots if gap > 0 else gap + band_lots
