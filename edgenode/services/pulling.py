"""Demand feeds that are pulled: a connection that is made again and again, and a bounded queue.

    state       event                            next         what follows
    ----------  -------------------------------  -----------  --------------------------------
    connecting  a message, or a sign of life     listening    pauses begin anew
    listening   nothing for `silent_s`           waiting      the connection is given up
    any         it ends, breaks, or is no use    waiting      a pause with jitter, that doubles
    waiting     the pause is over                connecting   behind the last message taken

A full queue stops the reading, and with it the server: nothing is dropped. What is taken goes the
way of pushed rows. Rows that come again behind a reconnect are known by their ids or times. A feed
that cannot be reached stops nobody: it is told, and tried again.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import aclosing

import structlog

from edgenode.model.errors import EdgenodeError, RefusedError, UnreachableError
from edgenode.ports.clock import Clock
from edgenode.ports.feeds import FeedMessage, FeedStream

log = structlog.get_logger()
MESSAGES_MAX = 32  # that wait to be taken
PAUSE_S = (0.5, 60.0)  # first, longest
AGAIN_S = 5.0  # before what could not be taken now is tried again
NOT_NOW = {"EN006", "EN012"}  # its instrument is not known yet; the minute's rows are used up
SECOND_NS = 1_000_000_000
CONNECTING, LISTENING, WAITING = "connecting", "listening", "waiting"
Take = Callable[[str], Awaitable[None]]


class Pull:
    """One feed. `take` takes a message's text; a connection is given up after `silent_s`."""

    def __init__(
        self, name: str, stream: FeedStream, take: Take, *, silent_s: float, wall: Clock,
        rng: random.Random,
    ) -> None:  # fmt: skip
        self.name, self.stream, self.silent_s = name, stream, silent_s
        self._take, self._wall, self._rng = take, wall, rng
        self._waiting: asyncio.Queue[FeedMessage] = asyncio.Queue(MESSAGES_MAX)
        self._last_id = ""  # of the last message that was taken, or refused
        self.state = CONNECTING
        self.since_ns = self._began_ns = wall.now_ns()  # when it came to be so
        self.heard_ns: int | None = None  # when the newest message came
        self.taken = self.refused = self.connections = 0
        self.trouble: EdgenodeError | None = None  # why it is not connected, or takes nothing
        self.told_refused: EdgenodeError | None = None  # the newest message that was refused

    @property
    def silent(self) -> bool:
        """Return whether no message came for `silent_s`, though some should."""
        since_ns = self._began_ns if self.heard_ns is None else self.heard_ns
        return self._wall.now_ns() - since_ns > self.silent_s * SECOND_NS

    async def run(self) -> None:
        """Listen until canceled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen())
                tasks.create_task(self._take_all())
        finally:
            await self.stream.close()

    async def _listen(self) -> None:
        first_s, longest_s = PAUSE_S
        pause_s = first_s
        while True:
            self._become(CONNECTING)
            try:
                await self._read()
                error: EdgenodeError = _ended()
            except EdgenodeError as raised:
                error = raised
            if self.state == LISTENING:
                pause_s = first_s
            self._become(WAITING)
            if str(error) != str(self.trouble):
                log.warning("feed_not_heard", feed=self.name, found=error.found)
            self.trouble = error
            await asyncio.sleep(pause_s * self._rng.uniform(0.5, 1.0))
            pause_s = min(longest_s, 2 * pause_s)

    async def _read(self) -> None:
        """Read one connection to its end; UnreachableError if nothing is heard for too long."""
        async with aclosing(self.stream.messages(self._last_id)) as told:
            while True:
                try:
                    async with asyncio.timeout(self.silent_s):
                        message = await anext(told)
                except StopAsyncIteration:
                    return
                except TimeoutError as error:
                    raise _silent(self.silent_s) from error
                if self.state != LISTENING:
                    self.connections += 1
                    self.trouble = None
                    self._become(LISTENING)
                if message.text:
                    self.heard_ns = self._wall.now_ns()
                    await self._waiting.put(message)  # full: the server waits

    async def _take_all(self) -> None:
        while True:
            message = await self._waiting.get()
            while not await self._took(message):  # noqa: ASYNC110  nobody tells when it can be
                await asyncio.sleep(AGAIN_S)
            self._last_id = message.id or self._last_id

    async def _took(self, message: FeedMessage) -> bool:
        """Take a message; False if it is to be tried again.

        Killed in here: the next start asks for all anew, and rows that were kept are duplicates.
        """
        try:
            await self._take(message.text)
        except UnreachableError:
            return False
        except RefusedError as error:
            if error.code in NOT_NOW:
                return False
            self.refused += 1
            if str(error) != str(self.told_refused):
                log.warning("feed_message_refused", feed=self.name, found=error.found)
            self.told_refused = error
        else:
            self.taken += 1
        return True

    def _become(self, state: str) -> None:
        if state != self.state:
            self.state, self.since_ns = state, self._wall.now_ns()


def _ended() -> UnreachableError:
    return UnreachableError(
        "its server ended the connection",
        expected="a connection that stays open",
        do="nothing: it is made again",
        code="EN302",
    )


def _silent(silent_s: float) -> UnreachableError:
    return UnreachableError(
        f"nothing was heard for {silent_s:g} s",
        expected="a message or a comment line at least that often",
        do="raise silent_s of the feed, or let its server send comment lines",
        code="EN302",
    )
