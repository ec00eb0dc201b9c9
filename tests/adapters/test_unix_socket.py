"""A socket that is deleted or replaced under a server is made anew."""

import asyncio
import socket

import pytest
from aiohttp import ClientSession, UnixConnector, web

from edgenode.adapters import unix_socket


async def answer(_):
    return web.Response()


async def asked(path):
    async with (
        ClientSession(connector=UnixConnector(str(path))) as session,
        session.get("http://box/") as response,
    ):
        return response.status


@pytest.mark.parametrize("how", ["deleted", "replaced"])
async def test_a_socket_that_is_taken_away_is_made_anew(tmp_path, monkeypatch, how):
    app, path, again = web.Application(), tmp_path / "control.sock", asyncio.Event()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    serve = unix_socket.serve

    async def served(runner, path):
        await serve(runner, path)
        again.set()

    monkeypatch.setattr(unix_socket, "KEPT_S", 0.01)
    monkeypatch.setattr(unix_socket, "serve", served)
    await serve(runner, path)
    async with asyncio.TaskGroup() as tasks:
        keeping = tasks.create_task(unix_socket.kept(runner, path))
        await asyncio.sleep(0)  # it has seen which socket is ours
        path.unlink()
        with socket.socket(socket.AF_UNIX) as stranger:
            if how == "replaced":
                stranger.bind(str(path))
            await again.wait()
        assert await asked(path) == 200
        assert path.stat().st_mode & 0o777 == 0o600
        keeping.cancel()
    await runner.cleanup()
