"""Ask the running daemon over its Unix socket, with the standard library alone."""

import http.client
import json
import socket
from pathlib import Path
from typing import Any

from edgenode.model.errors import RefusedError, UnreachableError
from edgenode.wire import foreign

Json = dict[str, Any]
TIMEOUT_S = 10.0


def ask(data: Path, method: str, path: str, body: Json | None = None) -> Any:
    """Send one request and give the answer's JSON.

    UnreachableError if no daemon runs, EN403 if one does and does not answer at its socket.
    """
    connection = http.client.HTTPConnection("localhost", timeout=TIMEOUT_S)
    connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.sock.settimeout(TIMEOUT_S)
    payload = None if body is None else json.dumps(body)
    headers = {"Content-Type": "application/json"} if payload is not None else {}
    try:
        connection.sock.connect(str(data / "control.sock"))
        connection.request(method, path, body=payload, headers=headers)
        response = connection.getresponse()
        answer = foreign.json_value(response.read() or b"{}")
    except (OSError, ValueError, http.client.HTTPException, RefusedError) as error:
        raise _no_answer(data, error) from error
    finally:
        connection.close()
    if response.status >= http.HTTPStatus.BAD_REQUEST:
        raise RefusedError(
            str(answer.get("detail") or answer.get("title") or response.reason),
            expected=str(answer.get("expected") or "a request that the node admits"),
            do=str(answer.get("do", "")),
            code=str(answer.get("code", "EN001")),
        )
    return answer


def _no_answer(data: Path, error: Exception) -> UnreachableError:
    from edgenode.daemon import stopped

    if stopped.is_held(data):
        return UnreachableError(
            f"a daemon runs on {data}, and does not answer at its control.sock: {error}",
            expected="DIR/control.sock, which the daemon makes anew within seconds",
            do="try again; or ask its port, with the token in DIR/api-token; look at its log",
            code="EN403",
        )
    return UnreachableError(
        f"no daemon answers at {data}/control.sock: {error}",
        expected="a running daemon",
        do=f"edgenode run --data {data}",
    )
