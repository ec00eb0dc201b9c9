"""The link between the venues' nodes and the centre: a TCP relay that can be unplugged."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

Hear = Callable[[bytes], None]
CHUNK = 65_536


def _deaf(_: bytes) -> None:
    """Hear nothing."""


class Relay:
    """Listens on loopback and passes bytes on; `cut` aborts every connection and refuses more.

    `taps` returns, for each connection that begins, who hears what goes there and back.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.taps: Callable[[], tuple[Hear, Hear]] = lambda: (_deaf, _deaf)
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
            there, back = self.taps()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_pump(reader, far, there))
                tasks.create_task(_pump(far_reader, writer, back))
        except (OSError, ExceptionGroup, asyncio.CancelledError):
            pass  # either end went away; the other is closed below
        finally:
            for end in (writer, far):
                if end is not None:
                    self._open.discard(end)
                    end.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hear: Hear) -> None:
    while data := await reader.read(CHUNK):
        hear(data)
        writer.write(data)
        await writer.drain()
    with suppress(OSError):
        writer.write_eof()
