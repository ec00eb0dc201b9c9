"""The link between the venues' nodes and the centre: a TCP relay that can be unplugged."""

import asyncio
from contextlib import suppress

CHUNK = 65_536


class Relay:
    """Listens on loopback and passes bytes on; `cut` aborts every connection and refuses more."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.up = True
        self.port = 0

    async def start(self) -> None:
        """Begin to listen on a free port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop for good."""
        self.cut()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def cut(self) -> None:
        """Unplug: what was under way is lost, as with a pulled cable."""
        self.up = False
        for writer in list(self._open):
            writer.transport.abort()

    def restore(self) -> None:
        """Plug in again."""
        self.up = True

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.up:
            writer.transport.abort()
            return
        self._open.add(writer)
        far: asyncio.StreamWriter | None = None
        try:
            far_reader, far = await asyncio.open_connection(*self._target)
            self._open.add(far)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_pump(reader, far))
                tasks.create_task(_pump(far_reader, writer))
        except (OSError, ExceptionGroup, asyncio.CancelledError):
            pass  # either end went away; the other is closed below
        finally:
            for end in (writer, far):
                if end is not None:
                    self._open.discard(end)
                    end.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()
    with suppress(OSError):
        writer.write_eof()
