"""What may stand where the address of an HTTP server is asked for."""

from urllib.parse import urlsplit

HTTP = "an http:// or https:// URL with a host"
FEED_URL = "an http://, https://, ws:// or wss:// URL with a host"


def is_http(url: str) -> bool:
    """Return whether a URL names a server that HTTP can be spoken to."""
    return _names_server(url, {"http", "https"})


def is_feed_url(url: str) -> bool:
    """Return whether a URL names a server of events (HTTP) or of frames (WebSocket)."""
    return _names_server(url, {"http", "https", "ws", "wss"})


def _names_server(url: str, schemes: set[str]) -> bool:
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # no port number, or a bracket that is not closed
        return False
    return named and parts.scheme in schemes and not set(url) & set(" \t\r\n")


def http_url(host: str, port: int) -> str:
    """Return the URL of a server here; an IPv6 address stands in brackets (RFC 3986)."""
    bare = host.removeprefix("[").removesuffix("]")
    named = f"[{bare.replace('%', '%25')}]" if ":" in bare else bare
    return f"http://{named}:{port}"
