"""The centre over HTTP: one message a request, signed by the node's ledger key."""

import aiohttp

from edgenode.model.errors import InvariantBrokenError, RefusedError, UnreachableError
from edgenode.model.ledgers import LedgerId
from edgenode.wire import message as wire_message
from edgenode.wire import request
from edgenode.wire.frame import MESSAGE_BYTES_MAX
from edgenode.wire.message import WAIT_MS_MAX, Message, SyncRefusal
from edgenode.wire.note import Signer

PATH = "/sync/v1"
CONTENT_TYPE = "application/vnd.edgenode.sync"
TIMEOUT = aiohttp.ClientTimeout(total=WAIT_MS_MAX / 1000 + 10, connect=5)
FINAL = frozenset({"EN303", "EN305"})  # two histories: never asked again


class HttpCentre:
    """Implements `ports.CentrePeer`."""

    def __init__(self, url: str, ledger: LedgerId, signer: Signer) -> None:
        self._url = url.rstrip("/") + PATH
        self._ledger = ledger
        self._signer = signer
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def ask(self, message: Message) -> Message:
        """Send one message; a refusal is raised with the centre's code."""
        body = wire_message.encode(message)
        headers = {
            "Content-Type": CONTENT_TYPE,
            request.HEADER: request.sign(self._ledger, body, self._signer),
        }
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=TIMEOUT)
        try:
            async with self._session.post(self._url, data=body, headers=headers) as response:
                if response.content_type != CONTENT_TYPE:
                    raise _another(response)
                data = await response.content.read(MESSAGE_BYTES_MAX + 1)
                while len(data) <= MESSAGE_BYTES_MAX and (
                    more := await response.content.read(65_536)
                ):
                    data += more
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise UnreachableError(
                f"the centre does not answer: {type(error).__name__} {error}",
                expected="an answer from the central book",
                do="nothing: entries wait here and are sent when a path exists",
                code="EN301",
            ) from error
        answer = wire_message.parse(data)
        if isinstance(answer, SyncRefusal):
            raise _refused(answer)
        return answer


def _another(response: aiohttp.ClientResponse) -> UnreachableError:
    """Return what is told of an answer that no centre gives: a proxy's, or a portal's page."""
    return UnreachableError(
        f"something else answers in the centre's place: HTTP {response.status},"
        f" {response.content_type[:60]}",
        expected="an answer from the central book",
        do="look at the path to the centre (a proxy, a portal's sign-in page?) and at central.url;"
        " entries wait here and are sent when a path exists",
        code="EN301",
    )


def _refused(answer: SyncRefusal) -> RefusedError | InvariantBrokenError:
    kind = InvariantBrokenError if answer.code in FINAL else RefusedError
    return kind(answer.found, expected=answer.expected, do=answer.do, code=answer.code)
