"""Whatever answers in the centre's place is told as no answer of the centre."""

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edgenode.adapters.sync.http import HttpCentre
from edgenode.model.errors import UnreachableError
from edgenode.model.ledgers import LedgerId
from edgenode.wire.message import Hello
from edgenode.wire.note import Signer

LEDGER = LedgerId("edge-07", "main", 1)
SIGNER = Signer("edge-07", Ed25519PrivateKey.from_private_bytes(bytes(32)))


@pytest.mark.parametrize(
    ("status", "content_type", "body"),
    [
        (200, "text/html", "<html>Sign in</html>"),
        (500, "text/plain", "oops"),
        (429, "application/json", "{}"),
        (503, "application/json", '{"code":"EN404"}'),
    ],
)
async def test_a_page_is_no_refusal_by_the_centre(status, content_type, body):
    async def handle(_):
        return web.Response(status=status, content_type=content_type, text=body)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    centre = HttpCentre(f"http://127.0.0.1:{port}", LEDGER, SIGNER)
    try:
        with pytest.raises(UnreachableError) as caught:
            await centre.ask(Hello(fresh=True, heads=()))
    finally:
        await centre.close()
        await runner.cleanup()
    assert caught.value.code == "EN301"
    assert f"HTTP {status}, {content_type}" in caught.value.found
