"""DIR/api-token: what programs on TCP show. Made at the first start, then kept as it is.

Power lost while it is made: there is none, or a part under another name; the next start makes it.
"""

import re
import secrets
from pathlib import Path

import structlog

from edgenode.adapters import durable_file

log = structlog.get_logger()
TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{16,200}")  # RFC 6750; shorter ones are guessed
MODE = 0o600


def of(path: Path) -> str:
    """Return the token; made again where the file is missing, empty or cut off."""
    found = _read(path)
    if found is None:
        found = secrets.token_urlsafe(32)
        durable_file.write(path, found.encode(), MODE)  # durable before anybody is shown it
        log.info("api_token_made", path=str(path))
    return found


def _read(path: Path) -> str | None:
    try:
        # An editor may have put a byte order mark before it.
        token = path.read_bytes().decode("utf-8-sig", errors="replace").strip()
    except FileNotFoundError:
        return None
    return token if TOKEN.fullmatch(token) else None
