"""The centre's verbs without a running server: over its socket where one runs, else its files.

No aiohttp is imported here: a command on local files starts fast.
"""

import asyncio
import http.client
import json
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edgenode.adapters.clock import WallClock
from edgenode.central import folder
from edgenode.central.desk.desk import Desk
from edgenode.model.errors import RefusedError, UnreachableError
from edgenode.wire import foreign

Json = dict[str, Any]
TIMEOUT_S = 30.0
SAID_AFTER_S = 2.0  # that an answer is waited for


def perform(
    data: Path, verb: str, args: Json, waits: Callable[[Json], None] = lambda _: None
) -> Json:
    """Ask the running centre, or open its folder for this one verb.

    `waits` is told once, if the centre has not answered after some seconds.
    """
    path = data / "control.sock"
    late = threading.Timer(SAID_AFTER_S, waits, [_waiting(path)])
    late.daemon = True
    late.start()
    try:
        answer = _ask(path, {"verb": verb, "args": args})
    finally:
        late.cancel()
    return answer if answer is not None else asyncio.run(_alone(data, verb, args))


def _waiting(path: Path) -> Json:
    text = f"waiting for the centre at {path}, for at most {TIMEOUT_S:.0f} s"
    return {"message_type": "status", "code": "waiting", "text": text}


async def _alone(data: Path, verb: str, args: Json) -> Json:
    wall = WallClock()
    async with folder.opened(data, wall, wall) as opened:
        return await Desk(opened).perform(verb, args)


def _ask(path: Path, body: Json) -> Json | None:
    connection = http.client.HTTPConnection("localhost", timeout=TIMEOUT_S)
    connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.sock.settimeout(TIMEOUT_S)
    try:
        connection.sock.connect(str(path))
    except OSError:
        connection.close()
        return None  # nobody serves this folder
    try:
        connection.request("POST", "/desk", body=json.dumps(body))
        response = connection.getresponse()
        answer: Json = foreign.json_as(response.read(), dict[str, Any])
    except (OSError, ValueError, http.client.HTTPException, RefusedError) as error:
        raise UnreachableError(
            f"the centre at {path} did not answer: {error!r}",
            expected=f"an answer within {TIMEOUT_S:.0f} s",
            do="look at the centre's log; ask what is there before doing a change again",
        ) from error
    finally:
        connection.close()
    if response.status != http.HTTPStatus.OK:
        raise RefusedError(
            str(answer.get("found")),
            expected=str(answer.get("expected", "")),
            do=str(answer.get("do", "")),
            code=str(answer.get("code", "EN001")),
        )
    return answer
