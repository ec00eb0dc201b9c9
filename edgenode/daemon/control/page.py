"""stub."""

from typing import Any


def render(status: dict[str, Any], csrf: str) -> str:
    return f"<title>{status['verdict']}</title>{csrf}"
